import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import * as kubernetes from "@kubernetes/client-node";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";

import { runEngine } from "../../../lab/trial/engine.ts";
import { RolloutProcess } from "../../../lab/trial/rollout-process.ts";
import { routeQuery } from "../../../rollout/route/route.ts";
import { ChangeRecorder, TrialStack, eventually, nextRevision, succeeding } from "../../helpers/engine.ts";
import { withdrawn } from "../../helpers/live-rollout.ts";

/** Where a step forward can be cut off: the object whose change has just been made. */
const phases = [
    { phase: "before the gate", at: undefined },
    { phase: "after the gate", at: /^ConfigMap/ },
    { phase: "while it waits for pods", at: /^HorizontalPodAutoscaler/ },
    { phase: "after the route, before the record", at: /^HTTPRoute/ },
] as const;

/** A step from 10 to 25 % that is cut off, done twice at once, or done from a memory that is old. Whatever comes of it: no more weight than was asked for, and no pod less than users need. */
describe("a step from 10 to 25 percent", () => {
    let stack: TrialStack;
    let recorder: ChangeRecorder;
    let folder: string;
    /** The engine's state: before there was a candidate, and at 10 %. */
    let before: string;
    let at10: string;

    const candidate = () => nextRevision(stack.stable).name;
    const weight = async () => (await stack.live.weights())[candidate()] ?? 0;

    beforeAll(async () => {
        folder = await mkdtemp(join(tmpdir(), "interrupted-"));
        stack = await TrialStack.create("interrupted");
        await succeeding(stack.up());
        before = await stack.exportState();
        stack.configure({ candidate: nextRevision(stack.stable) });
        await succeeding(stack.up());
        await to(10);
        at10 = await stack.exportState();
        recorder = await ChangeRecorder.start(stack.live);
    });
    beforeEach(async () => {
        if ((await weight()) !== 10) {
            await to(10);
        }
        recorder.clear();
    });
    afterEach(async () => {
        await enoughPods();
    });
    afterAll(async () => {
        recorder.stop();
        await stack.remove();
        await rm(folder, { recursive: true, force: true });
    });

    describe.each(["Ctrl-C", "kill -9"] as const)("whose 'pulumi up' ends by %s", (how) => {
        it.each(phases)("$phase, moves no more than that, and the next one finishes it", async ({ at }) => {
            stack.configure({ rolloutPercent: 25 });
            const end = new AbortController();
            const running = stack.up({
                ...(how === "kill -9" ? { kill: end.signal } : { interrupt: end.signal }),
                onLine: (line) => {
                    if (at === undefined && line.includes("Updating")) {
                        end.abort();
                    }
                },
            });
            if (at !== undefined) {
                await Promise.race([recorder.next(({ object }) => at.test(object)), running]);
                end.abort();
            }
            await running;
            expect([10, 25]).toContain(await weight());
            await enoughPods();
            await stack.run(["cancel", "--yes"]);
            await succeeding(stack.up());
            expect(await weight()).toBe(25);
        });
    });

    it.each(phases)("whose 'rollout run' is killed $phase, moves no more than that, and the next one finishes it", async ({ at }) => {
        const { checkout, environment, name } = stack;
        const running = new RolloutProcess({ checkout, environment, args: ["run", "--until", "25", "--wait", "30", "--stack", name] });
        if (at !== undefined) {
            await Promise.race([recorder.next(({ object }) => at.test(object)), running.ended]);
        }
        await running.kill();
        expect([10, 25]).toContain(await weight());
        // The engine that it started may still be at it.
        stack.configure({ rolloutPercent: 25 });
        await eventually(async () => ((await stack.up()).exitCode === 0 ? true : undefined), 120_000).catch(async () => {
            await stack.run(["cancel", "--yes"]);
            await succeeding(stack.up());
        });
        expect(await weight()).toBe(25);
    });

    it("is made once by two 'up' at once, where the backend has a lock", async () => {
        stack.configure({ rolloutPercent: 25 });
        const results = await Promise.all([stack.up(), stack.up()]);
        const refused = results.filter(({ exitCode }) => exitCode !== 0);
        expect(refused.length).toBeLessThan(2);
        for (const { output } of refused) {
            expect(output).toMatch(/locked/);
        }
        expect(await weight()).toBe(25);
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
        expect(await weight()).toBe(25);

        // The one goes on; the other, which is behind, takes nothing back and nothing forward.
        stack.configure({ rolloutPercent: 50 });
        await succeeding(stack.up({ options: ["--refresh"] }));
        stack.configure({ rolloutPercent: 100 });
        const ahead = await elsewhere("preview");
        expect(await weight()).toBe(50);
        expect(ahead.exitCode === 0 || ahead.output.includes("rollout refused")).toBe(true);
        stack.configure({ rolloutPercent: 50 });
        await elsewhere("up", "--yes", "--skip-preview");
        expect(await weight()).toBe(50);
    });

    describe("with the state of yesterday", () => {
        it("at 10 %: converges to the file, and never beyond", async () => {
            await to(25);
            await bringBack(at10);
            stack.configure({ rolloutPercent: 100 });
            expect((await stack.up()).exitCode).not.toBe(0);
            expect(await weight()).toBe(25);
            await bringBack(at10);
            stack.configure({ rolloutPercent: 25 });
            await succeeding(stack.up());
            expect(await weight()).toBe(25);
        });

        it("from before there was a candidate: is refused, and users keep what they have", async () => {
            await to(25);
            const now = await stack.exportState();
            await bringBack(before);
            const refused = await stack.up();
            expect(refused.exitCode).not.toBe(0);
            expect(refused.output).toMatch(/field conflict/);
            expect(await weight()).toBe(25);
            await bringBack(now);
        });

        it("from before there was a candidate, with the file of yesterday: all users go back", async () => {
            await to(25);
            const now = await stack.exportState();
            await bringBack(before);
            stack.configure(withdrawn);
            await succeeding(stack.up());
            expect(await stack.live.weights()).toEqual({ [stack.stable.name]: 100 });
            await bringBack(now);
            stack.configure({ candidate: nextRevision(stack.stable) });
            await succeeding(stack.up({ options: ["--refresh"] }));
            await to(10);
        });
    });

    it("in a cluster with the objects of yesterday: goes on from what is live, one step at a time", async () => {
        const yesterday = await rolloutObjects();
        await to(25);
        await putBack(yesterday);
        expect(await weight()).toBe(10);
        stack.configure({ rolloutPercent: 50 });
        const jump = await stack.up();
        expect(jump.exitCode).not.toBe(0);
        expect(jump.output).toMatch(/rollout refused: .*50 % is not the next step/s);
        stack.configure({ rolloutPercent: 25 });
        await stack.up();
        expect([10, 25]).toContain(await weight());
        await succeeding(stack.up({ options: ["--refresh"] }));
        expect(await weight()).toBe(25);
    });

    async function to(rolloutPercent: 10 | 25): Promise<void> {
        stack.configure({ rolloutPercent });
        await succeeding(stack.up({ options: ["--refresh"] }));
        expect(await weight()).toBe(rolloutPercent);
    }

    async function bringBack(state: string): Promise<void> {
        const file = join(folder, "yesterday.json");
        await writeFile(file, state);
        await succeeding(stack.run(["stack", "import", "--file", file]));
    }

    /** The stable revision can take everybody, at every moment. */
    async function enoughPods(): Promise<void> {
        expect((await stack.live.scale(stack.stable.name)).minimum).toBeGreaterThanOrEqual(6);
        expect((await stack.live.readyPods())[stack.stable.name]).toBeGreaterThanOrEqual(6);
    }

    /** The route and the autoscalers, as a backup of the cluster has them. */
    async function rolloutObjects() {
        const { namespace, service } = stack.live;
        const route: unknown = await stack.live.client(kubernetes.CustomObjectsApi).getNamespacedCustomObject(routeQuery(namespace, service));
        const autoscalers = await stack.live.client(kubernetes.AutoscalingV2Api).listNamespacedHorizontalPodAutoscaler({ namespace });
        return { route, autoscalers: autoscalers.items };
    }

    async function putBack({ route, autoscalers }: Awaited<ReturnType<typeof rolloutObjects>>): Promise<void> {
        const { namespace, service } = stack.live;
        const old = restoredSchema.parse(route);
        const body = [
            { op: "replace", path: "/spec", value: old.spec },
            { op: "replace", path: "/metadata/annotations", value: old.metadata.annotations },
        ];
        await stack.live.client(kubernetes.CustomObjectsApi).patchNamespacedCustomObject({ ...routeQuery(namespace, service), body, fieldManager: "restored" });
        for (const { metadata, spec } of autoscalers) {
            await stack.live.client(kubernetes.AutoscalingV2Api).patchNamespacedHorizontalPodAutoscaler({
                name: metadata?.name ?? "",
                namespace,
                body: [{ op: "replace", path: "/spec/minReplicas", value: spec.minReplicas }],
                fieldManager: "restored",
            });
        }
    }
});

const restoredSchema = z.object({ spec: z.unknown(), metadata: z.object({ annotations: z.record(z.string(), z.string()) }) });
