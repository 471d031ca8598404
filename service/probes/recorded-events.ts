import { setTimeout as sleep } from "node:timers/promises";

import type { ProbedPod } from "../../rollout/gate/live/probes/context.ts";

/** Engagement events that one process counted since it started. */
interface CountedEvents {
    readonly accepted: number;
    readonly recorded: number;
}

/** An event that was accepted. `pod`: the one that says it accepted it. */
export interface AcceptedEvent {
    readonly id: string;
    readonly pod: string | undefined;
}

/** How long an event may take, in milliseconds. */
const recordedWithinMs = 3_000;

/** Pause between two looks, in milliseconds. */
const pauseMs = 100;

/**
 * Sees events by the counters of the pod that accepted one: as many must be recorded after it as were accepted since before it.
 *
 * It needs no right to read the topic. Under load, events that were accepted before and recorded after may stand in for a few that are lost.
 *
 * @param pods pods of the revision, read now: before the event is sent.
 * @returns waits until an event is recorded. It throws when the event isn't in time, saying what was seen instead.
 */
export async function recordedEvents(
    pods: readonly ProbedPod[],
    signal: AbortSignal,
    timeoutMs = recordedWithinMs,
): Promise<(event: AcceptedEvent) => Promise<void>> {
    const before = new Map(
        await Promise.all(pods.map(async (pod): Promise<[string, CountedEvents | undefined]> => [pod.name, await eventsOf(pod).catch(() => undefined)])),
    );
    return async ({ id, pod: name }) => {
        const [pod, first] = [pods.find((one) => one.name === name), before.get(name ?? "")];
        if (pod === undefined || first === undefined) {
            throw new Error(`the metrics of the pod that accepted event ${id} could not be read before (x-served-by-pod: ${name ?? "left out"})`);
        }
        const deadline = performance.now() + timeoutMs;
        const accepted = (await eventsOf(pod)).accepted - first.accepted;
        if (accepted < 1) {
            throw new Error(`pod ${pod.name} accepted event ${id} and did not count it`);
        }
        let recorded = 0;
        while (performance.now() < deadline) {
            recorded = (await eventsOf(pod)).recorded - first.recorded;
            if (recorded >= accepted) {
                return;
            }
            await sleep(pauseMs, undefined, { signal });
        }
        throw new Error(`pod ${pod.name} accepted ${String(accepted)} events, and ${String(recorded)} were recorded within ${String(timeoutMs)} ms`);
    };
}

async function eventsOf({ metrics }: ProbedPod): Promise<CountedEvents> {
    const samples = (await metrics()).filter(({ name }) => name === "engagement_events_total");
    const count = (result: string): number => {
        // One series of users, and one of testers once there was such an event.
        const found = samples.filter(({ labels }) => labels.result === result);
        const sum = found.reduce((total, { value }) => total + value, 0);
        if (found.length === 0 || found.length > 2 || !Number.isSafeInteger(sum)) {
            throw new Error(`engagement_events_total{result="${result}"} can't be read`);
        }
        return sum;
    };
    return { accepted: count("accepted"), recorded: count("recorded") };
}
