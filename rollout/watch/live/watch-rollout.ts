import { setTimeout as sleep } from "node:timers/promises";

import { defined } from "../../defined.ts";
import { type WatchLease, watchLease } from "./lease.ts";
import type { RollBackResult } from "../../route/live/writer.ts";
import { watchLeaseName } from "../../pulumi/watchdog-rights.ts";
import { soakSecondsAt } from "../../plan/schedule.ts";
import { type RaisedAlarm, type RunningAlarm, startAlarm } from "./alarm.ts";
import { alarmCriteria } from "../alarm-criteria.ts";
import type { Announcer } from "../../announce/live/announcing.ts";
import { stepReading } from "../../route/live/live-step.ts";
import { Observer } from "./observer.ts";
import { record } from "../../cli/recording.ts";
import type { Session } from "../../cli/session.ts";
import { type AttemptOutcome, type LiveStep, type WatchEnd, type WatchStatus, type WatcherParts, watch } from "./watcher.ts";
import { labelKeysOf } from "../../route/label-keys.ts";

/** How a rollout is watched. */
export interface WatchingOptions {
    readonly session: Session;
    /** Unique among watchers. */
    readonly holder: string;
    /** Receives every look. */
    readonly report: (status: WatchStatus) => void;
    /** Receives what went wrong beside the watch, such as a record that could not be written. */
    readonly warn: (line: string) => void;
    /** Tells people, beside the watch. If omitted, they are not told. */
    readonly announcer?: Pick<Announcer, "look" | "rolledBack" | "failed" | "ended">;
    /** Asked when the step is ready: true ends the watch. */
    readonly leaveWhenReady: () => Promise<boolean>;
    readonly stop: AbortSignal;
    /** @default those of the session's cluster */
    readonly tools?: WatchTools;
}

/** What a watch opens and closes. */
export interface WatchTools {
    readonly observer: Pick<Observer, "examine" | "close">;
    readonly lease: WatchLease;
    readonly startAlarm: (step: LiveStep, raise: (alarm: RaisedAlarm) => void) => RunningAlarm;
}

