import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import * as kubernetes from "@kubernetes/client-node";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";

import { runEngine } from "../../../lab/trial/engine.ts";
import { routeQuery } from "../../../rollout/route/route.ts";
import { TrialStack, nextRevision, succeeding } from "../../helpers/engine.ts";
import { InterruptedStep } from "../../helpers/interrupted-step.ts";
import { withdrawn } from "../../helpers/live-rollout.ts";

/** A step from 10 to 25 % that is done twice at once, or from a memory that is old: no more weight than was asked for, and no pod less than users need. */
describe("a step from 10 to 25 percent", () => {
    let stack: TrialStack;
    let step: InterruptedStep;
    let folder: string;
    /** The engine's state: before there was a candidate, and at 10 %. */
    let before: string;
    let at10: string;

    beforeAll(async () => {
        folder = await mkdtemp(join(tmpdir(), "old-state-"));
        stack = await TrialStack.create("old-state");
        step = new InterruptedStep(stack);
        await succeeding(stack.up());
        before = await stack.exportState();
        stack.configure({ candidate: nextRevision(stack.stable) });
        await succeeding(stack.up());
        await step.to(10);
        at10 = await stack.exportState();
    });
    beforeEach(async () => {
        if ((await step.weight()) !== 10) {
            await step.to(10);
        }
    });
    afterEach(async () => {
        await step.expectEnoughPods();
    });
    afterAll(async () => {
        await stack.remove();
        await rm(folder, { recursive: true, force: true });
    });

    it("is made once by two 'up' at once, where the backend has a lock", async () => {
        stack.configure({ rolloutPercent: 25 });
        const results = await Promise.all([stack.up(), stack.up()]);
        const refused = results.filter(({ exitCode }) => exitCode !== 0);
        expect(refused.length).toBeLessThan(2);
        for (const { output } of refused) {
            expect(output).toMatch(/locked/);
        }
        expect(await step.weight()).toBe(25);
    });

    it("is made once by two 'up' at once, from two backends that don't know of each other", async () => {
        const environment = { ...stack.environment, PULUMI_BACKEND_URL: `file://${folder}` };
        const elsewhere = async (...args: readonly string[]) =>
            runEngine({ args: [...args, "--stack", stack.name], workingDirectory: stack.checkout, environment });
        await succeeding(elsewhere("stack", "init", "--no-select"));
        const file = join(folder, "state.json");
        await writeFile(file, await stack.exportState());
        await succeeding(elsewhere("stack", "import", "--file", file));
        stack.configure({ rolloutPercent: 25 });
        const results = await Promise.all([stack.up(), elsewhere("up", "--yes", "--skip-preview")]);
        expect(
            results.some(({ exitCode }) => exitCode === 0),
            results.map(({ output }) => output).join("\n"),
        ).toBe(true);
        expect(await step.weight()).toBe(25);

        // The one goes on; the other, which is behind, takes nothing back and nothing forward.
        stack.configure({ rolloutPercent: 50 });
        await succeeding(stack.up({ options: ["--refresh"] }));
        stack.configure({ rolloutPercent: 100 });
        const ahead = await elsewhere("preview");
        expect(await step.weight()).toBe(50);
        expect(ahead.exitCode === 0 || ahead.output.includes("rollout refused")).toBe(true);
        stack.configure({ rolloutPercent: 50 });
        await elsewhere("up", "--yes", "--skip-preview");
        expect(await step.weight()).toBe(50);
    });

    describe("with the state of yesterday", () => {
        it("at 10 %: converges to the file, and never beyond", async () => {
            await step.to(25);
            await bringBack(at10);
            stack.configure({ rolloutPercent: 100 });
            expect((await stack.up()).exitCode).not.toBe(0);
            expect(await step.weight()).toBe(25);
            await bringBack(at10);
            stack.configure({ rolloutPercent: 25 });
            await succeeding(stack.up());
            expect(await step.weight()).toBe(25);
        });

        it("from before there was a candidate: is refused, and users keep what they have", async () => {
            await step.to(25);
            const now = await stack.exportState();
            await bringBack(before);
            const refused = await stack.up();
            expect(refused.exitCode).not.toBe(0);
            expect(refused.output).toMatch(/field conflict/);
            expect(await step.weight()).toBe(25);
            await bringBack(now);
        });

        it("from before there was a candidate, with the file of yesterday: all users go back", async () => {
            await step.to(25);
            const now = await stack.exportState();
            await bringBack(before);
            stack.configure(withdrawn);
            await succeeding(stack.up());
            expect(await stack.live.weights()).toEqual({ [stack.stable.name]: 100 });
            await bringBack(now);
            stack.configure({ candidate: nextRevision(stack.stable) });
            await succeeding(stack.up({ options: ["--refresh"] }));
            await step.to(10);
        });
    });

    it("in a cluster with the objects of yesterday: goes on from what is live, one step at a time", async () => {
        const yesterday = await rolloutObjects();
        await step.to(25);
        await putBack(yesterday);
        expect(await step.weight()).toBe(10);
        stack.configure({ rolloutPercent: 50 });
        const jump = await stack.up();
        expect(jump.exitCode).not.toBe(0);
        expect(jump.output).toMatch(/rollout refused: .*50 % is not the next step/s);
        stack.configure({ rolloutPercent: 25 });
        await stack.up();
        expect([10, 25]).toContain(await step.weight());
        await succeeding(stack.up({ options: ["--refresh"] }));
        expect(await step.weight()).toBe(25);
    });

    async function bringBack(state: string): Promise<void> {
        const file = join(folder, "yesterday.json");
        await writeFile(file, state);
        await succeeding(stack.run(["stack", "import", "--file", file]));
    }

    /** The route and the autoscalers, as a backup of the cluster has them. */
    async function rolloutObjects() {
        const { namespace, service } = stack.live;
        const route: unknown = await stack.live.client(kubernetes.CustomObjectsApi).getNamespacedCustomObject(routeQuery(namespace, service));
        const autoscalers = await stack.live.client(kubernetes.AutoscalingV2Api).listNamespacedHorizontalPodAutoscaler({ namespace });
        return { route, autoscalers: autoscalers.items };
    }

    /** With who owns which field, as a backup of etcd has that too. */
    async function putBack({ route, autoscalers }: Awaited<ReturnType<typeof rolloutObjects>>): Promise<void> {
        const { namespace, service } = stack.live;
        const owned = (managedFields: unknown) => [{ op: "replace", path: "/metadata/managedFields", value: managedFields }];
        const { spec, metadata } = restoredSchema.parse(route);
        const routes = stack.live.client(kubernetes.CustomObjectsApi);
        const body = [
            { op: "replace", path: "/spec", value: spec },
            { op: "replace", path: "/metadata/annotations", value: metadata.annotations },
        ];
        await routes.patchNamespacedCustomObject({ ...routeQuery(namespace, service), body });
        await routes.patchNamespacedCustomObject({ ...routeQuery(namespace, service), body: owned(metadata.managedFields) });
        for (const old of autoscalers) {
            const query = { name: old.metadata?.name ?? "", namespace };
            const api = stack.live.client(kubernetes.AutoscalingV2Api);
            await api.patchNamespacedHorizontalPodAutoscaler({ ...query, body: [{ op: "replace", path: "/spec/minReplicas", value: old.spec.minReplicas }] });
            await api.patchNamespacedHorizontalPodAutoscaler({ ...query, body: owned(old.metadata?.managedFields) });
        }
    }
});

const restoredSchema = z.object({
    spec: z.unknown(),
    metadata: z.object({ annotations: z.record(z.string(), z.string()), managedFields: z.unknown() }),
});
