import type { V1ContainerStatus, V1Pod } from "@kubernetes/client-node";

import { defined } from "../defined.ts";
import type { PodState } from "../gate/evidence.ts";

/** When a pod is looked at. */
export interface PodLook {
    /** Now, by the API server's clock. */
    readonly nowMs: number;
    /** When the step was entered, by the same clock. If omitted, restarts in the step are not told apart. */
    readonly enteredMs?: number;
}

/**
 * A pod's state, from its status.
 *
 * The status keeps the end of a container's last run only, so of the restarts that may lie in a span, those are counted that certainly do: one for each
 * container whose last run ended in it, and all of them where the pod itself is younger.
 */
export function podState(pod: V1Pod, { nowMs, enteredMs }: PodLook): PodState {
    const containers = pod.status?.containerStatuses ?? [];
    const startedMs = pod.status?.startTime?.getTime() ?? Number.NaN;
    const restartsSince = (sinceMs: number): number => sumOf(containers, (container) => restartsOf(container, startedMs, sinceMs));
    const waitingReason = waitingReasonOf(pod);
    return {
        name: pod.metadata?.name ?? "",
        ready: readySinceMs(pod) !== undefined,
        restarts: sumOf(containers, ({ restartCount }) => restartCount),
        recentRestarts: restartsSince(nowMs - recentMs),
        ...(enteredMs === undefined ? {} : { restartsInStep: restartsSince(enteredMs) }),
        ...defined({ waitingReason }),
    };
}

/** Since when a pod has been ready; undefined while it isn't, and from the moment its end is decided. */
export function readySinceMs({ metadata, status }: V1Pod): number | undefined {
    const ready = status?.conditions?.find(({ type }) => type === "Ready");
    return ready?.status === "True" && metadata?.deletionTimestamp === undefined ? ready.lastTransitionTime?.getTime() : undefined;
}

/** How far back a restart is a recent one. */
const recentMs = 10 * 60_000;

function restartsOf({ restartCount, lastState, state }: V1ContainerStatus, startedMs: number, sinceMs: number): number {
    if (restartCount === 0) {
        return 0;
    }
    if (startedMs >= sinceMs) {
        return restartCount;
    }
    // While a container waits for its next start, the run that ended is the last one; an end that isn't noted counts as recent.
    const endedMs = (state?.terminated ?? lastState?.terminated)?.finishedAt?.getTime();
    return endedMs === undefined || endedMs >= sinceMs ? 1 : 0;
}

/** Why the pod does not run: of several reasons the first that is more than the normal course of a start. */
function waitingReasonOf({ status }: V1Pod): string | undefined {
    const statuses = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
    const reasons = statuses.flatMap(({ state }) => state?.waiting?.reason ?? []);
    // An evicted pod has no containers that wait; the pod itself has the reason.
    const ofPod = status?.phase === "Failed" ? [status.reason ?? "Failed"] : [];
    const unscheduled = status?.conditions?.find(({ type, status: value }) => type === "PodScheduled" && value === "False")?.reason;
    const all = [...reasons, ...ofPod, ...(unscheduled === undefined ? [] : [unscheduled])];
    return all.find((reason) => !normal.has(reason)) ?? all[0];
}

/** Reasons that every pod has for a moment. */
const normal: ReadonlySet<string> = new Set(["ContainerCreating", "PodInitializing"]);

function sumOf<T>(items: readonly T[], valueOf: (item: T) => number): number {
    return items.reduce((sum, item) => sum + valueOf(item), 0);
}
