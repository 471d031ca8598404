import { afterAll, beforeAll, expect, it } from "vitest";

import { waitUntil } from "../../../lab/wait.ts";
import { Observation, plannedLimitMs } from "./redis/observation.ts";

// What ../redis.test.ts leaves out, because it takes longer: a renewed certificate reaches a pod within about a minute, and the Sentinels take it up in turn.

let observation: Observation;

beforeAll(async () => {
    // In place of a minute and five: a turn is still longer than a Sentinel's start.
    observation = await Observation.begin({ RENEWAL_PERIOD_SECONDS: "2", RENEWAL_STAGGER_SECONDS: "20" });
});
afterAll(() => observation.end());

it("loses no acknowledged write when the certificate is renewed, and each Sentinel starts again with it", async () => {
    const { cluster } = observation;
    const { lost, longestMs } = await observation.during("certificate renewed", async () => {
        const before = await cluster.restarts("sentinel");
        await cluster.renewCertificate();
        await waitUntil(
            async () => {
                const now = await cluster.restarts("sentinel");
                expect(now).toEqual(before.map((count) => count + 1));
            },
            { what: "each Sentinel to start again", withinMs: 240_000, everyMs: 2_000 },
        );
        expect(await cluster.restarts("redis")).toEqual([0, 0, 0]);
    });

    expect(lost).toEqual([]);
    expect(longestMs).toBeLessThanOrEqual(plannedLimitMs);
});

it("loses no acknowledged write when a node is drained while the pods are replaced", async () => {
    const { cluster } = observation;
    const { lost, longestMs } = await observation.during("drained while rolled", async () => {
        const node = await cluster.nodeOf(await cluster.primary());
        await cluster.kubectl("rollout", "restart", "statefulset/redis");
        await cluster.drain(node);
        await cluster.kubectl("uncordon", node);
        await cluster.rolled();
    });

    expect(lost).toEqual([]);
    expect(longestMs).toBeLessThanOrEqual(plannedLimitMs);
});
