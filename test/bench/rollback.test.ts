import { describe, expect, it } from "vitest";

import { type Figure, keepsAim, quantile } from "../../bench/benchmark.ts";
import { reactionBetween } from "../../bench/rollback/reaction.ts";
import { UserTally } from "../../lab/load/user-tally.ts";

const figure: Figure = { name: "fault to 0 %", value: 1.5, unit: "s", samples: [1.5] };

describe("a figure with aims", () => {
    it.each([
        { what: "no aim", aims: {}, kept: true },
        { what: "a value at its bound", aims: { highestValue: 1.5 }, kept: true },
        { what: "a value above its bound", aims: { highestValue: 1.4 }, kept: false },
        { what: "a value that is no number", aims: { value: Number.NaN, highestValue: 2 }, kept: false },
        { what: "both aims kept", aims: { highestValue: 2, highestRatio: 0.1, reference: { name: "Flagger", value: 15 } }, kept: true },
        { what: "a ratio above its aim", aims: { highestValue: 2, highestRatio: 0.1, reference: { name: "Flagger", value: 14 } }, kept: false },
        { what: "a ratio without a reference", aims: { highestRatio: 0.1 }, kept: false },
    ])("keeps them: $kept, with $what", ({ aims, kept }) => {
        expect(keepsAim({ ...figure, ...aims })).toBe(kept);
    });
});

it.each([
    { share: 0.95, value: 19 },
    { share: 0.5, value: 10 },
    { share: 1, value: 20 },
    { share: 0, value: 1 },
])("the quantile $share of 1 to 20 is $value", ({ share, value }) => {
    expect(
        quantile(
            Array.from({ length: 20 }, (_, index) => 20 - index),
            share,
        ),
    ).toBe(value);
});

describe("a reaction", () => {
    const seen = (candidateAtMs: number) => {
        const tally = new UserTally(0);
        tally.ended({ revision: "v1", latencyMs: 5, reason: undefined }, 900);
        tally.ended({ revision: "v2", latencyMs: 5, reason: "500" }, 950);
        const before = tally.counts(1_000);
        const copy = structuredClone(before);
        tally.ended({ revision: "v2", latencyMs: 5, reason: "500" }, candidateAtMs);
        tally.ended({ revision: "v1", latencyMs: 5, reason: "503" }, 4_000);
        return [copy, tally.counts(5_000)] as const;
    };

    it("lasts to the last answer of the candidate, and counts every failure since the fault, of whichever revision", () => {
        expect(reactionBetween(...seen(2_600), "v2", { faultAtMs: 1_000, verdictAtMs: 2_000 })).toEqual({
            faultToVerdictSeconds: 1,
            faultToZeroSeconds: 1.6,
            failedRequests: 2,
        });
    });

    it("is not over before its verdict", () => {
        expect(reactionBetween(...seen(1_900), "v2", { faultAtMs: 1_000, verdictAtMs: 2_000 }).faultToZeroSeconds).toBe(1);
    });

    it("is unknown where the candidate never answered anybody", () => {
        expect(reactionBetween(...seen(1_900), "v3", { faultAtMs: 1_000, verdictAtMs: 2_000 }).faultToZeroSeconds).toBeNaN();
    });
});
