import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { labLayout } from "../../../lab/api.ts";
import { realNodes } from "../../../lab/nodes/plan.ts";
import { crashNode, startNode } from "./redis/faults.ts";
import { Observation, crashLimitMs, plannedLimitMs } from "./redis/observation.ts";

// The program's own cluster on real nodes, with TLS, under clients that write all the time through the Sentinels. The times are the requirement, not a guess at what is usual.
// What is rarer and takes longer is in soak/.

let observation: Observation;

beforeAll(async () => {
    observation = await Observation.begin();
});
afterAll(() => observation.end());

describe("no acknowledged write is lost, and none waits for long", () => {
    it("when the primary's pod is deleted", async () => {
        const { cluster } = observation;
        const { lost, longestMs } = await observation.during("pod deleted", async () => {
            await cluster.kubectl("delete", "pod", await cluster.primary());
        });

        expect(lost).toEqual([]);
        expect(longestMs).toBeLessThanOrEqual(plannedLimitMs);
    });

    it("when all pods are replaced twice in a row, the second time for another config", async () => {
        const { cluster } = observation;
        const { lost, longestMs } = await observation.during("rolled twice", async () => {
            await cluster.restart();
            await cluster.declare({ maxMemoryMi: 72 });
            await cluster.rolled();
        });

        expect(lost).toEqual([]);
        expect(longestMs).toBeLessThanOrEqual(plannedLimitMs);
    });

    it("when the primary's node is drained", async () => {
        const { cluster } = observation;
        const node = await cluster.nodeOf(await cluster.primary());
        const { lost, longestMs } = await observation.during("node drained", async () => {
            await cluster.drain(node);
            await cluster.kubectl("uncordon", node);
        });

        expect(lost).toEqual([]);
        expect(longestMs).toBeLessThanOrEqual(plannedLimitMs);
    });
});

describe("a crash is over within ten seconds", () => {
    it("of the primary's process", async () => {
        const { cluster } = observation;
        const { longestMs } = await observation.during("process killed", async () => {
            await cluster.killServer(await cluster.primary());
            await sleep(crashLimitMs);
        });

        expect(longestMs).toBeLessThanOrEqual(crashLimitMs);
    });

    it("of the primary's node", async () => {
        const { cluster } = observation;
        // The clients are on the first node: it stays.
        const [own] = realNodes(labLayout());
        while ((await cluster.nodeOf(await cluster.primary())) === own?.name) {
            await cluster.kubectl("delete", "pod", await cluster.primary());
            await cluster.settled();
        }
        const node = await cluster.nodeOf(await cluster.primary());
        await cluster.moveNamesFrom(node);
        await cluster.settled();
        const { longestMs } = await observation.during("node killed", async () => {
            await crashNode(node);
            await sleep(crashLimitMs);
            await startNode(node);
        });

        expect(longestMs).toBeLessThanOrEqual(crashLimitMs);
    });
});
