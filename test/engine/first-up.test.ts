import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { TrialStack, expectSettled, nextRevision, succeeding } from "../helpers/engine.ts";
import { killedUp, leftovers, repaired } from "../helpers/killed-update.ts";

/** The first `up` of a stack, killed where what is there already is an error at the next one. test/engine/soak/first-up.test.ts kills it everywhere. */
describe("a first 'pulumi up' that is killed", () => {
    let stack: TrialStack;

    beforeAll(async () => {
        stack = await TrialStack.create("first-up");
    });
    afterAll(() => stack.remove());

    it("goes on after 'rollout repair', from what was made by then, without anything left over", async () => {
        expect(await killedUp(stack, { creating: /kafka:index:Topic|postgresql:index:Role/, count: 3, afterMs: 150 })).toBe(true);
        await repaired(stack);
        expect(await killedUp(stack, { creating: /StatefulSet/, afterMs: 120 })).toBe(true);
        expect(await repaired(stack)).toContain("StatefulSet");
        const { output } = await succeeding(stack.up());
        expect(output).not.toMatch(/from \$PATH|is expected to have version/);
        await expectSettled(stack);
        expect(await leftovers(stack)).toEqual([]);
    });

    it("changes afterwards as every other does", async () => {
        stack.configure({ candidate: nextRevision(stack.stable) });
        await succeeding(stack.up());
        stack.configure({ rolloutPercent: 10 });
        await succeeding(stack.up());
        expect(await stack.live.weights()).toMatchObject({ [nextRevision(stack.stable).name]: 10 });
        await expectSettled(stack);
    });
});
