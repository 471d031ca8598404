import { requestsOf } from "../gate/evidence.ts";
import type { Evidence, GatewayCounts, GatewayView, LatencyHistogram, Observation, RevisionEvidence } from "../gate/evidence.ts";
import { faultOf, totalOf } from "../gate/judge/latency.ts";
import { type RolloutPlan, findStep } from "../plan/plan.ts";
import { missing } from "./observed.ts";

/** Which of the two revisions of a rollout. */
export type RevisionRole = "stable" | "candidate";

/**
 * What the checklist wants documented of a step: '08:45 - Health Metrics Report'. What users got at the gateway stands before what the revision says of
 * itself.
 */
export const figureNames = [
    "users-error-ratio",
    "users-client-error-ratio",
    "users-latency-p95",
    "average-latency",
    "latency-p95",
    "error-ratio",
    "cache-hit-ratio",
    "cpu-millicores",
    "cpu-utilisation",
    "memory",
    "requests-per-second",
] as const;

/**
 * One of {@link figureNames}. Latency in seconds, ratios from 0 to 1. Millicores and memory (bytes) are means over the revision's pods; CPU utilisation is
 * the use over what the pods request. Those that begin with `users` are the gateway's, all others the pods'.
 */
export type FigureName = (typeof figureNames)[number];

/** The figures of one revision over one window. What is not known says why, and is never 0. */
export interface RevisionFigures {
    readonly revision: string;
    readonly role: RevisionRole;
    readonly values: Readonly<Record<FigureName, Observation<number>>>;
}

/** What only Prometheus has: evidence keeps buckets and utilisation, which hold neither a mean of the latency nor millicores. */
export interface MeasuredMeans {
    readonly averageLatencySeconds: Observation<number>;
    readonly cpuMillicores: Observation<number>;
}

/** Said of figures that the ledger does not hold, where Prometheus was not asked. */
export const notAsked: MeasuredMeans = {
    averageLatencySeconds: missing("the ledger keeps buckets, which hold no mean: Prometheus was not asked"),
    cpuMillicores: missing("the ledger keeps the share of what the pods request: Prometheus was not asked"),
};

/**
 * Figures of both revisions from evidence.
 *
 * @param means of each revision, by its name.
 */
export function figuresOf(evidence: Evidence, means: ReadonlyMap<string, MeasuredMeans> = new Map()): readonly RevisionFigures[] {
    const { stable, candidate, windowSeconds } = evidence;
    const revisions: readonly (readonly [RevisionRole, RevisionEvidence])[] = [
        ["stable", stable],
        ...(candidate === undefined ? [] : [["candidate", candidate] as const]),
    ];
    return revisions.map(([role, one]) => ({ revision: one.revision, role, values: valuesOf(one, windowSeconds, means.get(one.revision) ?? notAsked) }));
}

/** The figures without those of errors and latency: an alarm that counted newer requests overruled them, and they would belie it. */
export function withoutOverruled(figures: RevisionFigures, reason: string): RevisionFigures {
    const overruled = missing(`the rollback was decided on newer counts than these: ${reason}`);
    const names = ["users-error-ratio", "users-latency-p95", "error-ratio", "latency-p95"] as const;
    return { ...figures, values: { ...figures.values, ...Object.fromEntries(names.map((name) => [name, overruled])) } };
}

/** Share of all requests of both revisions that reached the candidate, as a ratio. */
export function observedShare({ stable, candidate }: Evidence): Observation<number> {
    if (candidate === undefined) {
        return missing("there was no candidate");
    }
    return both(requestsOf(stable), requestsOf(candidate), (of, own) => (of + own > 0 ? number(own / (of + own)) : missing("there were no requests")));
}

/** Pods of one revision. `wanted`: by the plan's step or the autoscaler, whichever asks for more. */
export interface RevisionPods {
    readonly revision: string;
    readonly role: RevisionRole;
    readonly count: Observation<{ readonly ready: number; readonly wanted: number }>;
}

