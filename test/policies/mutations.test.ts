import { beforeAll, describe, expect, it } from "vitest";

import { rules } from "../../policies/rules/index.ts";
import { changes } from "./changes.ts";
import { asked, cleanStack, judgeRun, prodPolicies } from "./judge.ts";
import { changed } from "./mutation.ts";
import type { AnalyzedResource } from "./runtime.ts";

/** Rules that these changes can't show through the runtime; each has a test of its own. */
const elsewhere = new Set([...asked, "no-open-sum", "waiver-listed", "waiver-register", "no-secret-literal"]);

describe("an unsafe change to a stack that passes", () => {
    const policies = prodPolicies();
    let stack: readonly AnalyzedResource[];
    beforeAll(async () => {
        stack = await cleanStack();
        expect(await judgeRun(policies, stack, stack)).toEqual([]);
    });

    it.each(Object.entries(changes).flatMap(([rule, edits]) => edits.map((change, index) => ({ rule, index, change }))))(
        "is reported by $rule ($index), and by no other rule",
        async ({ rule, change }) => {
            const mutated = changed(stack, change);
            const found = await judgeRun(policies, mutated.differing, mutated.stack);
            // The pack remembers inputs by URN, as it must within a run: give it back those of the stack that passes.
            await judgeRun(
                policies,
                stack.filter(({ urn, name }) => mutated.differing.some((resource) => resource.urn === urn && resource.name === name)),
                [],
            );
            expect([...new Set(found.map(({ policy }) => policy))].sort()).toEqual([...new Set([rule, ...(change.also ?? [])])].sort());
            for (const { message } of found) {
                expect(message).toMatch(/To fix: .+\.$/s);
            }
        },
    );

    it("is shown for every rule, at least twice", () => {
        const few = rules.filter(({ name }) => !elsewhere.has(name) && (changes[name]?.length ?? 0) < 2).map(({ name }) => name);
        expect(few).toEqual([]);
    });
});
