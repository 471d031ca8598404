import { setTimeout as sleep } from "node:timers/promises";

import { watchLease } from "../adapters/lease.ts";
import type { RollBackResult } from "../adapters/route-writer.ts";
import { watchLeaseName } from "../components/watchdog-rights.ts";
import { soakSecondsAt } from "../rollout/schedule.ts";
import { startAlarm } from "./alarm.ts";
import type { Announcer } from "./announcing.ts";
import { stepReading } from "./live-step.ts";
import { Observer } from "./observer.ts";
import { record } from "./recording.ts";
import type { Session } from "./session.ts";
import { type LiveStep, type WatchEnd, type WatchStatus, type WatcherParts, watch } from "./watcher.ts";

/** How a rollout is watched. */
export interface WatchingOptions {
    readonly session: Session;
    /** Unique among watchers. */
    readonly holder: string;
    /** Told of every look. */
    readonly report: (status: WatchStatus) => void;
    /** Told of what went wrong beside the watch, such as a record that could not be written. */
    readonly warn: (line: string) => void;
    /** Tells people, beside the watch. Left out: they are not told. */
    readonly announcer?: Announcer;
    /** Asked when the step is ready: true ends the watch. */
    readonly leaveWhenReady: () => Promise<boolean>;
    readonly stop: AbortSignal;
}

/** Watches the session's rollout until it is ready to leave, or taken back, or there is nothing to watch. Writes its end to the ledger. */
export async function watchRollout({ session, holder, report, warn, announcer, leaveWhenReady, stop }: WatchingOptions): Promise<WatchEnd> {
    const { target, schedule } = session;
    const { namespace, service } = target;
    const observer = new Observer(session);
    const lease = watchLease({ api: session.api, namespace, name: watchLeaseName(service), holder });
    let last: WatchStatus | undefined;
    let written: Promise<unknown> = Promise.resolve();
    const parts: WatcherParts = {
        lease: () => lease.acquire(),
        readStep: async () => stepReading(await session.cluster.readStep(namespace, service)),
        examine: (step) => observer.examine(step),
        startAlarm: (step, raise) => {
            const { name } = step.candidate;
            const gateway = observer.gatewayStatistics(name);
            const alarm = startAlarm(
                { pods: () => session.state.pods(name), metrics: observer.podMetrics(), ...(gateway === undefined ? {} : { gateway }) },
                raise,
            );
            return () => void alarm.stop();
        },
        rollBack: async (step, reason) => {
            const result = await takeBack(session, step, reason);
            if (result.kind === "failed") {
                return result;
            }
            announcer?.rolledBack(step, reason);
            // The traffic has moved: the rest is writing it down, which nobody waits for.
            written = record(session, warn, {
                kind: "rolled-back",
                rollout: { stable: step.stable, candidate: step.candidate, from: step.weightPercent, to: 0 },
                text: result.kind === "overtaken" ? `${reason}; another change came first: ${result.reason}` : reason,
                ...grounds(last, step),
            });
            return { kind: "done" };
        },
        report: (status) => {
            last = status.examination === undefined ? last : status;
            report(status);
            announcer?.look(status);
        },
        timesAt: (weightPercent) => ({
            soakSeconds: soakSecondsAt(schedule, weightPercent),
            holdSeconds: schedule.limits.holdMinutes * 60,
            blindSeconds: schedule.limits.blindMinutes * 60,
        }),
        nowSeconds: () => Date.now() / 1_000,
        pause: async (milliseconds, wake) => {
            await sleep(milliseconds, undefined, { signal: wake }).catch(() => undefined);
        },
    };
    try {
        const everyMs = Math.min(target.metrics?.scrapeIntervalSeconds ?? 15, longestPauseSeconds) * 1_000;
        const end = await watch(parts, { everyMs, leaveWhenReady, stop });
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
export async function takeBack(session: Session, step: Pick<LiveStep, "stable" | "candidate">, reason: string): Promise<RollBackResult> {
    const { namespace, service } = session.target;
    return session.route.rollBack({ namespace, name: service, stable: step.stable, candidate: step.candidate, reason });
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

/** The lease counts for 15 s, and must be renewed three times in that. */
const longestPauseSeconds = 5;
