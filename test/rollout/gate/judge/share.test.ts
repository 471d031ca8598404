import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { judgeShare } from "../../../../rollout/gate/judge/share.ts";

const share = (count: number, total: number, bound = 0.001) => ({ count, total, bound, counted: "errors", unit: "requests" });
const holds = { onBreach: "hold" } as const;
const rollsBack = { onBreach: "rollback" } as const;

describe("a share that must stay below a bound", () => {
    it.each([
        { bound: 0.001, needed: 3_434 },
        { bound: 0.005, needed: 686 },
        { bound: 0.01, needed: 342 },
        { bound: 0.05, needed: 68 },
        { bound: 0.1, needed: 33 },
    ])("below $bound passes from $needed clean requests on, and not one earlier", ({ bound, needed }) => {
        const verdicts = [needed - 1, needed, needed + 1].map((total) => judgeShare(holds, share(0, total, bound)).verdict);
        expect(verdicts).toEqual(["hold", "pass", "pass"]);
        expect(judgeShare(holds, share(0, 10, bound)).neededSamples).toBe(needed);
    });

    it("says how many requests are missing", () => {
        expect(judgeShare(holds, share(0, 3_000))).toMatchObject({
            shortfall: "unproven",
            text: "errors 0 % of 3,000 requests, bound 0.1 %: not shown to be below it yet, about 434 more requests at this share would",
        });
        expect(judgeShare(holds, share(1, 4_000)).text).toMatch(/about [\d,]+ more requests at this share would$/);
    });

    it("doesn't ask for more requests when more of the same can't help", () => {
        expect(judgeShare(holds, share(4, 3_500))).toMatchObject({
            shortfall: "unproven",
            text: "errors 0.114 % of 3,500 requests, bound 0.1 %: not shown to be below it, and more requests won't show it unless errors fall",
        });
    });

    it("is breached once it is shown to be above", () => {
        expect(judgeShare(holds, share(180, 45_000))).toMatchObject({
            verdict: "hold",
            shortfall: "breached",
            text: "errors 0.4 % of 45,000 requests, bound 0.1 %",
        });
    });

    it("holds without any request", () => {
        expect(judgeShare(rollsBack, share(0, 0, 0.05))).toMatchObject({ verdict: "hold", shortfall: "unproven", samples: 0, neededSamples: 68 });
    });

    it("rolls back only above the bound, however sure it is to be more than healthy noise", () => {
        expect(judgeShare(rollsBack, share(49_900, 1_000_000, 0.05)).verdict).not.toBe("rollback");
        expect(judgeShare(rollsBack, share(50_000, 1_000_000, 0.05)).verdict).not.toBe("rollback");
        expect(judgeShare(rollsBack, share(50_001, 1_000_000, 0.05)).verdict).toBe("rollback");
    });

    it("does not roll back for a few bad requests out of few: they may be noise", () => {
        expect(judgeShare(rollsBack, share(2, 10, 0.05))).toMatchObject({ verdict: "hold", shortfall: "unproven" });
    });

    it.each([
        { count: Number.NaN, total: 100 },
        { count: 0, total: Number.NaN },
        { count: 0, total: Number.POSITIVE_INFINITY },
        { count: -1, total: 100 },
        { count: 101, total: 100 },
    ])("holds for $count of $total, which is no measurement", ({ count, total }) => {
        expect(judgeShare(rollsBack, share(count, total, 0.05))).toMatchObject({ verdict: "hold", shortfall: "unseen" });
    });

    it("never gets better with more that counts among as many", () => {
        const rank = { pass: 0, hold: 1, rollback: 2 } as const;
        const arbitrary = fc.tuple(fc.nat(20_000), fc.nat(20_000), fc.nat(500), fc.constantFrom(0.001, 0.01, 0.05), fc.constantFrom(holds, rollsBack));
        fc.assert(
            fc.property(arbitrary, ([count, others, more, bound, criterion]) => {
                const total = count + others + more;
                const [before, after] = [judgeShare(criterion, share(count, total, bound)), judgeShare(criterion, share(count + more, total, bound))];
                expect(rank[after.verdict]).toBeGreaterThanOrEqual(rank[before.verdict]);
            }),
        );
    });
});
