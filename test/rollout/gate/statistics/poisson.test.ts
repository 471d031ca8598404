import { describe, expect, it } from "vitest";

import { meanThatReaches, probabilityOfAtLeast } from "../../../../rollout/gate/statistics/poisson.ts";

describe("a Poisson count", () => {
    it("is at least 1 with probability 95 % for a mean of 3: the rule of three", () => {
        expect(meanThatReaches(1, 0.95)).toBeCloseTo(-Math.log(0.05), 4);
    });

    it.each([
        { count: 3, mean: 6.2958 },
        { count: 5, mean: 9.1535 },
        { count: 10, mean: 15.7052 },
    ])("is at least $count with probability 95 % for a mean of $mean, half the chi-squared quantile", ({ count, mean }) => {
        expect(meanThatReaches(count, 0.95)).toBeCloseTo(mean, 3);
        expect(probabilityOfAtLeast(count, mean)).toBeCloseTo(0.95, 4);
    });
});
