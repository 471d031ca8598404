import { stepAt } from "../rollout/plan/plan.ts";
import { type Benchmark, type Figure, median } from "./benchmark.ts";
import { type Controller, type Outcome, countedFailures, judged, onceFailed } from "./judge/controllers.ts";
import { burstAlarm, detection, falseAlarm } from "./judge/detector.ts";
import { type HangScenario, hangAlarm } from "./judge/hang.ts";
import { type Behaviour, Release, type Scenario } from "./judge/release.ts";
import { plan } from "../service/plan.ts";

const { watchLimits } = plan;

/** Requests a second that stand for the plan's traffic. The checklist names none; at this pace each soak holds the evidence that its gate asks for. */
const planned = 100;

const healthy: Behaviour = { errorRatio: 0.0002, burst: 1, p95Seconds: 0.18 };
const halfBound: Behaviour = { ...healthy, errorRatio: 0.0005 };

/** A scenario, with what its release must not end as, and how many releases tell. */
interface Trial {
    readonly scenario: Scenario;
    readonly wrong: Outcome["kind"];
    readonly releases: number;
    /** Wrong ends in percent, at the most. If omitted, it is for information. */
    readonly aimPercent?: number;
}

const trials: readonly Trial[] = [
    ...[30, planned, 300].map((requestsPerSecond) =>
        equal(requestsPerSecond, healthy, "both 0.02 % errors", requestsPerSecond === planned ? { releases: 1_000, aimPercent: 1 } : {}),
    ),
    ...[30, planned, 300].map((requestsPerSecond) => equal(requestsPerSecond, halfBound, "both 0.05 % errors")),
    equal(planned, { ...healthy, burst: 5 }, "both 0.02 % errors in bursts of 5"),
    ...[30, planned, 300].map((requestsPerSecond) =>
        worse(
            requestsPerSecond,
            halfBound,
            { ...halfBound, errorRatio: 0.001 },
            "errors doubled, 0.05 to 0.1 %",
            requestsPerSecond === planned ? { releases: 1_000, aimPercent: 1 } : {},
        ),
    ),
    worse(planned, healthy, { ...healthy, errorRatio: 0.0004 }, "errors doubled within every bound, 0.02 to 0.04 %"),
    worse(planned, healthy, { ...healthy, errorRatio: 0.002 }, "errors 0.02 to 0.2 %, twice the tightest bound", { aimPercent: 1 }),
    worse(planned, healthy, { ...healthy, p95Seconds: 0.36 }, "p95 doubled, 180 to 360 ms", { aimPercent: 1 }),
    worse(planned, healthy, { ...healthy, p95Seconds: 0.25 }, "p95 180 to 250 ms, within every bound"),
    worse(planned, healthy, { ...healthy, errorRatio: 0.06 }, "errors 6 %", { aimPercent: 1 }),
];

const controllers = [
    { name: "judge", run: judged },
    { name: "plain threshold of 5 min, once failed", run: onceFailed(5) },
    { name: "plain threshold of 1 min, once failed", run: onceFailed(1) },
    { name: "plain threshold of 1 min, 5 failures", run: countedFailures },
] as const satisfies readonly { readonly name: string; readonly run: Controller }[];

/**
 * How often the gate is wrong, in simulated releases: candidates that are no worse and are rolled back, and worse ones that pass; beside plain thresholds
 * with the same bounds, on the same data. And how many requests the detector needs.
 */
export const judge: Benchmark = {
    name: "judge",
    description: "wrong verdicts of the gate in simulated releases, beside plain thresholds on the same data; requests that the detector needs",
    run: (say) => {
        const figures: Figure[] = [];
        for (const { scenario, wrong, releases, aimPercent } of trials) {
            say(`${scenario.name}, ${String(scenario.requestsPerSecond)} requests/s: ${String(releases)} releases`);
            const simulated = Array.from({ length: releases }, (_, index) => new Release(scenario, `${scenario.name} ${String(index)}`));
            for (const { name, run } of controllers) {
                const outcomes = simulated.map(run);
                const about = `${scenario.name}, ${String(scenario.requestsPerSecond)} req/s, ${name}`;
                const what = `${wrong === "passed" ? "false pass" : "false rollback"}: ${about}`;
                const rates = batched(outcomes.map(({ kind }) => kind === wrong));
                figures.push(rate(what, rates, name === "judge" ? aimPercent : undefined));
                if (wrong === "passed") {
                    const minutes = outcomes.filter(({ kind }) => kind === "rolled-back").map((outcome) => outcome.minutes * 60);
                    figures.push(...(minutes.length === 0 ? [] : [timeOf(`time to rollback: ${about}`, minutes)]));
                }
            }
        }
        say("the detector");
        return Promise.resolve([...figures, ...detectorFigures(), ...hangFigures()]);
    },
};

