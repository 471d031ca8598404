import { describe, expect, it } from "vitest";

import type { Criterion, Measure } from "../../../../rollout/gate/criterion.ts";
import type { LatencyHistogram } from "../../../../rollout/gate/evidence.ts";
import { judge } from "../../../../rollout/gate/judge.ts";
import { boundsSeconds, healthyEvidence, histogram, seen, withCandidate } from "./evidence.ts";

function reasonFor(measure: Measure & { readonly kind: "latency-p95" }, latency: LatencyHistogram, subject: Criterion["subject"] = "candidate") {
    const criterion: Criterion = { id: "latency-p95", title: "p95", subject, measure, onBreach: "hold", source: "Canary Validation" };
    const evidence = withCandidate(healthyEvidence(10), { latency: seen(latency), latencyOnHit: seen(histogram(70)), latencyOnMiss: seen(histogram(20)) });
    const [reason] = judge([criterion], evidence).reasons;
    return reason;
}

const below400 = { kind: "latency-p95", below: 0.4 } as const;

describe("a bound on the 95th percentile", () => {
    it("is a bound on the share of requests that take longer: 5 %", () => {
        expect(reasonFor(below400, histogram(9_000, 360, 0.75))).toMatchObject({
            verdict: "pass",
            value: 0.05,
            bound: 0.4,
            text: expect.stringContaining("p95 at most 50 ms; slower than 400 ms 4 % of 9,000 requests") as string,
        });
        expect(reasonFor(below400, histogram(9_000, 450, 0.75))).toMatchObject({ verdict: "hold", shortfall: "unproven" });
        expect(reasonFor(below400, histogram(9_000, 900, 0.75))).toMatchObject({ verdict: "hold", shortfall: "breached", value: 0.75 });
    });

    it("counts a request that took exactly the bound as within it, as the histogram does", () => {
        expect(reasonFor(below400, histogram(9_000, 9_000, 0.4))).toMatchObject({ verdict: "pass" });
        expect(reasonFor(below400, histogram(9_000, 9_000, 0.41))).toMatchObject({ shortfall: "breached" });
    });

    it.each([
        { total: 67, verdict: "hold" },
        { total: 68, verdict: "pass" },
        { total: 69, verdict: "pass" },
    ])("says $verdict to $total quick requests, where 68 are needed", ({ total, verdict }) => {
        expect(reasonFor(below400, histogram(total))).toMatchObject({ verdict, neededSamples: 68 });
    });

    it("may be about hits or misses of the cache alone", () => {
        expect(reasonFor({ kind: "latency-p95", cache: "hit", atMost: 0.1 }, histogram(0))).toMatchObject({ verdict: "pass", samples: 70 });
        expect(reasonFor({ kind: "latency-p95", cache: "miss", atMost: 0.3 }, histogram(0))).toMatchObject({ verdict: "hold", samples: 20 });
    });

    it.each([
        { what: "passes when few enough took longer than the next lower bound", slow: 100, slowSeconds: 0.35, verdict: "pass", shortfall: undefined },
        { what: "is unproven when too many lie between the two", slow: 900, slowSeconds: 0.35, verdict: "hold", shortfall: "unproven" },
        { what: "is broken when too many took longer than the next higher bound", slow: 900, slowSeconds: 0.5, verdict: "hold", shortfall: "breached" },
    ])("that the histogram does not have $what", ({ slow, slowSeconds, verdict, shortfall }) => {
        const reason = reasonFor({ kind: "latency-p95", below: 0.35 }, histogram(9_000, slow, slowSeconds));
        expect([reason?.verdict, reason?.shortfall]).toEqual([verdict, shortfall]);
        expect(reason?.text.includes("the histogram has no bound of 350 ms")).toBe(shortfall === "unproven");
    });

    it.each([0.000_1, 7])("of %d s, beyond all that the histogram has, does not pass on slow answers", (below) => {
        expect(reasonFor({ kind: "latency-p95", below }, histogram(9_000, 900, 6))).toMatchObject({ verdict: "hold" });
    });

    it("says that p95 is above every bound when it is in the last bucket", () => {
        expect(reasonFor(below400, histogram(9_000, 9_000, 60))).toMatchObject({
            text: expect.stringContaining("p95 above every bound of the histogram") as string,
        });
    });

    it.each<{ readonly what: string; readonly latency: LatencyHistogram }>([
        { what: "has no buckets", latency: { boundsSeconds: [], counts: [] } },
        { what: "lacks a count", latency: { boundsSeconds, counts: histogram(9_000).counts.slice(1) } },
        { what: "has bounds that don't rise", latency: { boundsSeconds: [0.4, 0.4, Number.POSITIVE_INFINITY], counts: [1, 1, 1] } },
        { what: "has no last bucket", latency: { boundsSeconds: [0.2, 0.4], counts: [9_000, 0] } },
        { what: "counts NaN", latency: { boundsSeconds: [0.4, Number.POSITIVE_INFINITY], counts: [Number.NaN, 0] } },
        { what: "counts less than nothing", latency: { boundsSeconds: [0.4, Number.POSITIVE_INFINITY], counts: [9_000, -1] } },
    ])("holds for a histogram that $what", ({ latency }) => {
        expect(reasonFor(below400, latency)).toMatchObject({ verdict: "hold", shortfall: "unseen" });
    });

    it("is not asked of both revisions at once: their percentiles can't be added", () => {
        expect(reasonFor(below400, histogram(9_000), "service")).toMatchObject({ verdict: "hold", shortfall: "unseen" });
    });
});
