import type { V1ContainerStatus, V1Pod } from "@kubernetes/client-node";

import type { BackingOffLife, Exit, Life } from "./life.ts";

/** A change of a pod's status, as a strategic merge patch: conditions merge by type, containers by name, and null takes a field away. */
export interface StatusPatch {
    readonly status: {
        readonly conditions: readonly Readonly<Record<string, unknown>>[];
        readonly containerStatuses: readonly Readonly<Record<string, unknown>>[];
    };
}

/**
 * What has to change in a pod's status so that it shows the life of its container. Undefined: nothing, or the pod is being deleted.
 *
 * The lab's kubelet (kwok's stage `pod-ready`) writes the status of a pending pod only, so what is written afterwards stays.
 */
export function statusPatch(pod: V1Pod, life: Life): StatusPatch | undefined {
    const name = pod.spec?.containers[0]?.name;
    const shown = pod.status?.containerStatuses?.find((status) => status.name === name);
    if (name === undefined || shown === undefined || pod.metadata?.deletionTimestamp !== undefined || isShown(shown, life)) {
        return undefined;
    }
    const ready = life.kind === "running" && life.ready;
    const at = timeOf(life.kind === "running" ? life.countedAtMs : (life.lastExit?.finishedAtMs ?? 0));
    const status = ready ? "True" : "False";
    const condition = (type: string): Readonly<Record<string, unknown>> => ({
        type,
        status,
        ...(pod.status?.conditions?.some((known) => known.type === type && known.status === status) === true ? {} : { lastTransitionTime: at }),
        reason: ready ? null : "ContainersNotReady",
        message: ready ? null : `containers with unready status: [${name}]`,
    });
    return {
        status: {
            conditions: [condition("Ready"), condition("ContainersReady")],
            containerStatuses: [
                {
                    name,
                    ready,
                    started: life.kind === "running",
                    restartCount: life.restarts,
                    state:
                        life.kind === "running"
                            ? { running: { startedAt: timeOf(life.startedAtMs) }, waiting: null, terminated: null }
                            : {
                                  waiting: { reason: "CrashLoopBackOff", message: `back-off ${backOffOf(life)} restarting failed container ${name}` },
                                  running: null,
                                  terminated: null,
                              },
                    ...(life.lastExit === undefined ? {} : { lastState: { terminated: terminated(life.lastExit) } }),
                },
            ],
        },
    };
}

function isShown(shown: V1ContainerStatus, life: Life): boolean {
    return (
        shown.restartCount === life.restarts &&
        shown.ready === (life.kind === "running" && life.ready) &&
        (shown.state?.waiting !== undefined) === (life.kind === "backing-off")
    );
}

function terminated({ reason, exitCode, startedAtMs, finishedAtMs }: Exit): Readonly<Record<string, unknown>> {
    return { reason, exitCode, startedAt: timeOf(startedAtMs), finishedAt: timeOf(finishedAtMs) };
}

function backOffOf({ untilMs, lastExit }: BackingOffLife): string {
    return `${String(Math.round((untilMs - (lastExit?.finishedAtMs ?? untilMs)) / 1_000))}s`;
}

/** The API server takes times of whole seconds here. */
function timeOf(ms: number): string {
    return `${new Date(ms).toISOString().slice(0, -5)}Z`;
}
