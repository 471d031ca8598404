import type { ActiveFault } from "./faults.ts";
import { profiles } from "./profile.ts";

/** Why a container's process ended. */
export interface Exit {
    readonly reason: "Error" | "OOMKilled";
    /** 137 is 128 + SIGKILL: what the kernel sends for memory. */
    readonly exitCode: 1 | 137;
    readonly startedAtMs: number;
    readonly finishedAtMs: number;
}

/** What stays over all processes of a container. */
interface History {
    /** Processes that were started after the first. */
    readonly restarts: number;
    readonly lastExit: Exit | undefined;
    /** Pause before the next start after an exit, in milliseconds. */
    readonly nextBackOffMs: number;
}

/** A container whose process runs. */
export interface RunningLife extends History {
    readonly kind: "running";
    readonly startedAtMs: number;
    readonly ready: boolean;
    /** Memory that leaked since the start, in bytes, and until when that was counted. */
    readonly leakedBytes: number;
    readonly countedAtMs: number;
}

/** A container that waits for the next start of its process. */
export interface BackingOffLife extends History {
    readonly kind: "backing-off";
    readonly untilMs: number;
}

/** A container's life as the kubelet sees it: one process after another. */
export type Life = RunningLife | BackingOffLife;

/** Memory of a healthy process, in bytes: well below the 300 MiB that the checklist allows a pod. */
export const usualMemoryBytes = 180 * 2 ** 20;

/** How long a crash-looping process lives, in milliseconds. */
const crashAfterMs = 1_000;

/** How long a process needs until it is ready, in milliseconds. */
const startupMs = 500;

/**
 * Pauses between restarts, in milliseconds. The kubelet starts a container again at once the first time, then after 10 s, and doubles up to 300 s; here all is a tenth, as a
 * lab's rollout is shorter than a real one. https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy
 */
const backOffMs = { first: 1_000, longest: 30_000 } as const;

/** How long a process must have run until the kubelet forgets its restarts, in milliseconds: ten minutes, and here a tenth. */
const forgivenAfterMs = 60_000;

/** A pod's first process, which the lab's kubelet has reported as ready. */
export function newLife(startedAtMs: number, restarts = 0): RunningLife {
    return { kind: "running", startedAtMs, ready: true, leakedBytes: 0, countedAtMs: startedAtMs, restarts, lastExit: undefined, nextBackOffMs: 0 };
}

/**
 * A container's life at `nowMs`, given its life a moment ago. Call it often: at most one thing happens in each step.
 *
 * @param memoryLimitBytes above it the process is killed.
 */
export function nextLife(life: Life, fault: ActiveFault, memoryLimitBytes: number, nowMs: number): Life {
    const { crashes, memoryGrowthMebibytesPerMinute } = profiles[fault.profile];
    if (life.kind === "backing-off") {
        return nowMs < life.untilMs ? life : { ...newLife(nowMs, life.restarts + 1), ready: false, lastExit: life.lastExit, nextBackOffMs: life.nextBackOffMs };
    }
    if (crashes && nowMs >= Math.max(fault.sinceMs, life.restarts === 0 ? 0 : life.startedAtMs + crashAfterMs)) {
        return ended(life, { reason: "Error", exitCode: 1 }, nowMs);
    }
    const growing = Math.max(0, nowMs - Math.max(life.countedAtMs, fault.sinceMs));
    const leakedBytes = life.leakedBytes + (memoryGrowthMebibytesPerMinute * fault.leakFactor * 2 ** 20 * growing) / 60_000;
    if (usualMemoryBytes + leakedBytes > memoryLimitBytes) {
        return ended(life, { reason: "OOMKilled", exitCode: 137 }, nowMs);
    }
    return { ...life, leakedBytes, countedAtMs: nowMs, ready: life.ready || (!crashes && nowMs >= life.startedAtMs + startupMs) };
}

function ended(life: RunningLife, exit: Pick<Exit, "reason" | "exitCode">, nowMs: number): BackingOffLife {
    const pauseMs = nowMs - life.startedAtMs >= forgivenAfterMs ? 0 : life.nextBackOffMs;
    return {
        kind: "backing-off",
        untilMs: nowMs + pauseMs,
        restarts: life.restarts,
        lastExit: { ...exit, startedAtMs: life.startedAtMs, finishedAtMs: nowMs },
        nextBackOffMs: pauseMs === 0 ? backOffMs.first : Math.min(backOffMs.longest, pauseMs * 2),
    };
}
