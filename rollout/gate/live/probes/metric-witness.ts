import { setTimeout as sleep } from "node:timers/promises";

import type { PodReader } from "../evidence/pod-reader.ts";
import type { ExposedSample } from "../../../watch/live/pod-metrics/exposition.ts";
import type { PodPages } from "../../../watch/live/pod-metrics/page.ts";
import type { EventWait, EventWitness } from "./event-witness.ts";

/** Engagement events that one process counted since it started. */
interface CountedEvents {
    readonly accepted: number;
    readonly recorded: number;
}

export interface MetricWitnessArgs {
    readonly pods: PodReader;
    readonly pages: PodPages;
    /**
     * How long an event may take, in milliseconds.
     *
     * @default 3000
     */
    readonly timeoutMs?: number;
}

/** Pause between two looks, in milliseconds. */
const pauseMs = 100;

/**
 * Sees events by the counters of the pod that accepted one: as many must be recorded after it as were accepted since before it.
 *
 * It needs no right to read the topic. Under load, events that were accepted before and recorded after may stand in for a few that are lost.
 */
export function metricWitness({ pods, pages, timeoutMs = 3_000 }: MetricWitnessArgs): EventWitness {
    const read = async (address: string): Promise<CountedEvents> => eventsIn(await pages.read(address));
    return {
        begin: async (revision): Promise<EventWait> => {
            const addresses = new Map((await pods.pods(revision)).flatMap(({ name, address }) => (address === undefined ? [] : [[name, address]])));
            const before = new Map(
                await Promise.all(
                    [...addresses].map(async ([pod, address]): Promise<[string, CountedEvents | undefined]> => [
                        pod,
                        await read(address).catch(() => undefined),
                    ]),
                ),
            );
            return {
                recorded: async ({ id, pod }) => {
                    const [address, first] = [addresses.get(pod ?? ""), before.get(pod ?? "")];
                    if (pod === undefined || address === undefined || first === undefined) {
                        throw new Error(`the metrics of the pod that accepted event ${id} could not be read before (x-served-by-pod: ${pod ?? "left out"})`);
                    }
                    const deadline = performance.now() + timeoutMs;
                    const accepted = (await read(address)).accepted - first.accepted;
                    if (accepted < 1) {
                        throw new Error(`pod ${pod} accepted event ${id} and did not count it`);
                    }
                    let recorded = 0;
                    while (performance.now() < deadline) {
                        recorded = (await read(address)).recorded - first.recorded;
                        if (recorded >= accepted) {
                            return;
                        }
                        await sleep(pauseMs);
                    }
                    throw new Error(`pod ${pod} accepted ${String(accepted)} events, and ${String(recorded)} were recorded within ${String(timeoutMs)} ms`);
                },
                end: () => Promise.resolve(),
            };
        },
    };
}

function eventsIn(page: readonly ExposedSample[]): CountedEvents {
    const samples = page.filter(({ name }) => name === "engagement_events_total");
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
