import { describe, expect, it } from "vitest";

import type { Criterion } from "../../../../rollout/gate/criterion.ts";
import { judge } from "../../../../rollout/gate/judge.ts";
import type { Weight } from "../../../../rollout/plan/plan.ts";
import { healthyEvidence, seen, withCandidate, withStable } from "./evidence.ts";

function splitAt(weightPercent: Weight, candidate: number, stable: number) {
    const criterion: Criterion = {
        id: "observed-split",
        title: "split",
        subject: "service",
        measure: { kind: "observed-split", weightPercent },
        onBreach: "hold",
        source: "Canary Deployment Start",
    };
    const requests = (total: number) => ({ requests: seen({ total, failed: 0, timedOut: 0 }) });
    const [reason] = judge([criterion], withStable(withCandidate(healthyEvidence(10), requests(candidate)), requests(stable))).reasons;
    return reason;
}

describe("the observed split", () => {
    it.each([
        { weight: 10, candidate: 900, stable: 8_100 },
        { weight: 10, candidate: 1_200, stable: 7_800 },
        { weight: 25, candidate: 2_500, stable: 7_500 },
        { weight: 50, candidate: 5_100, stable: 4_900 },
        { weight: 100, candidate: 10_000, stable: 0 },
        { weight: 1, candidate: 100, stable: 9_900 },
        { weight: 99, candidate: 9_900, stable: 100 },
        { weight: 100, candidate: 9_900, stable: 100 },
    ] as const)("passes at $weight % with $candidate requests of the candidate and $stable of stable", ({ weight, candidate, stable }) => {
        expect(splitAt(weight, candidate, stable)).toMatchObject({ verdict: "pass" });
    });

    it.each([
        { what: "half of all requests, as with weights that nobody wrote", weight: 10, candidate: 4_500, stable: 4_500 },
        { what: "nothing", weight: 10, candidate: 0, stable: 9_000 },
        { what: "nothing", weight: 1, candidate: 0, stable: 20_000 },
        { what: "four times as much as it should", weight: 1, candidate: 800, stable: 19_200 },
        { what: "everything", weight: 99, candidate: 20_000, stable: 0 },
        { what: "everything", weight: 25, candidate: 9_000, stable: 0 },
        { what: "a tenth of all requests less than it should", weight: 100, candidate: 8_100, stable: 900 },
    ] as const)("is breached at $weight % when the candidate gets $what", ({ weight, candidate, stable }) => {
        expect(splitAt(weight, candidate, stable)).toMatchObject({ verdict: "hold", shortfall: "breached" });
    });

    it.each([
        { weight: 1, needed: 5_658 },
        { weight: 5, needed: 1_063 },
        { weight: 10, needed: 483 },
        { weight: 25, needed: 850 },
        { weight: 50, needed: 1_158 },
        { weight: 100, needed: 82 },
    ] as const)("needs $needed requests at $weight %, and not one fewer", ({ weight, needed }) => {
        const exactly = (total: number) => splitAt(weight, (total * weight) / 100, (total * (100 - weight)) / 100);
        expect([exactly(needed - 1), exactly(needed), exactly(needed + 1)]).toMatchObject([
            { verdict: "hold", shortfall: "unproven", neededSamples: needed },
            { verdict: "pass" },
            { verdict: "pass" },
        ]);
    });

    it("needs them too for a share beside the weight that fewer would show to be within the range", () => {
        expect(splitAt(10, 28, 281)).toMatchObject({ verdict: "hold", shortfall: "unproven", samples: 309, neededSamples: 483 });
    });

    it("holds without requests, and for a number that is none", () => {
        expect([splitAt(10, 0, 0), splitAt(10, Number.NaN, 9_000), splitAt(10, 900, -1)]).toMatchObject([
            { verdict: "hold", shortfall: "unproven" },
            { verdict: "hold", shortfall: "unseen" },
            { verdict: "hold", shortfall: "unseen" },
        ]);
    });
});
