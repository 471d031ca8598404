import { describe, expect, it } from "vitest";

import { trendOf } from "../../../../rollout/gate/statistics/trend.ts";

const series = (values: readonly number[], everySeconds = 15) => values.map((value, index) => ({ atSeconds: index * everySeconds, value }));

describe("the trend of a series", () => {
    it("of ten values that rise by 3 every 15 s is 0.2 a second, with all 45 pairs rising", () => {
        const { slopePerSecond, score } = trendOf(series(Array.from({ length: 10 }, (_, index) => 3 * index)));
        expect(slopePerSecond).toBeCloseTo(0.2);
        expect(score).toBeCloseTo(44 / Math.sqrt(125));
    });

    it("corrects its score for equal values", () => {
        expect(trendOf(series([1, 1, 2, 2])).score).toBeCloseTo(3 / Math.sqrt(120 / 18));
    });

    it.each([
        { what: "nothing", values: [] },
        { what: "one value", values: [5] },
        { what: "a constant", values: [5, 5, 5, 5, 5, 5] },
        { what: "a saw-tooth", values: [1, 2, 3, 1, 2, 3, 1, 2, 3, 1, 2, 3] },
    ])("has no score worth a name for $what", ({ values }) => {
        expect(Math.abs(trendOf(series(values)).score)).toBeLessThan(1.5);
    });

    it("is hardly moved by one wild value", () => {
        const rising = Array.from({ length: 21 }, (_, index) => index);
        expect(trendOf(series(rising.with(10, 1_000_000))).slopePerSecond).toBeCloseTo(1 / 15, 2);
    });

    it("falls as it rises", () => {
        const values = [4, 1, 6, 7, 3, 9, 12, 8, 15, 11];
        const [up, down] = [trendOf(series(values)), trendOf(series(values.map((value) => -value)))];
        expect(down.slopePerSecond).toBeCloseTo(-up.slopePerSecond);
        expect(down.score).toBeCloseTo(-up.score);
    });

    it("is the same for a long series, which it thins", () => {
        const long = trendOf(series(Array.from({ length: 6_000 }, (_, index) => 0.5 * index)));
        expect(long.slopePerSecond).toBeCloseTo(0.5 / 15);
        expect(long.score).toBeGreaterThan(4);
    });
});
