import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { startLabService, stopLabService } from "../../lab/api.ts";
import type { Weight } from "../../rollout/plan/plan.ts";
import { weightsOf } from "../../rollout/plan/plan.ts";
import { ChangeRecorder, TrialStack, expectRefused, expectSettled, nextRevision, succeeding } from "../helpers/engine.ts";
import { plan } from "../../service/plan.ts";

const weights = weightsOf(plan);

/** One stack that is brought back from everywhere: from each step, from a route that was edited by hand, and from a CLI that died. */
describe("a rollout, back and through trouble", () => {
    let stack: TrialStack;
    let recorder: ChangeRecorder;

    const stable = () => stack.stable.name;
    const candidate = () => nextRevision(stack.stable).name;
    const split = (weight: number) => ({ [stable()]: 100 - weight, [candidate()]: weight });

    beforeAll(async () => {
        // Without measurements an autoscaler leaves alone the number of pods that somebody chose: what changes it then is the program.
        await stopLabService("prometheus");
        stack = await TrialStack.create("back");
        stack.configure({ candidate: nextRevision(stack.stable) });
        await succeeding(stack.up());
        recorder = await ChangeRecorder.start(stack.live);
    });
    afterAll(async () => {
        await startLabService("prometheus");
        recorder.stop();
        await stack.remove();
    });

    it("goes from 10 % to 0 in one update, the route before anything else", async () => {
        await rollBackFrom(10);
    });

    it("converges after the CLI was killed in the middle of a step forward", async () => {
        await goTo(10);
        await crash({ to: 25, at: /^ConfigMap/ });
    });

    it("converges after the CLI was killed in the middle of a step back", async () => {
        await crash({ to: 0, at: /^HTTPRoute/ });
    });

    it("refuses to go forward from a route that was edited by hand, and sets it right at the recorded step", async () => {
        await goTo(25);
        await stack.live.patchWeights(split(40));
        await succeeding(stack.refresh());
        stack.configure({ rolloutPercent: 50 });
        expectRefused(await stack.up(), /the live route gives the candidate 40 %, its record says 25 %/);
        expect(await stack.live.weights()).toEqual(split(40));
        stack.configure({ rolloutPercent: 25 });
        await succeeding(stack.up());
        expect(await stack.live.weights()).toEqual(split(25));
    });

    it("rolls back from a route that was edited by hand, without a refresh", async () => {
        await stack.live.patchWeights(split(40));
        stack.configure({ rolloutPercent: 10 });
        await succeeding(stack.up());
        expect(await stack.live.weights()).toEqual(split(10));
    });

    it("goes from 25 % to 0 in one update, and leaves the number of pods that somebody chose", async () => {
        await goTo(25);
        await stack.live.scaleByHand(candidate(), 7);
        await rollBackFrom(25);
        await expectSettled(stack);
        expect((await stack.live.scale(candidate())).replicas).toBe(7);
    });

    it("rolls back one step only, when asked for that", async () => {
        await goTo(50);
        await back(25);
    });

    it.each([50, 100] as const)("goes from %i percent to 0 in one update, the route before anything else", async (from) => {
        await rollBackFrom(from);
    });

    /** Goes to a step and from there to 0. */
    async function rollBackFrom(from: Weight): Promise<void> {
        await goTo(from);
        await back(0);
    }

    /** One update, which must change the route before anything else. */
    async function back(to: Weight): Promise<void> {
        recorder.clear();
        stack.configure({ rolloutPercent: to });
        await succeeding(stack.up());
        expect(await stack.live.weights()).toEqual(split(to));
        expect(changesOfProgram()[0]).toMatch(/^HTTPRoute/);
    }

    /** Kills the CLI as soon as the object `at` has changed; after that, `cancel` and `up` must do. */
    async function crash({ to, at }: { readonly to: Weight; readonly at: RegExp }): Promise<void> {
        recorder.clear();
        stack.configure({ rolloutPercent: to });
        const killer = new AbortController();
        const dying = stack.up({ kill: killer.signal });
        await recorder.next(({ object }) => at.test(object));
        killer.abort();
        const died = await dying;
        expect(died.exitCode, died.output).toBeUndefined();

        const locked = await stack.up();
        expect(locked.exitCode).not.toBe(0);
        expect(locked.output).toMatch(/pulumi cancel/);
        await succeeding(stack.run(["cancel", "--yes"]));
        await succeeding(stack.up());
        expect(await stack.live.weights()).toEqual(split(to));
        await expectSettled(stack);
    }

    /** Steps forward from wherever the stack is, or back to it. */
    async function goTo(weight: Weight): Promise<void> {
        const now = (await stack.live.weights())[candidate()] ?? 0;
        for (const next of weights.filter((step) => step > now && step <= weight)) {
            stack.configure({ rolloutPercent: next });
            await succeeding(stack.up());
        }
        expect((await stack.live.weights())[candidate()]).toBe(weight);
    }

    /** What the program changed, in order. Deployments and pods are changed by controllers. */
    function changesOfProgram(): readonly string[] {
        return recorder.changes.filter(({ kind }) => kind !== "Pod" && kind !== "Deployment").map(({ object }) => object);
    }
});