/** Watches the session's rollout until it is ready to leave, or rolled back, or there is nothing to watch, or the watch failed. Writes its end to the ledger. */
export async function watchRollout({ session, holder, report, warn, announcer, leaveWhenReady, stop, tools }: WatchingOptions): Promise<WatchEnd> {
    const { target, schedule } = session;
    const { namespace, service } = target;
    const { observer, lease, startAlarm: start } = tools ?? toolsOf(session, holder);
    const told: { speaks: boolean; examined?: WatchStatus; alarm?: RaisedAlarm; decided?: { readonly reason: string; readonly atMs: number } } = {
        speaks: false,
    };
    let attempts = 0;
    let written: Promise<unknown> = Promise.resolve();
    const rollBack = async (step: LiveStep, reason: string, stillWanted: () => boolean): Promise<AttemptOutcome> => {
        const nowMs = performance.now();
        const decided = told.decided?.reason === reason ? told.decided : { reason, atMs: nowMs };
        told.decided = decided;
        const result = await rollStepBack(session, step, reason, stillWanted);
        const movedInSeconds = (performance.now() - decided.atMs) / 1_000;
        attempts += 1;
        if (result.kind === "failed" || result.kind === "overtaken") {
            return result;
        }
        if (result.testersStay !== undefined) {
            warn(result.testersStay);
        }
        // An earlier attempt may have arrived though its answer did not. The watcher whose patch it was records and announces it, once.
        if (result.kind === "already" && !(result.sameReason && attempts > 1)) {
            return { kind: "already" };
        }
        announcer?.rolledBack(step, reason);
        // The traffic has moved: the rest is writing it down, which delays nothing.
        written = record(session, warn, {
            kind: "rolled-back",
            rollout: { stable: step.stable, candidate: step.candidate, from: step.weightPercent, to: 0 },
            text: reason,
            movedInSeconds,
            ...grounds(told.examined, step),
            ...causeOf(session, step, told.alarm?.reason === reason ? told.alarm : undefined),
        });
        return { kind: "done" };
    };
    const parts: WatcherParts = {
        lease: (sees) => lease.acquire(sees),
        readStep: async () => stepReading(await session.cluster.readStep(namespace, service)),
        examine: (step) => observer.examine(step),
        startAlarm: (step, raise) =>
            start(step, (alarm) => {
                told.alarm = alarm;
                raise(alarm.reason);
            }),
        rollBack,
        report: (status) => {
            if (status.examination !== undefined) {
                told.examined = status;
            }
            told.speaks = status.decision.kind !== "standing-by";
            report(status);
            announcer?.look(status);
        },
        timesAt: (weightPercent) => ({
            soakSeconds: soakSecondsAt(schedule, weightPercent),
            holdSeconds: schedule.limits.holdMinutes * 60,
            blindSeconds: schedule.limits.blindMinutes * 60,
            waitsForEvidence: target.gates.kind === "full" && target.gates.lackOfEvidence === "wait",
        }),
        now: () => ({ monotonicSeconds: performance.now() / 1_000, wallSeconds: Date.now() / 1_000 }),
        pause: async (milliseconds, wake) => {
            await sleep(milliseconds, undefined, { signal: wake }).catch(() => undefined);
        },
    };
    try {
        const everyMs = Math.min(target.metrics?.scrapeIntervalSeconds ?? 15, longestPauseSeconds) * 1_000;
        const end = await watch(parts, { everyMs, leaveWhenReady, stop });
        if (end.kind === "failed" && told.speaks) {
            announcer?.failed(end.step, end.reason, end.rollbackDue);
        }
        announcer?.ended(end);
        await written;
        if (end.kind === "ready") {
            await record(session, warn, {
                kind: "verdict",
                rollout: { stable: end.step.stable, candidate: end.step.candidate, from: end.step.weightPercent, to: end.step.weightPercent },
                text: `the soak at ${String(end.step.weightPercent)} % is over, and every criterion passes`,
                judgement: end.examination.gate,
                evidence: { kind: "whole", evidence: end.examination.evidence },
            });
        }
        return end;
    } finally {
        await Promise.all([lease.release(), observer.close()]);
    }
}

/** Takes all traffic off a candidate: one patch of the route, past the program. */
export async function rollStepBack(
    session: Pick<Session, "target" | "route">,
    step: Pick<LiveStep, "stable" | "candidate">,
    reason: string,
    stillWanted?: () => boolean,
): Promise<RollBackResult> {
    const { namespace, service } = session.target;
    const { stable, candidate } = step;
    return session.route.rollBack({ namespace, name: service, stable, candidate, reason, ...defined({ stillWanted }) });
}

function toolsOf(session: Session, holder: string): WatchTools {
    const { namespace, service } = session.target;
    const observer = new Observer(session);
    return {
        observer,
        lease: watchLease({ api: session.api, namespace, name: watchLeaseName(service), keys: labelKeysOf(session.target.profile), holder }),
        startAlarm: ({ candidate: { name } }, raise) => {
            const gateway = observer.gatewayStatistics(name);
            const metrics = observer.podMetrics();
            const pods = metrics && { list: () => session.state.pods(name), metrics };
            return startAlarm(defined({ pods, gateway }), raise);
        },
    };
}

/** What the alarm counted, and which criteria it speaks for. Nothing where a look or a time limit decided: the judgement says which. */
function causeOf({ target }: Pick<Session, "target">, step: LiveStep, alarm: RaisedAlarm | undefined) {
    if (alarm === undefined) {
        return {};
    }
    const { counted, bad, of } = alarm;
    return { cause: { kind: "alarm", counted, bad, of, criteria: alarmCriteria(target.profile, step.weightPercent, counted) } as const };
}

function grounds(last: WatchStatus | undefined, step: LiveStep) {
    const { examination } = last ?? {};
    return examination === undefined || last?.step?.enteredAt !== step.enteredAt
        ? {}
        : {
              judgement: examination.atOnce.verdict === "rollback" ? examination.atOnce : examination.gate,
              evidence: { kind: "whole", evidence: examination.evidence } as const,
          };
}

/** Between two looks, in seconds, however seldom Prometheus scrapes. */
const longestPauseSeconds = 5;
