import { describe, expect, it } from "vitest";

import { cleanStack, judgeRun, prodPolicies } from "./judge.ts";

describe("the project's own production stack", () => {
    it("passes every rule but those on TLS of its stores, in the middle of a rollout", async () => {
        const stack = await cleanStack();
        const found = await judgeRun(prodPolicies(), stack, stack);
        expect(found.map(({ level, policy, message }) => `${level} ${policy}: ${message}`)).toEqual([]);
    });
});
