import { describe, expect, it } from "vitest";

import type { ProbedPod } from "../../../rollout/gate/live/probes/context.ts";
import { wordsOf } from "../../../rollout/words.ts";
import { recordedEvents } from "../../../service/probes/recorded-events.ts";

const { signal } = new AbortController();

/** A pod whose pages have these counts of accepted and recorded events, one after the other; the last one stays. */
function podWith(...counts: readonly (readonly [accepted: number, recorded: number])[]): ProbedPod {
    let turn = 0;
    return {
        name: "v2-a",
        metrics: () => {
            const [accepted, recorded] = counts[Math.min(turn++, counts.length - 1)] ?? [0, 0];
            return Promise.resolve(
                Object.entries({ accepted, recorded, failed: 0 }).map(([result, value]) => ({ name: "engagement_events_total", labels: { result }, value })),
            );
        },
    };
}

async function outcome(pod: ProbedPod): Promise<string> {
    const recorded = await recordedEvents([pod], signal, 250);
    return recorded({ id: "e", pod: "v2-a" }).then(
        () => "recorded",
        (error: unknown) => wordsOf(error),
    );
}

describe("a look at recorded events", () => {
    it("sees an event that is recorded at once, or a little later", async () => {
        expect(await outcome(podWith([5, 5], [6, 6]))).toBe("recorded");
        expect(await outcome(podWith([5, 5], [6, 5], [6, 5], [6, 6]))).toBe("recorded");
    });

    it("waits for the events of others that were accepted until then", async () => {
        expect(await outcome(podWith([5, 5], [8, 6], [8, 7]))).toBe("pod v2-a accepted 3 events, and 2 were recorded within 250 ms");
    });

    it("misses an event that is accepted and never recorded", async () => {
        expect(await outcome(podWith([5, 5], [6, 5]))).toBe("pod v2-a accepted 1 events, and 0 were recorded within 250 ms");
    });

    it("misses an event that the pod doesn't count", async () => {
        expect(await outcome(podWith([5, 5]))).toBe("pod v2-a accepted event e and did not count it");
    });

    it.each([undefined, "v2-new"])("can't tell when the event was accepted by pod %s", async (pod) => {
        const recorded = await recordedEvents([podWith([5, 5], [6, 6])], signal);

        await expect(recorded({ id: "e", pod })).rejects.toThrow(/could not be read before/);
    });

    it("can't tell when the pod's metrics can't be read", async () => {
        expect(await outcome({ name: "v2-a", metrics: () => Promise.reject(new Error("gone")) })).toContain("could not be read before");
    });
});
