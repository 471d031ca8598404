import type { Criterion, Measure } from "../criterion.ts";
import type { Evidence, LatencyHistogram, Observation, RevisionEvidence } from "../evidence.ts";
import { type JudgeFinding, unseen } from "./finding.ts";
import { judgeShare } from "./share.ts";
import { areAmounts, observed } from "./subject.ts";
import { duration } from "./wording.ts";

/** The share of requests that a 95th percentile leaves above itself. */
const above95 = 0.05;

/**
 * Judges a bound on the 95th percentile: it lies below the bound exactly when less than 5 % of requests take longer, so it is a bound on a share.
 *
 * Where the bound is not one of the histogram's, the share above it is not known, and lies between those above its neighbours: the one above the next lower bound
 * must be small enough for a pass, and only the one above the next higher bound shows a breach.
 */
export function judgeLatency(criterion: Criterion, measure: Measure & { readonly kind: "latency-p95" }, evidence: Evidence): JudgeFinding {
    const bound = measure.below ?? measure.atMost ?? Number.NaN;
    const histograms = observed(criterion.subject, evidence, (revision) => histogramOf(revision, measure.cache));
    if (histograms.kind === "missing") {
        return unseen(histograms.reason);
    }
    const [histogram] = histograms.value;
    if (histogram === undefined || histograms.value.length > 1) {
        return unseen("latency is judged for one revision at a time");
    }
    const fault = faultOf(histogram);
    if (fault !== undefined) {
        return unseen(fault);
    }
    const p95 = quantileBound(histogram, 1 - above95);
    const shown = { value: p95, bound, text: Number.isFinite(p95) ? `p95 at most ${duration(p95)}` : "p95 above every bound of the histogram" };
    const unit = measure.cache === undefined ? "requests" : `cache ${measure.cache === "hit" ? "hits" : "misses"}`;
    const judgeAt = (at: number): JudgeFinding =>
        judgeShare(
            criterion,
            { count: countAbove(histogram, at), total: totalOf(histogram), bound: above95, counted: `slower than ${duration(at)}`, unit },
            shown,
        );
    return histogram.boundsSeconds.includes(bound) ? judgeAt(bound) : judgeBetween(histogram, bound, judgeAt);
}

/** Judges a bound that the histogram doesn't have, by its neighbours. */
function judgeBetween({ boundsSeconds }: LatencyHistogram, bound: number, judgeAt: (at: number) => JudgeFinding): JudgeFinding {
    const lower = judgeAt(boundsSeconds.findLast((one) => one < bound) ?? 0);
    if (lower.verdict === "pass") {
        return lower;
    }
    const upper = judgeAt(boundsSeconds.find((one) => one > bound) ?? Number.POSITIVE_INFINITY);
    return upper.shortfall === "breached"
        ? upper
        : {
              ...lower,
              verdict: "hold",
              shortfall: lower.shortfall === "unseen" ? "unseen" : "unproven",
              text: `${lower.text}; the histogram has no bound of ${duration(bound)}, so what lies between its neighbours shows nothing: add the bound (docs/gate.md)`,
          };
}

/** Why a histogram is no measurement; undefined when it is one. */
export function faultOf({ boundsSeconds, counts }: LatencyHistogram): string | undefined {
    if (boundsSeconds.length === 0 || boundsSeconds.length !== counts.length) {
        return `the histogram has ${String(boundsSeconds.length)} bounds and ${String(counts.length)} counts`;
    }
    if (!boundsSeconds.every((bound, index) => bound > (boundsSeconds[index - 1] ?? Number.NEGATIVE_INFINITY))) {
        return "the bounds of the histogram don't rise";
    }
    if (boundsSeconds.at(-1) !== Number.POSITIVE_INFINITY) {
        return "the histogram has no last bucket for everything slower";
    }
    return areAmounts(counts) ? undefined : `the histogram counts ${counts.join(", ")}, which is no measurement`;
}

/** All requests of a histogram. */
export function totalOf({ counts }: LatencyHistogram): number {
    return counts.reduce((sum, count) => sum + count, 0);
}

/** Requests that took longer than one of the histogram's bounds. */
export function countAbove({ boundsSeconds, counts }: LatencyHistogram, bound: number): number {
    return counts.reduce((sum, count, index) => sum + ((boundsSeconds[index] ?? 0) > bound ? count : 0), 0);
}

/** The smallest bound that at least `quantile` of the requests kept. Infinity for the slowest bucket, and without requests. */
function quantileBound(histogram: LatencyHistogram, quantile: number): number {
    const total = totalOf(histogram);
    return histogram.boundsSeconds.find((bound) => total > 0 && countAbove(histogram, bound) <= total * (1 - quantile)) ?? Number.POSITIVE_INFINITY;
}

function histogramOf(revision: RevisionEvidence, cache: "hit" | "miss" | undefined): Observation<LatencyHistogram> {
    switch (cache) {
        case "hit":
            return revision.latencyOnHit;
        case "miss":
            return revision.latencyOnMiss;
        case undefined:
            return revision.latency;
    }
}
