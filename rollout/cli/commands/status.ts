import type { Command } from "commander";
import pc from "picocolors";

import { requestsOf } from "../../gate/evidence.ts";
import { describeMove, describeStep } from "../../plan/move.ts";
import { soakSecondsAt } from "../../plan/schedule.ts";
import { type Assessed, assess } from "../assessing.ts";
import { exitCode } from "../exit-code.ts";
import type { Output } from "../output.ts";
import type { Session } from "../session.ts";
import { judgementTable, plainTable, textOf, shownSeconds } from "../show.ts";
import { stepReading } from "../../route/live/live-step.ts";
import type { LiveStep } from "../../route/live-step.ts";
import { type RollbackAccount, accountLines, accountOf } from "../../report/rollback-account.ts";
import { rolloutIn } from "../../report/rollout-report.ts";
import { defined } from "../../defined.ts";
import { shareIn } from "../../watch/live/watcher-metrics.ts";
import { type CommonOptions, type Opening, opened, subcommand } from "./command.ts";

/** `rollout status`: where it stands. Changes nothing. */
export function addStatus(program: Command, open: Opening = opened): void {
    subcommand(program, "status", "where the rollout stands: step, weights, observed split, pods, soak left, criteria, approvals").action(
        async (flags: CommonOptions) => {
            const { session, output } = await open({ ...flags, anyConfig: true });
            await (session.unheeded === undefined ? show(session, output, false) : showUnjudged(session, output, session.unheeded));
        },
    );
}

/** `rollout gate`: what stands in the way of the next step. Changes nothing. */
export function addGate(program: Command, open: Opening = opened): void {
    subcommand(program, "gate", "judge now, change nothing; exit code 0: the next step may be taken, 3: it may not").action(async (flags: CommonOptions) => {
        const { session, output } = await open(flags);
        const assessed = await show(session, output, true);
        if (assessed !== undefined) {
            process.exitCode = assessed.obstacles.length === 0 ? exitCode.done : exitCode.hold;
        }
    });
}

async function show(session: Session, output: Output, onlyGate: boolean): Promise<Assessed | undefined> {
    const outcome = await output.during("judging the next step", assess(session));
    if (outcome.kind !== "assessed") {
        output.result(outcome.why, outcome);
        process.exitCode = outcome.kind === "nothing" ? (onlyGate ? exitCode.hold : exitCode.done) : exitCode.error;
        return undefined;
    }
    const rollback = onlyGate || outcome.step.weightPercent > 0 ? undefined : await rollbackOf(session, outcome.step);
    const text = onlyGate ? gateText(outcome) : [statusText(session, outcome), ...(rollback === undefined ? [] : accountLines(rollback))].join("\n");
    output.result(text, { ...outcome, ...defined({ rollback }) });
    return outcome;
}

/** The account of the rollback that the candidate has behind it. Undefined where there was none, and where the ledger can't be read: that is no news of a step. */
async function rollbackOf({ target, ledger }: Session, { candidate }: LiveStep): Promise<RollbackAccount | undefined> {
    const records = await ledger.read().catch(() => undefined);
    const rollout = records === undefined ? undefined : rolloutIn(target.profile.plan, records.counting, new Date().toISOString(), candidate.name);
    return rollout === undefined || "why" in rollout ? undefined : accountOf(target.profile, rollout.records);
}

/** Where the rollout stands by the route alone: with a config that can't be used there is nothing to judge it by. */
async function showUnjudged(session: Session, output: Output, problem: Error): Promise<void> {
    const reading = stepReading(await session.cluster.readStep(session.target.namespace, session.target.service), true);
    const unjudged = `${problem.message}\nUntil that is put right nothing is judged, and no step goes forward. 'rollout rollback' works all the same.`;
    const where = reading.kind === "under-way" ? undefined : reading.kind === "nothing" ? reading.why : reading.reason;
    output.result([...(reading.kind === "under-way" ? [standingText(session, reading.step)] : [where ?? ""]), pc.yellow(unjudged)].join("\n"), {
        kind: "unjudged",
        ...(reading.kind === "under-way" ? { step: reading.step } : { why: where }),
        problem: problem.message,
    });
    process.exitCode = reading.kind === "unknown" ? exitCode.error : exitCode.done;
}

/** Step, soak and route, with nothing of the evidence. */
function standingText({ target, schedule }: Session, step: LiveStep): string {
    const table = plainTable();
    table.push(...standingRows(target, schedule, step));
    return [pc.bold(`${target.service} in ${target.namespace}`), textOf(table)].join("\n");
}

function standingRows({ profile }: Session["target"], schedule: Session["schedule"], step: LiveStep): readonly string[][] {
    const needed = soakSecondsAt(schedule, step.weightPercent);
    return [
        ["step", `${describeStep(profile.plan, step)}, entered ${step.enteredAt}`],
        [
            "soak",
            `${shownSeconds(step.soakedSeconds)} of ${shownSeconds(needed)}${step.soakedSeconds < needed ? `, ${shownSeconds(needed - step.soakedSeconds)} left` : ""}`,
        ],
        ["route", `${String(100 - step.weightPercent)} % ${step.stable.name}, ${String(step.weightPercent)} % ${step.candidate.name}`],
    ];
}

function statusText(session: Session, assessed: Assessed): string {
    const { step, evidence } = assessed;
    const share = evidence === undefined ? Number.NaN : shareIn(evidence);
    const table = plainTable();
    table.push(
        ...standingRows(session.target, session.schedule, step),
        ["observed", Number.isNaN(share) ? "unknown" : `${(share * 100).toFixed(2)} % of ${requestsIn(assessed)} requests reached ${step.candidate.name}`],
        ["pods", [evidence?.stable, evidence?.candidate].map(podsText).join(", ")],
    );
    return [pc.bold(`${session.target.service} in ${session.target.namespace}`), textOf(table), gateText(assessed)].join("\n");
}

function gateText({ move, judgement, obstacles, summaries, lifted }: Assessed): string {
    const verdict =
        obstacles.length === 0
            ? pc.green(`${describeMove(move)} may be taken`)
            : pc.yellow(`${describeMove(move)} may not be taken: ${String(obstacles.length)} in the way`);
    return [
        ...(judgement === undefined ? [] : [judgementTable(judgement)]),
        ...summaries.map((summary) => `  ${pc.green("ok")}  ${summary}`),
        ...lifted.map(({ obstacle, override }) => `  ${pc.yellow("lifted")}  ${obstacle.id}, by ${override.identity}: ${override.reason}`),
        verdict,
        ...obstacles.map(({ id, problem, fix }) => `  - ${id}: ${problem}\n    ${fix}`),
    ].join("\n");
}

function requestsIn({ evidence }: Assessed): string {
    const counts = [evidence?.stable, evidence?.candidate].flatMap((revision) => (revision === undefined ? [] : [requestsOf(revision)]));
    return counts.reduce((sum, count) => sum + (count.kind === "observed" ? count.value : 0), 0).toLocaleString("en-US");
}

function podsText(evidence: NonNullable<Assessed["evidence"]>["stable"] | undefined): string {
    if (evidence?.pods.kind !== "observed") {
        return `${evidence?.revision ?? "candidate"} unknown`;
    }
    const pods = evidence.pods.value;
    return `${evidence.revision} ${String(pods.filter(({ ready }) => ready).length)} of ${String(pods.length)} ready`;
}
