import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { type TimedRoute, apiServer, clusterReader } from "../../rollout/kubernetes/cluster-reader.ts";
import { type RouteWriter, routeWriter } from "../../rollout/route/live/writer.ts";
import { kubeContext, labLayout } from "../../lab/api.ts";
import { startLoad } from "../../lab/load/load.ts";
import { waitUntil } from "../../lab/wait.ts";
import { weightsOf } from "../../rollout/plan/plan.ts";
import { referenceTo } from "../../rollout/route/revision.ts";
import { TrialStack, expectRefused, expectSettled, nextRevision, succeeding } from "../helpers/engine.ts";
import { plan } from "../../service/plan.ts";
import { labelKeys } from "../../service/label-keys.ts";

const weights = weightsOf(plan);

const reason = "errors 6.2 % of 1,310 requests, bound 5 %";

/** One stack that is rolled back past the program, and everything that could put the candidate back by accident. */
describe("a rollout that was rolled back past the program", () => {
    let stack: TrialStack;
    const writer = (): RouteWriter => routeWriter(access());
    const stable = () => referenceTo(stack.stable);
    const first = () => nextRevision(stack.stable);
    const second = () => nextRevision(stack.stable, 2);
    const place = () => ({ namespace: stack.live.namespace, name: stack.live.service });
    /** As the stack is configured now. */
    const access = () => ({ api: apiServer({ kubeContext }), route: stack.routeDesign });
    const split = (candidate: string, weight: number) => ({ [stable().name]: 100 - weight, [candidate]: weight });
    const mark = async () => (await stack.live.route())?.metadata.annotations[labelKeys.rolledBack];
    const firstMark = () => `${first().name}@${referenceTo(first()).digest} ${reason}`;

    beforeAll(async () => {
        stack = await TrialStack.create("rolled-back");
        process.env.KUBECONFIG = labLayout().kubeconfig;
        stack.configure({ candidate: first() });
        await succeeding(stack.up());
        for (const rolloutPercent of weights.filter((weight) => weight > 0 && weight <= 25)) {
            stack.configure({ rolloutPercent });
            await succeeding(stack.up());
        }
    });
    afterAll(async () => {
        await stack.remove();
    });

    it("has a clock that an update without a change leaves alone, and one of another field sets back", async () => {
        const entered = await enteredAt();
        await nextSecond(entered);
        await expectSettled(stack);
        expect(await enteredAt()).toBe(entered);
        await succeeding(stack.run(["config", "set", "--path", "gateway.hostname", `other.${stack.hostname}`]));
        await succeeding(stack.up());
        expect(Date.parse(await enteredAt())).toBeGreaterThan(Date.parse(entered));
    });

    it("led testers to the candidate by a key that is in neither state nor preview", async () => {
        const { "x-tester-key": key = "" } = await stack.testerHeaders();
        expect(key).toMatch(/^[A-Za-z0-9]{32}$/);
        expect(await servedTo({ "x-tester-key": key })).toEqual([first().name]);
        expect(await stack.exportState()).not.toContain(key);
        stack.configure({ rolloutPercent: 10 });
        expect((await succeeding(stack.run(["preview", "--diff"]))).output).not.toContain(key);
        stack.configure({ rolloutPercent: 25 });
    });

    it("gives the stable revision everything at once, and changes no pod", async () => {
        const pods = await stack.live.pods();
        expect(await writer().rollBack({ ...place(), stable: stable(), candidate: referenceTo(first()), reason })).toMatchObject({
            kind: "rolled-back",
            fromPercent: 25,
            attempts: 1,
        });
        expect(await stack.live.weights()).toEqual(split(first().name, 0));
        expect(await mark()).toBe(firstMark());
        expect(await stack.live.pods()).toEqual(pods);
    });

    it("leads no tester to the candidate any more", async () => {
        await waitUntil(
            async () => {
                expect(await servedTo(await stack.testerHeaders())).toEqual([stable().name]);
            },
            { what: "the way back at the gateway", withinMs: 60_000 },
        );
    });

    it.each([25, 10, 50] as const)("is not undone by a checkout that still says %i", async (rolloutPercent) => {
        stack.configure({ rolloutPercent });
        expectRefused(await stack.up(), /candidate \S+ was rolled back: errors 6\.2 % of 1,310 requests/);
        expect(await stack.live.weights()).toEqual(split(first().name, 0));
    });

    it("says in a preview what to do instead", async () => {
        expectRefused(await stack.preview(), /put the fix in a new revision, under a new name; .* run 'rollout retry --role <role> --reason/);
    });

    it("is taken over by the program at 0, which leaves the mark alone, after a refresh too", async () => {
        stack.configure({ rolloutPercent: 0 });
        await succeeding(stack.up());
        await expectSettled(stack);
        await succeeding(stack.refresh());
        await succeeding(stack.up());
        await expectSettled(stack);
        expect(await stack.live.weights()).toEqual(split(first().name, 0));
        expect((await stack.live.route())?.metadata.annotations).toMatchObject({ [labelKeys.record.weightPercent]: "0", [labelKeys.rolledBack]: firstMark() });
    });

    it("is remembered when the candidate is withdrawn and declared again, under another name too", async () => {
        stack.configure({ candidate: undefined });
        await succeeding(stack.up());
        expect(await mark()).toBe(firstMark());
        for (const again of [first(), { ...first(), name: "again" }]) {
            stack.configure({ candidate: again, rolloutPercent: 0 });
            await succeeding(stack.up());
            stack.configure({ rolloutPercent: 10 });
            expectRefused(await stack.up(), /was rolled back/);
            expect(await stack.live.weights()).toEqual(split(again.name, 0));
        }
    });

    it("holds no other candidate", async () => {
        stack.configure({ candidate: second(), rolloutPercent: 0 });
        await succeeding(stack.up());
        stack.configure({ rolloutPercent: 10 });
        await succeeding(stack.up());
        expect(await stack.live.weights()).toEqual(split(second().name, 10));
        expect(await mark()).toBe(firstMark());
        expect(await writer().rollBack({ ...place(), stable: stable(), candidate: referenceTo(first()), reason })).toMatchObject({ kind: "overtaken" });
        expect(await stack.live.weights()).toEqual(split(second().name, 10));
    });

    it("may be tried again once the mark is taken away on purpose", async () => {
        stack.configure({ rolloutPercent: 0 });
        await succeeding(stack.up());
        stack.configure({ candidate: first() });
        await succeeding(stack.up());
        expect(await writer().clearRolledBack({ ...place(), revision: referenceTo(first()) })).toEqual({ kind: "cleared" });
        stack.configure({ rolloutPercent: 10 });
        await succeeding(stack.up());
        expect(await stack.live.weights()).toEqual(split(first().name, 10));
        await expectSettled(stack);
    });

    /** Revisions that answer twenty requests with these headers. */
    async function servedTo(headers: Readonly<Record<string, string>>): Promise<readonly string[]> {
        const load = await startLoad({ host: stack.routeDesign.hostname, requestsPerSecond: 100, headers });
        while ((await load.counts()).total.requests < 20) {
            await sleep(50);
        }
        return Object.keys((await load.stop()).byRevision);
    }

    async function found(): Promise<TimedRoute & { readonly kind: "found" }> {
        const live = await clusterReader(access()).readStep(stack.live.namespace, stack.live.service);
        if (live.kind !== "found") {
            throw new Error(`the route is ${live.kind}`);
        }
        return live;
    }

    async function enteredAt(): Promise<string> {
        const { clock } = await found();
        if (clock.kind === "unknown") {
            throw new Error(clock.reason);
        }
        return clock.enteredAt;
    }

    /** Waits until the API server would note another second. */
    async function nextSecond(entered: string): Promise<void> {
        while (Date.parse((await found()).clock.now ?? "") - Date.parse(entered) < 1_000) {
            await sleep(50);
        }
    }
});
