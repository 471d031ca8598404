import { setTimeout as sleep } from "node:timers/promises";

import { type Command, InvalidArgumentError } from "commander";

import type { Obstacle } from "../../gate/conditions/condition.ts";
import { type RolloutPlan, type Weight, isWeight, nextStep, weightsOf } from "../../plan/plan.ts";
import { announcerOf } from "../../announce/live/announcing.ts";
import { assess } from "../assessing.ts";
import type { EngineOutcome } from "../engine.ts";
import { exitCode } from "../exit-code.ts";
import { percentIn } from "../direction.ts";
import { type Position, type RunEnd, run } from "../run.ts";
import { type Session, UsageError } from "../session.ts";
import { shownStatus } from "../show.ts";
import { shownUpdate } from "../shown-update.ts";
import { stepReading } from "../../route/live/live-step.ts";
import { standingOf, stoppedText } from "../standing.ts";
import { StatusLine } from "../status-line.ts";
import { stopSignals } from "../stop-signals.ts";
import { watchRollout } from "../../watch/live/watch-rollout.ts";
import { type CommonOptions, type Opened, type Opening, opened, subcommand } from "./command.ts";
import { reconcile } from "./rollback.ts";
import { watcherName } from "./watch.ts";

interface RunFlags extends CommonOptions {
    readonly until?: Weight;
    readonly wait: number;
    readonly policyPack?: readonly string[];
}

/** `rollout advance`: the engine moves the weight by one step, and the watcher stays with it. */
export function addAdvance(program: Command, open: Opening = opened): void {
    subcommand(program, "advance", "take the next step when nothing stands in its way: gate, pulumi up, then watch until it is ready for the one after")
        .option("--wait <seconds>", "how long to wait for what stands in the way, such as approvals", secondsOf, 0)
        .option("--policy-pack <folders...>", "policy packs for the update")
        .action(async (flags: RunFlags) => {
            const { session, ...others } = await open(flags);
            const at = await position(session);
            const next = at.kind === "rolling" ? nextStep(session.target.profile.plan, at.weightPercent)?.weightPercent : undefined;
            if (at.kind === "rolling" && next === undefined) {
                throw new UsageError("the candidate has all traffic: the next thing is 'rollout finish'");
            }
            await drive({ session, ...others }, flags, next ?? 100);
        });
}

/** `rollout run`: every step to a weight, each watched. */
export function addRun(program: Command, open: Opening = opened): void {
    subcommand(program, "run", "drive the whole rollout unattended: every step, watched, until a weight is reached; what a pipeline uses")
        .option("--until <percent>", "weight to reach and to soak at", Number, 100)
        .option("--wait <seconds>", "how long to wait at a step for what stands in the way, such as approvals", secondsOf, 0)
        .option("--policy-pack <folders...>", "policy packs for the updates")
        .action(async (flags: RunFlags) => {
            const opening = await open(flags);
            await drive(opening, flags, weightOf(opening.session.target.profile.plan, flags.until ?? 100));
        });
}

async function drive({ session, output, engine }: Opened, { wait, policyPack = [] }: RunFlags, until: Weight): Promise<void> {
    const { stack } = session;
    if (stack === undefined) {
        throw new UsageError("moving a weight needs the stack: name it with --stack");
    }
    const line = new StatusLine(output);
    const holder = watcherName();
    const announcer = announcerOf(session, output.warn.bind(output));
    const stop = stopSignals();
    let moving = false;
    stop.signal.addEventListener("abort", () => {
        output.progress(moving ? "stopping: the update that is under way ends first. Once more ends at once, and may leave it half done" : "stopping");
    });
    const end = await run(
        {
            plan: session.target.profile.plan,
            position: () => position(session),
            obstacles: () => output.during("judging the next step", obstacles(session)),
            watch: async (leave) => {
                try {
                    return await watchRollout({
                        session,
                        holder,
                        report: (status) => {
                            line.show(shownStatus(session.target.profile.plan, status));
                        },
                        warn: output.warn.bind(output),
                        announcer,
                        leaveWhenReady: leave,
                        stop: stop.signal,
                    });
                } finally {
                    line.end();
                }
            },
            move: async (weightPercent) => {
                moving = true;
                try {
                    return await move({ session, output, engine }, stack, weightPercent, policyPack, stop.signal);
                } finally {
                    moving = false;
                }
            },
            reconcile: () => reconcile(session, output, engine),
            say: (text) => {
                output.progress(text);
            },
            nowSeconds: () => performance.now() / 1_000,
            pause: async (seconds) => sleep(seconds * 1_000, undefined, { signal: stop.signal }).catch(() => undefined),
            isStopped: () => stop.signal.aborted,
        },
        { until, waitSeconds: wait },
    ).finally(() => {
        stop.release();
    });
    if (end.kind === "stopped") {
        const standing = standingOf(await position(session), percentIn(stack.file.values().rolloutPercent));
        output.result(stoppedText(standing, stack.name), { ...end, ...standing });
    } else {
        output.result(endText(end), end);
    }
    process.exitCode = codeOf(end);
}