function detectorFigures(): readonly Figure[] {
    // A candidate at 1 % does not leave the first step: its gate asks for less than 0.5 %.
    const atCanary = (planned * stepAt(plan, 10).weightPercent * (stepAt(plan, 10).soakMinutes + watchLimits.holdMinutes) * 60) / 100;
    const rollout = [10, 25, 50, 100] as const;
    const inAll = rollout.reduce((sum, weight) => sum + (planned * weight * stepAt(plan, weight).soakMinutes * 60) / 100, 0);
    const alarms = (ratio: number, requests: number, rollouts: number) =>
        batched(Array.from({ length: rollouts }, (_, index) => falseAlarm(`false alarm ${String(index)}`, ratio, requests)));
    const detections = ([1, 0.5, 0.2, 0.1, 0.06] as const).flatMap((ratio) => {
        const runs = Array.from({ length: 300 }, (_, index) => detection(`detection ${String(index)}`, ratio)).filter((run) => run !== undefined);
        const name = `detector: requests until the alarm, ${String(ratio * 100)} % fail`;
        return [
            counted(
                name,
                runs.map(({ requests }) => requests),
            ),
            counted(
                `${name}, of them failed`,
                runs.map(({ failed }) => failed),
            ),
        ];
    });
    return [
        rate(`detector: false alarms a rollout, 1 % fail, ${String(atCanary)} requests`, alarms(0.01, atCanary, 20_000), 0.1),
        rate(`detector: false alarms a rollout, 0.5 % fail, ${String(inAll)} requests`, alarms(0.005, inAll, 1_000)),
        rate(`detector: false alarms a rollout, 0.1 % fail, ${String(inAll)} requests`, alarms(0.001, inAll, 3_000), 0.1),
        ...detections,
        ...[4, 7, 8].map((failures) =>
            rate(
                `detector: alarms after a burst of ${String(failures)} at start-up`,
                batched(Array.from({ length: 200 }, (_, index) => burstAlarm(`burst ${String(index)}`, failures))),
            ),
        ),
    ];
}

/** Requests that hang, and requests under way that are well: many, in bursts, or slow but within the bound. */
function hangFigures(): readonly Figure[] {
    const well: HangScenario = { requestsPerSecond: 25, pods: 3, p95Seconds: 0.18, burst: 1, hangs: 0, seconds: 300 };
    const sound = [
        ...[30, 100, 500].map((requestsPerSecond) => ({
            name: `p95 180 ms, ${String(requestsPerSecond)} requests/s`,
            scenario: { ...well, requestsPerSecond },
        })),
        ...[30, 100, 500].map((requestsPerSecond) => ({
            name: `p95 450 ms, ${String(requestsPerSecond)} requests/s`,
            scenario: { ...well, requestsPerSecond, p95Seconds: 0.45 },
        })),
        ...[30, 500].map((requestsPerSecond) => ({
            name: `p95 450 ms, ${String(requestsPerSecond)} requests/s in bursts of 20`,
            scenario: { ...well, requestsPerSecond, p95Seconds: 0.45, burst: 20 },
        })),
    ];
    const faulty = [
        { name: "all hang, 25 requests/s", scenario: { ...well, hangs: 1, seconds: 40 } },
        { name: "half hang, 25 requests/s", scenario: { ...well, hangs: 0.5, seconds: 40 } },
        { name: "half hang, 25 requests/s, one pod", scenario: { ...well, pods: 1, hangs: 0.5, seconds: 40 } },
        { name: "half hang, 25 requests/s, p95 450 ms", scenario: { ...well, p95Seconds: 0.45, hangs: 0.5, seconds: 40 } },
        { name: "half hang, 100 requests/s", scenario: { ...well, requestsPerSecond: 100, hangs: 0.5, seconds: 40 } },
    ];
    return [
        ...sound.map(({ name, scenario }) => {
            // At 500 a second, one run has 150,000 requests.
            const runs = Array.from({ length: scenario.requestsPerSecond > 100 ? 40 : 200 }, (_, index) =>
                hangAlarm(`well ${name} ${String(index)}`, scenario),
            );
            return {
                ...rate(`detector: false alarms in 5 minutes, nothing hangs, ${name}`, batched(runs.map((alarm) => alarm !== undefined))),
                highestValue: 0,
            };
        }),
        ...faulty.map(({ name, scenario }) =>
            timeOf(
                `detector: until the alarm, ${name}`,
                Array.from({ length: 300 }, (_, index) => hangAlarm(`hang ${name} ${String(index)}`, scenario)).map((alarm) => alarm ?? Infinity),
            ),
        ),
    ];
}

function equal(requestsPerSecond: number, both: Behaviour, name: string, more: Partial<Trial> = {}): Trial {
    return { scenario: { name: `equal, ${name}`, requestsPerSecond, stable: both, candidate: both }, wrong: "rolled-back", releases: 400, ...more };
}

function worse(requestsPerSecond: number, stable: Behaviour, candidate: Behaviour, name: string, more: Partial<Trial> = {}): Trial {
    return { scenario: { name, requestsPerSecond, stable, candidate }, wrong: "passed", releases: 400, ...more };
}

/** Rates in percent of ten batches, so that the figure has a spread. */
function batched(wrong: readonly boolean[]): readonly number[] {
    const size = Math.ceil(wrong.length / 10);
    return Array.from({ length: Math.ceil(wrong.length / size) }, (_, batch) => {
        const part = wrong.slice(batch * size, (batch + 1) * size);
        return (100 * part.filter(Boolean).length) / part.length;
    });
}

/** A rate is the mean over its batches; held against its aim, where it has one. */
function rate(name: string, samples: readonly number[], aimPercent?: number): Figure {
    const value = samples.reduce((sum, sample) => sum + sample, 0) / samples.length;
    const aim = aimPercent === undefined ? {} : { reference: { name: "aim", value: aimPercent }, highestRatio: 1 };
    return { name, value, unit: "%", samples, ...aim };
}

function timeOf(name: string, samples: readonly number[]): Figure {
    return { name, value: median(samples), unit: "s", samples };
}

function counted(name: string, samples: readonly number[]): Figure {
    return { name, value: median(samples), unit: "count", samples };
}
