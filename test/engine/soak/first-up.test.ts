import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { TrialStack, expectSettled, nextRevision, succeeding } from "../../helpers/engine.ts";
import { killedUp, leftovers, repaired } from "../../helpers/killed-update.ts";

/** Milliseconds between the beginning of a creation and the kill: before, while and after the server has it. */
const delaysMs = [0, 30, 120, 400, 1_500] as const;
/** More kills than a stack has resources: then something does not get on. */
const mostKills = 150;

describe("a first 'pulumi up' that is killed at each resource", () => {
    let stack: TrialStack;

    beforeAll(async () => {
        stack = await TrialStack.create("first-up-soak");
    });
    afterAll(() => stack.remove());

    it("gets on after each 'rollout repair', comes to its end, and leaves nothing over", async () => {
        const moments: string[] = [];
        let kills = 0;
        for (let killed = true; killed; kills += 1) {
            expect(kills).toBeLessThan(mostKills);
            killed = await killedUp(stack, { creating: /:index:|kubernetes:/, count: 1 + (kills % 3), afterMs: delaysMs[kills % delaysMs.length] ?? 0 });
            if (killed) {
                moments.push(await repaired(stack));
            }
        }
        // Which kinds were being made at a kill is chance; that it was not one alone is not.
        const kinds = new Set([...moments.join("\n").matchAll(/:(\w+) \S+: into the state/g)].map(([, kind]) => kind));
        expect(kinds.size, [...kinds].join(", ")).toBeGreaterThanOrEqual(5);
        await succeeding(stack.up());
        await expectSettled(stack);
        expect(await leftovers(stack)).toEqual([]);
    }, 3_600_000);

    it("changes afterwards as every other does", async () => {
        stack.configure({ candidate: nextRevision(stack.stable) });
        await succeeding(stack.up());
        stack.configure({ rolloutPercent: 10 });
        await succeeding(stack.up());
        await expectSettled(stack);
    });
});