/** Pods of both revisions from evidence of the step at a weight. */
export function podsOf(plan: RolloutPlan, { stable, candidate }: Evidence, weightPercent: number): readonly RevisionPods[] {
    const of = ({ revision, pods, autoscaler }: RevisionEvidence, role: RevisionRole, planned: number): RevisionPods => ({
        revision,
        role,
        count:
            pods.kind === "missing"
                ? pods
                : {
                      kind: "observed",
                      value: {
                          ready: pods.value.filter(({ ready }) => ready).length,
                          wanted: Math.max(planned, ...(autoscaler.kind === "observed" ? [autoscaler.value.minimum, autoscaler.value.desired] : [])),
                      },
                  },
    });
    return [
        of(stable, "stable", plan.fullReplicas),
        ...(candidate === undefined ? [] : [of(candidate, "candidate", findStep(plan, weightPercent)?.candidateReplicas ?? 0)]),
    ];
}

function valuesOf(one: RevisionEvidence, windowSeconds: number, means: MeasuredMeans): RevisionFigures["values"] {
    return {
        ...usersValues(one.gateway),
        "average-latency": means.averageLatencySeconds,
        "latency-p95": derived(one.latency, p95Of),
        "error-ratio": derived(one.requests, ({ failed, total }) => (total > 0 ? number(failed / total) : missing("there were no requests"))),
        "cache-hit-ratio": derived(one.cache, ({ hits, misses }) =>
            hits + misses > 0 ? number(hits / (hits + misses)) : missing("there were no lookups in the cache"),
        ),
        "cpu-millicores": means.cpuMillicores,
        "cpu-utilisation": derived(one.cpuUtilisation, number),
        memory: derived(one.memory, (pods) => number(mean(pods.map(({ samples }) => mean(samples.map(({ bytes }) => bytes)))))),
        "requests-per-second": derived(requestsOf(one), (total) => number(total / windowSeconds)),
    };
}

/** What users got, or why that is not known. A record from before the gateway was looked at has nothing of it. */
function usersValues(gateway: GatewayView): Pick<RevisionFigures["values"], "users-error-ratio" | "users-client-error-ratio" | "users-latency-p95"> {
    if (gateway.kind === "waived") {
        const notLookedAt = missing(`not looked at: ${gateway.reason}`);
        return { "users-error-ratio": notLookedAt, "users-client-error-ratio": notLookedAt, "users-latency-p95": notLookedAt };
    }
    const share = (part: (counts: GatewayCounts) => number): Observation<number> =>
        derived(gateway.requests, (counts) => (counts.total > 0 ? number(part(counts) / counts.total) : missing("users asked for nothing")));
    return {
        "users-error-ratio": share(({ failed }) => failed),
        "users-client-error-ratio": share(({ clientErrors: { unauthorized, forbidden, notFound, other } }) => unauthorized + forbidden + notFound + other),
        "users-latency-p95": derived(gateway.latency, p95Of),
    };
}

/**
 * The 95th percentile, in seconds, with requests spread evenly within their bucket, as Prometheus' `histogram_quantile` does. The judge never does that: it
 * asks for the share above a bound, which is exact.
 */
export function p95Of(histogram: LatencyHistogram): Observation<number> {
    return quantileOf(histogram, 0.95);
}

/** As {@link p95Of}, of any quantile from 0 to 1. */
export function quantileOf(histogram: LatencyHistogram, quantile: number): Observation<number> {
    const fault = faultOf(histogram);
    const total = totalOf(histogram);
    if (fault !== undefined || total === 0) {
        return missing(fault ?? "there were no requests");
    }
    const rank = quantile * total;
    let before = 0;
    for (const [index, count] of histogram.counts.entries()) {
        const upper = histogram.boundsSeconds[index] ?? Number.POSITIVE_INFINITY;
        const lower = histogram.boundsSeconds[index - 1] ?? 0;
        if (count > 0 && before + count >= rank) {
            return Number.isFinite(upper)
                ? number(lower + ((upper - lower) * (rank - before)) / count)
                : missing(`it lies above ${String(lower)} s, the highest bound of the histogram`);
        }
        before += count;
    }
    return missing("the histogram does not reach it");
}

function derived<T>(observation: Observation<T>, derive: (value: T) => Observation<number>): Observation<number> {
    return observation.kind === "observed" ? derive(observation.value) : observation;
}

function both<T>(left: Observation<T>, right: Observation<T>, derive: (left: T, right: T) => Observation<number>): Observation<number> {
    return derived(left, (one) => derived(right, (other) => derive(one, other)));
}

function mean(values: readonly number[]): number {
    return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function number(value: number): Observation<number> {
    return Number.isFinite(value) ? { kind: "observed", value } : missing(`${String(value)} is no measurement`);
}
