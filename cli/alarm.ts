import { setTimeout as sleep } from "node:timers/promises";

import type { LivePod } from "../adapters/evidence.ts";
import type { PodLook, PodMetrics } from "../adapters/pod-metrics.ts";
import { type DetectorState, type NewCounts, detect, nothingCounted } from "../rollout/sequential.ts";

/** What the alarm reads. */
export interface AlarmSources {
    /** The candidate's pods. @throws when the API server can't be asked. */
    readonly pods: () => Promise<readonly LivePod[]>;
    readonly metrics: PodMetrics;
}

/**
 * Reads the candidate's pods several times a second, and calls `raise` once, when they must lose their traffic now. Gives back how to stop it.
 *
 * What it can't read it passes over: it may only take a rollout back sooner. Whether enough is seen is judged elsewhere, on Prometheus and the API server.
 */
export function startAlarm({ pods, metrics }: AlarmSources, raise: (reason: string) => void): () => void {
    const stopped = new AbortController();
    const { signal } = stopped;
    let targets: readonly LivePod[] = [];

    const refresh = async (): Promise<void> => {
        while (!signal.aborted) {
            targets = await pods().catch(() => targets);
            await pause(podsEveryMs, signal);
        }
    };
    const read = async (): Promise<void> => {
        let state: DetectorState = nothingCounted;
        while (!signal.aborted) {
            const startedMs = performance.now();
            const looked = detect(state, countsIn(await metrics.look(targets)));
            state = looked.state;
            if (looked.alarm.kind === "rollback") {
                raise(looked.alarm.reason);
                break;
            }
            await pause(Math.max(0, readEveryMs - (performance.now() - startedMs)), signal);
        }
        await metrics.close();
    };
    void refresh();
    void read();
    return () => {
        stopped.abort();
    };
}

/** All pods' counts together. A pod that could not be read adds nothing. */
export function countsIn(looks: readonly PodLook[]): NewCounts {
    return looks.reduce(
        (sum, { counts }) =>
            counts.kind === "missing"
                ? sum
                : { total: sum.total + counts.value.total, failed: sum.failed + counts.value.failed, slow: sum.slow + counts.value.slow },
        { total: 0, failed: 0, slow: 0 },
    );
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
    await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
}

/** Four times a second: at 25 requests a second for the candidate, one reading holds the few that a verdict needs. */
const readEveryMs = 250;
/** Pods come and go with the autoscaler, in seconds. */
const podsEveryMs = 1_000;
