import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { evidenceAbove, evidenceBelow, fewestAbove, fewestBelow, lowerLimit, upperLimit } from "../../../../rollout/gate/statistics/betting.ts";

/**
 * The exact probability that evidence reaches 1 / risk at any of the looks after 1, 2, ... `looks` observations, of which each counts with probability `share`.
 */
function probabilityOfEver(reaches: (count: number, total: number) => boolean, share: number, looks: number): number {
    let states = new Map([[0, 1]]);
    let ever = 0;
    for (let total = 1; total <= looks; total += 1) {
        const next = new Map<number, number>();
        for (const [count, probability] of states) {
            next.set(count, (next.get(count) ?? 0) + probability * (1 - share));
            next.set(count + 1, (next.get(count + 1) ?? 0) + probability * share);
        }
        for (const [count, probability] of next) {
            if (probability < 1e-12) {
                next.delete(count);
            } else if (reaches(count, total)) {
                ever += probability;
                next.delete(count);
            }
        }
        states = next;
    }
    return ever;
}

describe("evidence that a share is below a bound", () => {
    const risk = 0.05;

    it.each([
        { bound: 0.01, share: 0.01 },
        { bound: 0.01, share: 0.015 },
        { bound: 0.05, share: 0.05 },
        { bound: 0.2, share: 0.2 },
    ])("reaches 20 with probability 5 % at the most for a share of $share and a bound of $bound, however often it is looked at", ({ bound, share }) => {
        const ever = probabilityOfEver((count, total) => evidenceBelow(count, total, bound) >= 1 / risk, share, 3_000);
        expect(ever).toBeLessThanOrEqual(risk);
    });

    it("is not so strict that it never passes: at the bound itself more than 2 in 100 do", () => {
        expect(probabilityOfEver((count, total) => evidenceBelow(count, total, 0.05) >= 1 / risk, 0.05, 3_000)).toBeGreaterThan(0.02);
    });

    it.each([
        { bound: 0.001, fewest: 3_434, oneLook: 2_995 },
        { bound: 0.005, fewest: 686, oneLook: 598 },
        { bound: 0.01, fewest: 342, oneLook: 299 },
        { bound: 0.05, fewest: 68, oneLook: 59 },
        { bound: 0.1, fewest: 33, oneLook: 29 },
    ])("needs $fewest clean requests for $bound, where one look alone would need $oneLook", ({ bound, fewest, oneLook }) => {
        expect(Math.ceil(Math.log(risk) / Math.log1p(-bound))).toBe(oneLook);
        expect(fewestBelow(bound, risk)).toBe(fewest);
        expect([fewest - 1, fewest, fewest + 1].map((total) => evidenceBelow(0, total, bound) >= 1 / risk)).toEqual([false, true, true]);
    });

    it("is never enough for a share at the bound or above it", () => {
        expect(fewestBelow(0.05, risk, 0.05)).toBe(Number.POSITIVE_INFINITY);
        expect(fewestBelow(0.05, risk, 0.06)).toBe(Number.POSITIVE_INFINITY);
    });

    it("falls with each one that counts, and grows with each one that doesn't", () => {
        fc.assert(
            fc.property(fc.nat(500), fc.nat(100_000), fc.double({ min: 0.0005, max: 0.9, noNaN: true }), (count, others, bound) => {
                const evidence = evidenceBelow(count, count + others, bound);
                expect(evidenceBelow(count + 1, count + others + 1, bound)).toBeLessThanOrEqual(evidence);
                expect(evidenceBelow(count, count + others + 1, bound)).toBeGreaterThanOrEqual(evidence);
            }),
        );
    });
});

describe("evidence that a share is above a bound", () => {
    it.each([
        { bound: 0.01, share: 0.01, risk: 1e-4 },
        { bound: 0.01, share: 0.01, risk: 0.05 },
        { bound: 0.5, share: 0.5, risk: 0.01 },
    ])("reaches 1 / $risk no more often than $risk for a share of $share", ({ bound, share, risk }) => {
        expect(probabilityOfEver((count, total) => evidenceAbove(count, total, bound) >= 1 / risk, share, 2_000)).toBeLessThanOrEqual(risk);
    });

    it("is there after a few when all of them count", () => {
        expect([0.1, 0.25, 0.5].map((bound) => fewestAbove(bound, 0.01))).toEqual([3, 5, 10]);
        expect(fewestAbove(0.5, 0.01, 0.5)).toBe(Number.POSITIVE_INFINITY);
    });
});

describe("the limits of a share", () => {
    it("hold the share that was seen between them, and close in with more", () => {
        fc.assert(
            fc.property(fc.integer({ min: 1, max: 20_000 }), fc.double({ min: 0, max: 1, noNaN: true }), (total, share) => {
                const count = Math.round(total * share);
                const [low, high] = [lowerLimit(count, total, 0.05), upperLimit(count, total, 0.05)];
                expect(low).toBeLessThanOrEqual(count / total + 1e-6);
                expect(high).toBeGreaterThanOrEqual(count / total - 1e-6);
                expect(upperLimit(count * 4, total * 4, 0.05)).toBeLessThanOrEqual(high + 1e-6);
            }),
            { numRuns: 50 },
        );
    });

    it("are where the evidence turns", () => {
        const limit = upperLimit(22, 45_000, 0.05);
        expect(evidenceBelow(22, 45_000, limit * 1.0001)).toBeGreaterThanOrEqual(20);
        expect(evidenceBelow(22, 45_000, limit * 0.9999)).toBeLessThan(20);
    });
});
