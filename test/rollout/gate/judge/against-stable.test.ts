import { describe, expect, it } from "vitest";

import type { Evidence, LatencyHistogram } from "../../../../rollout/gate/evidence.ts";
import { judge } from "../../../../rollout/gate/judge.ts";
import type { Weight } from "../../../../rollout/plan/plan.ts";
import { boundsSeconds, healthyEvidence, histogram, seen, unseen, withCandidate, withStable } from "./evidence.ts";
import { againstStable } from "../../../../service/criteria/standing.ts";

function reasonOf(id: "error-ratio-against-stable" | "latency-against-stable" | "cache-against-stable", evidence: Evidence) {
    return judge(againstStable, evidence).reasons.find(({ criterion }) => criterion === id);
}

/** The halves of a split, each with so many failed of so many. */
function errors(weight: Weight, candidate: readonly [failed: number, total: number], stable: readonly [failed: number, total: number]) {
    const requests = ([failed, total]: readonly [number, number]) => ({ requests: seen({ failed, total, timedOut: 0 }) });
    return reasonOf("error-ratio-against-stable", withStable(withCandidate(healthyEvidence(weight), requests(candidate)), requests(stable)));
}

describe("errors against the stable revision", () => {
    it.each([
        { what: "as many", candidate: [9, 9_000], stable: [81, 81_000], verdict: "pass" },
        { what: "none on either side", candidate: [0, 9_000], stable: [0, 81_000], verdict: "pass" },
        { what: "ten times as many", candidate: [45, 9_000], stable: [40, 81_000], verdict: "hold" },
        { what: "a few more, which may be chance", candidate: [7, 9_000], stable: [40, 81_000], verdict: "pass" },
        { what: "surely more, and too few more to matter", candidate: [200, 450_000], stable: [20, 450_000], verdict: "pass" },
        { what: "surely more, and less than half as many again", candidate: [5_400, 450_000], stable: [4_500, 450_000], verdict: "pass" },
        { what: "fewer", candidate: [0, 9_000], stable: [810, 81_000], verdict: "pass" },
    ] as const)("$verdict with $what", ({ candidate, stable, verdict }) => {
        expect(errors(10, candidate, stable)).toMatchObject({ verdict, ...(verdict === "hold" ? { shortfall: "breached" } : {}) });
    });

    it("says what both had", () => {
        expect(errors(10, [45, 9_000], [40, 81_000])?.text).toBe("errors 0.5 % of 9,000 requests, stable 0.0494 % of 81,000: shown to be worse");
    });

    it.each([
        { weight: 10, needed: 630 },
        { weight: 25, needed: 916 },
        { weight: 50, needed: 1_571 },
    ] as const)("needs $needed requests of each at $weight %, and not one fewer", ({ weight, needed }) => {
        const stableFor = (candidate: number) => Math.round((candidate * (100 - weight)) / weight);
        const at = (candidate: number) => errors(weight, [0, candidate], [0, stableFor(candidate)]);
        expect(at(needed - 1)).toMatchObject({ verdict: "hold", shortfall: "unproven" });
        expect([at(needed)?.verdict, at(needed + 1)?.verdict]).toEqual(["pass", "pass"]);
        expect(at(needed)?.neededSamples).toBe(needed);
    });

    it("needs as many of the stable revision", () => {
        expect(errors(50, [0, 90_000], [0, 500])).toMatchObject({ verdict: "hold", shortfall: "unproven" });
    });

    it("holds when one side has no requests at all", () => {
        expect([errors(10, [0, 0], [0, 81_000]), errors(10, [0, 9_000], [0, 0])]).toMatchObject([
            { verdict: "hold", text: "no requests of the candidate yet" },
            { verdict: "hold", text: "no requests of the stable revision yet" },
        ]);
    });
});

