import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { type Load, startLoad } from "../../../lab/load/load.ts";
import { RolloutProcess } from "../../../lab/trial/rollout-process.ts";
import { ChangeRecorder, TrialStack, eventually, nextRevision, succeeding } from "../../helpers/engine.ts";
import { InterruptedStep } from "../../helpers/interrupted-step.ts";

/** Where a step forward can be cut off: the object whose change has just been made. */
const phases = [
    { phase: "before the gate", at: undefined },
    { phase: "after the gate", at: /^ConfigMap\/.*-rollout$/ },
    { phase: "while it waits for pods", at: /^HorizontalPodAutoscaler/ },
    { phase: "after the route, before the record", at: /^HTTPRoute/ },
] as const;

/** A step from 10 to 25 % that is cut off: no more weight than was asked for, and no pod less than users need. */
describe("a step from 10 to 25 percent", () => {
    let stack: TrialStack;
    let step: InterruptedStep;
    let recorder: ChangeRecorder;
    let load: Load;

    beforeAll(async () => {
        stack = await TrialStack.create("interrupted");
        step = new InterruptedStep(stack);
        stack.configure({ candidate: nextRevision(stack.stable), timeScale: 0.05 });
        await succeeding(stack.up());
        await step.to(10);
        recorder = await ChangeRecorder.start(stack.live);
        // A watch needs users enough to show what the gate asks, or it rolls the candidate back.
        load = await startLoad({ host: stack.hostname, requestsPerSecond: 0, seed: 51, forSeconds: 7_200 });
    });
    beforeEach(async () => {
        if ((await step.weight()) !== 10) {
            await step.to(10);
        }
        recorder.clear();
    });
    afterEach(async () => {
        await step.expectEnoughPods();
    });
    afterAll(async () => {
        await load.stop();
        recorder.stop();
        await stack.remove();
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
            expect([10, 25]).toContain(await step.weight());
            await step.expectEnoughPods();
            await stack.run(["cancel", "--yes"]);
            await succeeding(stack.up());
            expect(await step.weight()).toBe(25);
        });
    });

    describe.each(["Ctrl-C", "kill -9"] as const)("whose 'rollout run' ends by %s", (how) => {
        it.each(phases)("$phase, moves no more than that, and the next 'up' finishes it", async ({ at }) => {
            await load.setRate(300);
            const { checkout, environment, name } = stack;
            const running = new RolloutProcess({ checkout, environment, args: ["run", "--until", "25", "--wait", "300", "--stack", name] });
            await Promise.race([at === undefined ? sleep(10_000) : recorder.next(({ object }) => at.test(object), 240_000), running.ended]);
            await (how === "Ctrl-C" ? running.stop() : running.kill());
            await load.setRate(0);
            expect([10, 25]).toContain(await step.weight());
            await step.expectEnoughPods();
            stack.configure({ rolloutPercent: 25 });
            // The engine that a killed one had started may still be at it.
            await eventually(async () => ((await stack.up()).exitCode === 0 ? true : undefined), 120_000).catch(async () => {
                await stack.run(["cancel", "--yes"]);
                await succeeding(stack.up());
            });
            expect(await step.weight()).toBe(25);
        });
    });
});