/** A step that is refused leaves the stack's file as it was: it says what is, not what was asked for. */
async function move(
    { session, output, engine }: Opened,
    stack: NonNullable<Session["stack"]>,
    weightPercent: Weight,
    policyPacks: readonly string[],
    stop: AbortSignal,
): Promise<EngineOutcome> {
    const before = stack.file.text();
    stack.file.setRolloutPercent(weightPercent);
    const message = `${session.target.service}: to ${String(weightPercent)} %`;
    const outcome = await shownUpdate(output, engine, { folder: stack.folder, stack: stack.name, message, policyPacks });
    if (outcome.kind === "refused" || (outcome.kind === "failed" && stop.aborted && (await isElsewhere(session, weightPercent)))) {
        stack.file.restore(before);
    }
    return outcome;
}

/** Whether users are known to be at another weight: then an update that a person broke off has not moved them. */
async function isElsewhere(session: Session, weightPercent: Weight): Promise<boolean> {
    const at = await position(session);
    return at.kind === "rolling" && at.weightPercent !== weightPercent;
}

async function obstacles(session: Session): Promise<readonly Obstacle[]> {
    const outcome = await assess(session);
    return outcome.kind === "assessed"
        ? outcome.obstacles
        : [{ id: "route", liftable: false, notEvaluated: true, problem: outcome.why, fix: "see 'rollout status'" }];
}

async function position(session: Session): Promise<Position> {
    const live = await session.cluster.readStep(session.target.namespace, session.target.service);
    if (live.kind === "found" && live.present.record.kind === "steady") {
        return { kind: "no-candidate" };
    }
    const users = stepReading(live);
    if (users.kind === "nothing" && users.rolledBack) {
        return { kind: "rolled-back", reason: users.why };
    }
    const reading = stepReading(live, true);
    switch (reading.kind) {
        case "under-way":
            return { kind: "rolling", weightPercent: reading.step.weightPercent };
        case "nothing":
            return { kind: "unknown", reason: reading.why };
        case "unknown":
            return { kind: "unknown", reason: reading.reason };
    }
}

function endText(end: Exclude<RunEnd, { kind: "stopped" }>): string {
    switch (end.kind) {
        case "done":
            return `done: the candidate soaked at ${String(end.weightPercent)} %, and every criterion passes`;
        case "held":
            return [
                `held at ${String(end.weightPercent)} %, nothing was changed:`,
                ...end.obstacles.map(({ id, problem, fix }) => `  - ${id}: ${problem}\n    ${fix}`),
            ].join("\n");
        case "rolled-back":
            return `rolled back: ${end.reason}. ${end.reconciled.kind === "updated" ? "The program's state is in line." : `The program's state is NOT in line: ${end.reconciled.reason}`}`;
        case "failed":
            return `failed: ${end.reason}`;
    }
}

function codeOf(end: RunEnd): number {
    switch (end.kind) {
        case "done":
            return exitCode.done;
        case "held":
        case "stopped":
            return exitCode.hold;
        case "rolled-back":
            return exitCode.rolledBack;
        case "failed":
            return exitCode.error;
    }
}

function weightOf(plan: RolloutPlan, weight: number): Weight {
    if (!isWeight(plan, weight) || weight === 0) {
        const known = weightsOf(plan).filter((step) => step > 0);
        throw new UsageError(`--until ${String(weight)} is no weight of the plan: use ${known.join(", ")}`);
    }
    return weight;
}

function secondsOf(text: string): number {
    const seconds = Number(text);
    if (!Number.isFinite(seconds) || seconds < 0) {
        throw new InvalidArgumentError("use a number of seconds, 0 or more");
    }
    return seconds;
}