describe("latency against the stable revision", () => {
    const evidence = healthyEvidence(25);
    const slowness = (candidate: LatencyHistogram, stable = histogram(135_000, 1_350, 0.2)) =>
        reasonOf("latency-against-stable", withStable(withCandidate(evidence, { latency: seen(candidate) }), { latency: seen(stable) }));

    it("passes when both are alike", () => {
        expect(slowness(histogram(45_000, 450, 0.2))).toMatchObject({ verdict: "pass" });
    });

    it("holds when one request in 20 more is slower", () => {
        expect(slowness(histogram(45_000, 2_800, 0.2))).toMatchObject({
            verdict: "hold",
            shortfall: "breached",
            text: "6.22 % of 45,000 requests slower than 50 ms, stable 1 %: shown to be worse",
        });
    });

    it("holds when the tail doubles, long before a percentile shows it", () => {
        expect(slowness(histogram(45_000, 1_000, 0.2))).toMatchObject({ verdict: "hold", shortfall: "breached" });
    });

    it("passes a difference that is sure and small", () => {
        expect(slowness(histogram(45_000, 700, 0.2))).toMatchObject({ verdict: "pass" });
    });

    it("passes a candidate that is quicker", () => {
        expect(slowness(histogram(45_000), histogram(135_000, 60_000, 1))).toMatchObject({ verdict: "pass" });
    });

    describe("of a service that is quick", () => {
        const quick = [0.0005, 0.001, 0.005, 0.01, 0.025, 0.05, Number.POSITIVE_INFINITY];
        const of = (...counts: readonly number[]): LatencyHistogram => ({ boundsSeconds: quick, counts });
        const stable = of(1_000, 34_000, 64_000, 900, 100, 0, 0);

        it.each([
            { what: "takes 2 ms in place of 1", candidate: of(100, 9_900, 88_900, 1_000, 100, 0, 0), verdict: "pass" },
            { what: "takes up to 10 ms in place of 1", candidate: of(0, 0, 0, 99_900, 100, 0, 0), verdict: "pass" },
            { what: "takes 25 ms in place of 1", candidate: of(0, 0, 0, 0, 100_000, 0, 0), verdict: "hold" },
            { what: "takes more than 10 ms for one request in 10", candidate: of(1_000, 30_000, 58_000, 1_000, 10_000, 0, 0), verdict: "hold" },
        ])("compares what a user could feel: it $what", ({ candidate, verdict }) => {
            expect(slowness(candidate, stable)).toMatchObject({ verdict });
        });

        it("has its last bound compared where all are shorter than that", () => {
            const short = (...counts: readonly number[]): LatencyHistogram => ({ boundsSeconds: [0.001, 0.005, Number.POSITIVE_INFINITY], counts });
            expect(slowness(short(50_000, 50_000, 0), short(100_000, 0, 0))).toMatchObject({ verdict: "pass" });
            expect(slowness(short(50_000, 40_000, 10_000), short(100_000, 0, 0))).toMatchObject({ verdict: "hold", shortfall: "breached" });
        });
    });

    it("holds while there are too few to tell", () => {
        expect(slowness(histogram(200), histogram(600))).toMatchObject({ verdict: "hold", shortfall: "unproven", neededSamples: 237 });
    });

    it("holds when the two have different buckets", () => {
        const other = { boundsSeconds: [0.1, 1, Number.POSITIVE_INFINITY], counts: [135_000, 0, 0] };
        expect(slowness(histogram(45_000), other)).toMatchObject({ verdict: "hold", shortfall: "unseen" });
        const shifted = { boundsSeconds: boundsSeconds.map((bound) => bound * 2), counts: histogram(135_000).counts };
        expect(slowness(histogram(45_000), shifted)).toMatchObject({ verdict: "hold", shortfall: "unseen" });
        expect(slowness({ boundsSeconds, counts: histogram(45_000).counts.slice(1) })).toMatchObject({ verdict: "hold", shortfall: "unseen" });
    });
});

describe("cache hits against the stable revision", () => {
    const cache = (hits: number, misses: number) => ({ cache: seen({ hits, misses, errors: 0 }) });
    const kept = (candidate: readonly [number, number], stable: readonly [number, number]) =>
        reasonOf("cache-against-stable", withStable(withCandidate(healthyEvidence(25), cache(...candidate)), cache(...stable)));

    it("pass when both are alike, or 2 points apart", () => {
        expect([kept([44_100, 900], [132_300, 2_700]), kept([43_200, 1_800], [132_300, 2_700])]).toMatchObject([{ verdict: "pass" }, { verdict: "pass" }]);
    });

    it("hold when 4 points are lost", () => {
        expect(kept([42_300, 2_700], [132_300, 2_700])).toMatchObject({
            verdict: "hold",
            shortfall: "breached",
            text: "cache misses 6 % of 45,000 lookups, stable 2 % of 135,000: shown to be worse",
        });
    });
});

describe("a comparison", () => {
    it.each(["requests", "latency", "cache"] as const)("holds when one side's %s could not be seen", (field) => {
        const id = { requests: "error-ratio-against-stable", latency: "latency-against-stable", cache: "cache-against-stable" } as const;
        for (const evidence of [withCandidate(healthyEvidence(10), { [field]: unseen() }), withStable(healthyEvidence(10), { [field]: unseen() })]) {
            expect(reasonOf(id[field], evidence)).toMatchObject({ verdict: "hold", shortfall: "unseen" });
        }
    });
});
