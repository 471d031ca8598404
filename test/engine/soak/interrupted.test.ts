import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { ChangeRecorder, TrialStack, nextRevision, succeeding } from "../../helpers/engine.ts";

/** Where a step forward can be cut off: the object whose change has just been made. */
const phases = [
    { phase: "before the gate", at: undefined },
    { phase: "after the gate", at: /^ConfigMap/ },
    { phase: "while it waits for pods", at: /^HorizontalPodAutoscaler/ },
    { phase: "after the route, before the record", at: /^HTTPRoute/ },
] as const;

/** A step from 10 to 25 % that is cut off: no more weight than was asked for, and no pod less than users need. */
describe("a step from 10 to 25 percent", () => {
    let stack: TrialStack;
    let recorder: ChangeRecorder;

    const weight = async () => (await stack.live.weights())[nextRevision(stack.stable).name] ?? 0;

    beforeAll(async () => {
        stack = await TrialStack.create("interrupted");
        stack.configure({ candidate: nextRevision(stack.stable) });
        await succeeding(stack.up());
        await to(10);
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

    async function to(rolloutPercent: 10 | 25): Promise<void> {
        stack.configure({ rolloutPercent });
        await succeeding(stack.up({ options: ["--refresh"] }));
        expect(await weight()).toBe(rolloutPercent);
    }

    /** The stable revision can take everybody, at every moment. */
    async function enoughPods(): Promise<void> {
        expect((await stack.live.scale(stack.stable.name)).minimum).toBeGreaterThanOrEqual(6);
        expect((await stack.live.readyPods())[stack.stable.name]).toBeGreaterThanOrEqual(6);
    }
});
