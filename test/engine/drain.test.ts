import { CoreV1Api, V1Eviction } from "@kubernetes/client-node";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { statusOf } from "../../rollout/kubernetes/api-server.ts";
import { type Load, startLoad } from "../../lab/load/load.ts";
import { waitUntil } from "../../lab/wait.ts";
import { TrialStack, nextRevision, succeeding } from "../helpers/engine.ts";

/** The drain of a node that holds a pod of the candidate, while users are there: by the eviction API, as `kubectl drain` does it. */
describe("a drain at 10 %", () => {
    let stack: TrialStack;
    let load: Load;
    const candidate = () => nextRevision(stack.stable);
    const core = () => stack.live.client(CoreV1Api);

    beforeAll(async () => {
        stack = await TrialStack.create("drain");
        stack.configure({ candidate: candidate() });
        await succeeding(stack.up());
        stack.configure({ rolloutPercent: 10 });
        await succeeding(stack.up());
        load = await startLoad({ host: stack.hostname, requestsPerSecond: 200, seed: 41 });
    });
    afterAll(async () => {
        await load.stop();
        await stack.remove();
    });

    /** Pods of the candidate that are not going away, with their nodes. */
    const pods = async () => {
        const { items } = await core().listNamespacedPod({ namespace: stack.live.namespace, labelSelector: `nova.example.com/revision=${candidate().name}` });
        return items
            .filter(({ metadata }) => metadata?.deletionTimestamp === undefined)
            .map(({ metadata, spec }) => ({ name: metadata?.name ?? "", node: spec?.nodeName ?? "" }));
    };
    /** The API server's answer to an eviction: 429 where the disruption budget does not let it. */
    const evict = async (name: string): Promise<number> => {
        const body = Object.assign(new V1Eviction(), { metadata: { name, namespace: stack.live.namespace } });
        try {
            await core().createNamespacedPodEviction({ name, namespace: stack.live.namespace, body });
            return 201;
        } catch (error) {
            return statusOf(error) ?? 0;
        }
    };
    const unschedulable = async (node: string, value: boolean) => core().patchNode({ name: node, body: [{ op: "add", path: "/spec/unschedulable", value }] });

    it("has two pods before the first user came, and a budget that lets only one of them go", async () => {
        expect((await stack.live.readyPods())[candidate().name]).toBe(2);
    });

    it("loses no request, one pod after the other", async () => {
        await waitUntil(
            async () => {
                expect((await load.counts()).byRevision[candidate().name]?.requests ?? 0).toBeGreaterThan(100);
            },
            { what: "users on the candidate", withinMs: 60_000 },
        );
        const before = await pods();
        for (const { name, node } of before) {
            await unschedulable(node, true);
            try {
                await waitUntil(
                    async () => {
                        expect(await evict(name)).toBe(201);
                    },
                    { what: `the eviction of ${name}`, withinMs: 60_000, everyMs: 500 },
                );
                await waitUntil(
                    async () => {
                        expect((await stack.live.readyPods())[candidate().name]).toBe(2);
                    },
                    { what: "the replacement", withinMs: 60_000 },
                );
            } finally {
                await unschedulable(node, false);
            }
        }
        await waitUntil(
            async () => {
                expect((await load.counts()).byRevision[candidate().name]?.requests ?? 0).toBeGreaterThan(300);
            },
            { what: "users on the pods after", withinMs: 60_000 },
        );
        const { total } = await load.stop();
        expect((await pods()).some(({ name }) => before.some((pod) => pod.name === name))).toBe(false);
        // A healthy revision errs once in a while by itself. What a drain loses is a connection, or a request that finds no pod.
        expect(total.failuresByReason).not.toHaveProperty("connection");
        expect(total.failuresByReason).not.toHaveProperty("503");
    });
});
