import { describe, expect, it } from "vitest";

import type { PodReader } from "../../../../../rollout/gate/live/evidence.ts";
import type { PodPages } from "../../../../../rollout/watch/live/pod-metrics.ts";
import { metricWitness } from "../../../../../rollout/gate/live/probes.ts";
import { wordsOf } from "../../../../../rollout/words.ts";

const pods: PodReader = {
    pods: () => Promise.resolve([{ name: "v2-a", address: "10.0.0.1", ready: true, restarts: 0, recentRestarts: 0, cpuRequestCores: 1 }]),
    autoscaler: () => Promise.resolve(undefined),
    serverNow: () => Promise.resolve(new Date()),
};

/** Pages with these counts of accepted and recorded events, one after the other; the last one stays. */
function pagesWith(...counts: readonly (readonly [accepted: number, recorded: number])[]): PodPages {
    let turn = 0;
    return {
        read: () => {
            const [accepted, recorded] = counts[Math.min(turn++, counts.length - 1)] ?? [0, 0];
            return Promise.resolve(
                Object.entries({ accepted, recorded, failed: 0 }).map(([result, value]) => ({ name: "engagement_events_total", labels: { result }, value })),
            );
        },
        close: () => Promise.resolve(),
    };
}

async function outcome(pages: PodPages, pod: string | undefined = "v2-a"): Promise<string> {
    const wait = await metricWitness({ pods, pages, timeoutMs: 250 }).begin("v2");
    return wait.recorded({ id: "e", pod }).then(
        () => "recorded",
        (error: unknown) => wordsOf(error),
    );
}

describe("a witness by metrics", () => {
    it("sees an event that is recorded at once, or a little later", async () => {
        expect(await outcome(pagesWith([5, 5], [6, 6]))).toBe("recorded");
        expect(await outcome(pagesWith([5, 5], [6, 5], [6, 5], [6, 6]))).toBe("recorded");
    });

    it("waits for the events of others that were accepted until then", async () => {
        expect(await outcome(pagesWith([5, 5], [8, 6], [8, 7]))).toBe("pod v2-a accepted 3 events, and 2 were recorded within 250 ms");
    });

    it("misses an event that is accepted and never recorded", async () => {
        expect(await outcome(pagesWith([5, 5], [6, 5]))).toBe("pod v2-a accepted 1 events, and 0 were recorded within 250 ms");
    });

    it("misses an event that the pod doesn't count", async () => {
        expect(await outcome(pagesWith([5, 5]))).toBe("pod v2-a accepted event e and did not count it");
    });

    it.each([undefined, "v2-new"])("can't tell when the event was accepted by pod %s", async (pod) => {
        const wait = await metricWitness({ pods, pages: pagesWith([5, 5], [6, 6]) }).begin("v2");

        await expect(wait.recorded({ id: "e", pod })).rejects.toThrow(/could not be read before/);
    });

    it("can't tell when the pod's metrics can't be read", async () => {
        const pages: PodPages = { read: () => Promise.reject(new Error("gone")), close: () => Promise.resolve() };

        expect(await outcome(pages)).toContain("could not be read before");
    });
});
