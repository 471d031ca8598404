import { type Command, InvalidArgumentError } from "commander";
import pc from "picocolors";

import type { Observation } from "../../gate/evidence.ts";
import type { CriterionForecast, StepOutlook, Traffic } from "../../gate/forecast.ts";
import { exitCode } from "../exit-code.ts";
import { plainTable, shownSeconds, textOf } from "../show.ts";
import { type TrafficReader, lookBackMinutes, trafficOutlook } from "../traffic-outlook.ts";
import { type CommonOptions, type Opening, opened, subcommand } from "./command.ts";

interface ForecastFlags extends CommonOptions {
    readonly minutes: number;
}

/** `rollout forecast`: how long each step's gate needs at the traffic of now. Changes nothing. */
export function addForecast(program: Command, open: Opening = opened, read?: TrafficReader): void {
    subcommand(
        program,
        "forecast",
        "how long each step's gate needs at the traffic of now, and what can't be shown; exit code 3: a healthy candidate would be rolled back",
    )
        .option("--minutes <number>", "how far back to look for what users do, in minutes", minutesOf, lookBackMinutes)
        .action(async ({ minutes, ...flags }: ForecastFlags) => {
            const { session, output } = await open(flags);
            const { traffic, steps } = await output.during("looking at what users do", trafficOutlook(session, minutes, read));
            output.result(forecastText(traffic, steps), { traffic, steps });
            process.exitCode = steps.every(({ tooSlow }) => tooSlow.length === 0) ? exitCode.done : exitCode.hold;
        });
}

function forecastText(traffic: Traffic, steps: readonly StepOutlook[]): string {
    const rate = (observation: Observation<number>, what: string): string =>
        observation.kind === "observed" ? `${observation.value.toFixed(1)} ${what} a second` : `${what} unknown: ${observation.reason}`;
    const table = plainTable();
    table.push(["step", "soak", "a clean candidate", "one at half of each bound", "rolled back after"].map((title) => pc.bold(title)));
    for (const { weightPercent, soakSeconds, limitSeconds, cleanSeconds, halfSeconds, criteria } of steps) {
        table.push([
            `${String(weightPercent)} %`,
            shownSeconds(soakSeconds),
            shownAfter(cleanSeconds, slowest(criteria, "clean"), limitSeconds),
            shownAfter(halfSeconds, slowest(criteria, "half"), limitSeconds),
            shownSeconds(limitSeconds),
        ]);
    }
    const never = [
        ...new Map(
            steps.flatMap(({ weightPercent, tooSlow }) => tooSlow.map((one) => [`${String(weightPercent)} ${one.criterion}`, { weightPercent, one }] as const)),
        ).values(),
    ];
    return [
        traffic.requestsPerSecond.kind === "observed" && traffic.requestsPerSecond.value === 0
            ? pc.yellow("There are no users: without them no gate that is about requests passes.")
            : `At ${[rate(traffic.requestsPerSecond, "requests"), rate(traffic.eventsPerSecond, "events")].join(", ")}:`,
        textOf(table),
        ...(never.length === 0
            ? [pc.green("Every step's gate can be shown in its time.")]
            : [
                  pc.yellow("Even a clean candidate does not show in time, and would be rolled back for lack of evidence:"),
                  ...never.map(({ weightPercent, one: { criterion, clean } }) =>
                      clean.kind === "shown"
                          ? `  - ${criterion} at ${String(weightPercent)} %: after ${shownSeconds(clean.afterSeconds)}`
                          : `  - ${criterion} at ${String(weightPercent)} %: never. ${clean.why}`,
                  ),
                  "What to do: begin when there are more users, or change the plan's bounds or times with those who own them.",
              ]),
    ].join("\n");
}

function shownAfter(seconds: number | undefined, by: string | undefined, limitSeconds: number): string {
    const text = seconds === undefined ? `never${by === undefined ? "" : ` (${by})`}` : `${shownSeconds(seconds)}${by === undefined ? "" : ` (${by})`}`;
    return seconds !== undefined && seconds <= limitSeconds ? text : pc.yellow(text);
}

/** The criterion that takes longest. */
function slowest(criteria: readonly CriterionForecast[], of: "clean" | "half"): string | undefined {
    const seconds = (one: CriterionForecast): number => (one[of].kind === "shown" ? one[of].afterSeconds : Number.POSITIVE_INFINITY);
    return criteria.toSorted((left, right) => seconds(right) - seconds(left))[0]?.criterion;
}

function minutesOf(text: string): number {
    const minutes = Number(text);
    if (!(minutes > 0 && minutes <= 1_440)) {
        throw new InvalidArgumentError("use a number of minutes above 0 and at most 1440");
    }
    return minutes;
}
