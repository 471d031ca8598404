import type { ServiceProfile } from "../profile/profile.ts";
import { type Weight, weightsOf } from "../plan/plan.ts";
import { type Schedule, soakSecondsAt } from "../plan/schedule.ts";
import { everyCriterionAt } from "./criteria.ts";
import type { Criterion, Measure } from "./criterion.ts";
import { type Evidence, type GatewayView, type LatencyHistogram, type Observation, type RevisionEvidence, requestsOf } from "./evidence.ts";
import { type JudgeLimits, defaultLimits } from "./judge/limits.ts";
import { isAboutRequests } from "./judge/fitness.ts";
import { judge } from "./judge.ts";

/** What users do, each second, with both revisions together. What is not known is missing with its reason. */
export interface Traffic {
    readonly requestsPerSecond: Observation<number>;
    readonly cacheHitsPerSecond: Observation<number>;
    readonly cacheMissesPerSecond: Observation<number>;
    readonly eventsPerSecond: Observation<number>;
    /** Who sees it: why the gateway's view, or the pods', is waived on this stack. Absent where it is not. */
    readonly waived: { readonly gateway?: string; readonly pods?: string };
}

/**
 * When a criterion is shown to hold, after the step was entered. `never`: more time at this traffic does not show it; why, in the judge's words. `unseen`: it can't be looked at, so that no
 * number of users shows it.
 */
export type Showing = { readonly kind: "shown"; readonly afterSeconds: number } | { readonly kind: "never"; readonly why: string; readonly unseen: boolean };

/** When a criterion is shown, for a candidate with nothing bad at all, and for one with half of what the bound allows. */
export interface CriterionForecast {
    readonly criterion: string;
    readonly title: string;
    readonly clean: Showing;
    readonly half: Showing;
}

/** What a step's gate needs at a traffic. */
export interface StepForecast {
    readonly weightPercent: Weight;
    readonly criteria: readonly CriterionForecast[];
}

/** What users do, and what that comes to at each step. */
export interface TrafficOutlook {
    readonly traffic: Traffic;
    readonly steps: readonly StepOutlook[];
}

/** What users do, from the evidence of a time in which they did as usual. */
export function trafficIn({ windowSeconds, stable, candidate }: Evidence): Traffic {
    const revisions = [stable, ...(candidate === undefined ? [] : [candidate])];
    const perSecond = (read: (one: RevisionEvidence) => Observation<number>): Observation<number> => {
        const counts = revisions.map(read);
        const missing = counts.find((one) => one.kind === "missing");
        return missing?.kind === "missing"
            ? missing
            : windowSeconds > 0
              ? { kind: "observed", value: counts.reduce((sum, one) => sum + (one.kind === "observed" ? one.value : 0), 0) / windowSeconds }
              : { kind: "missing", reason: "the evidence covers no time" };
    };
    const derived = <T>(observation: Observation<T>, read: (value: T) => number): Observation<number> =>
        observation.kind === "observed" ? { kind: "observed", value: read(observation.value) } : observation;
    const { gateway, ownMetrics } = stable;
    return {
        requestsPerSecond: perSecond(requestsOf),
        cacheHitsPerSecond: perSecond((one) => derived(one.cache, ({ hits }) => hits)),
        cacheMissesPerSecond: perSecond((one) => derived(one.cache, ({ misses }) => misses)),
        eventsPerSecond: perSecond((one) => derived(one.events, ({ accepted }) => accepted)),
        waived: { ...(gateway.kind === "waived" ? { gateway: gateway.reason } : {}), ...(ownMetrics === undefined ? {} : { pods: ownMetrics.reason }) },
    };
}

/**
 * When each criterion of a step that is about requests is shown to hold, at a traffic. The judge itself says so, of the evidence that there will be: no second copy of its statistics.
 *
 * What doesn't depend on traffic (pods, processors, memory, probes) is left out: the soak decides alone.
 */
export function forecastStep(
    profile: Pick<ServiceProfile, "criteria">,
    weightPercent: Weight,
    traffic: Traffic,
    limits: Partial<JudgeLimits> = {},
): StepForecast {
    const asked = { ...defaultLimits, ...limits };
    const criteria = everyCriterionAt(profile, weightPercent).filter(({ measure }) => isAboutRequests(measure));
    return {
        weightPercent,
        criteria: criteria.map((criterion) => ({
            criterion: criterion.id,
            title: criterion.title,
            clean: showing(criterion, { weightPercent, traffic, limits: asked, ofBound: 0 }),
            half: showing(criterion, { weightPercent, traffic, limits: asked, ofBound: 0.5 }),
        })),
    };
}

/** What a step's forecast comes to, held against the time that the step has. */
export interface StepOutlook extends StepForecast {
    readonly soakSeconds: number;
    /** How long the step may last: the soak, and the hold after it. */
    readonly limitSeconds: number;
    /** When a clean candidate has shown everything, the soak included. Absent where it never has. */
    readonly cleanSeconds?: number;
    /** When one at half of each bound has. Absent where it never has. */
    readonly halfSeconds?: number;
    /** Criteria that even a clean candidate does not show within the limit: it would be rolled back for lack of evidence. */
    readonly tooSlow: readonly CriterionForecast[];
}

/** Holds a forecast against the step's soak and the longest hold, in seconds. */
export function outlookOf(forecast: StepForecast, soakSeconds: number, holdSeconds: number): StepOutlook {
    const limitSeconds = soakSeconds + holdSeconds;
    const last = (of: "clean" | "half"): number => Math.max(soakSeconds, ...forecast.criteria.map((criterion) => secondsOf(criterion[of])));
    const [clean, half] = [last("clean"), last("half")];
    return {
        ...forecast,
        soakSeconds,
        limitSeconds,
        ...(Number.isFinite(clean) ? { cleanSeconds: clean } : {}),
        ...(Number.isFinite(half) ? { halfSeconds: half } : {}),
        tooSlow: forecast.criteria.filter((criterion) => secondsOf(criterion.clean) > limitSeconds),
    };
}

/** The outlook of each step that has users, in the order of the plan. */
export function outlooksOf(
    profile: Pick<ServiceProfile, "criteria" | "plan">,
    schedule: Schedule,
    traffic: Traffic,
    limits: Partial<JudgeLimits> = {},
): readonly StepOutlook[] {
    return weightsOf(profile.plan)
        .filter((weight) => weight > 0)
        .map((weight) => outlookOf(forecastStep(profile, weight, traffic, limits), soakSecondsAt(schedule, weight), schedule.limits.holdMinutes * 60));
}

function secondsOf(showing: Showing): number {
    return showing.kind === "shown" ? showing.afterSeconds : Number.POSITIVE_INFINITY;
}

interface Case {
    readonly weightPercent: Weight;
    readonly traffic: Traffic;
    readonly limits: JudgeLimits;
    /** Share of what the bound allows that the candidate and the stable revision have. */
    readonly ofBound: number;
}

/** A month: what takes longer takes forever. */
const longestSeconds = 30 * 24 * 3_600;

function showing(criterion: Criterion, of: Case): Showing {
    const reasonAt = (seconds: number) => judge([criterion], evidenceAfter(criterion, seconds, of), of.limits).reasons[0];
    let [fails, passes] = [0, 1];
    while (reasonAt(passes)?.verdict !== "pass") {
        if (passes >= longestSeconds) {
            const reason = reasonAt(longestSeconds);
            return { kind: "never", why: reason?.text ?? "it was not judged", unseen: reason === undefined || reason.shortfall === "unseen" };
        }
        [fails, passes] = [passes, Math.min(longestSeconds, passes * 2)];
    }
    while (passes - fails > 1) {
        const middle = Math.floor((fails + passes) / 2);
        [fails, passes] = reasonAt(middle)?.verdict === "pass" ? [fails, middle] : [middle, passes];
    }
    return { kind: "shown", afterSeconds: passes };
}

/** The evidence of a step that has lasted so long. */
function evidenceAfter(criterion: Criterion, seconds: number, of: Case): Evidence {
    const weight = of.weightPercent / 100;
    return {
        takenAt: new Date(0).toISOString(),
        windowSeconds: seconds,
        soakedSeconds: seconds,
        stable: revisionAfter("stable", 1 - weight, criterion, seconds, of),
        candidate: revisionAfter("candidate", weight, criterion, seconds, of),
        probes: {},
    };
}

function revisionAfter(revision: string, share: number, { measure }: Criterion, seconds: number, { traffic, limits, ofBound }: Case): RevisionEvidence {
    const over = (rate: Observation<number>, time: number): Observation<number> =>
        rate.kind === "observed" ? { kind: "observed", value: Math.floor(rate.value * share * time) } : rate;
    const bad = (total: number): number => Math.floor(total * allowedBy(measure) * ofBound);
    const counted = <T>(total: Observation<number>, make: (count: number) => T): Observation<T> =>
        total.kind === "observed" ? { kind: "observed", value: make(total.value) } : total;
    const requests = over(traffic.requestsPerSecond, seconds);
    const latency = (total: Observation<number>): Observation<LatencyHistogram> =>
        counted(total, (count) => ({ boundsSeconds: [latencyBoundOf(measure), Number.POSITIVE_INFINITY], counts: [count - bad(count), bad(count)] }));
    const scrapes = {
        kind: "observed",
        value: { newestAgeSeconds: 0, fewestDistinct: Math.max(1, Math.floor(seconds / limits.scrapeIntervalSeconds)), pods: 1 },
    } as const;
    const clientErrors = { unauthorized: 0, forbidden: 0, notFound: 0, other: 0 };
    const users: GatewayView =
        traffic.waived.gateway === undefined
            ? {
                  kind: "seen",
                  scrapes,
                  requests: counted(requests, (total) => ({
                      total,
                      failed: bad(total),
                      timedOut: isTimeout(measure) ? bad(total) : 0,
                      unanswered: 0,
                      clientErrors,
                      retries: 0,
                  })),
                  recentRequests: over(traffic.requestsPerSecond, Math.min(60, seconds)),
                  latency: latency(requests),
              }
            : { kind: "waived", reason: traffic.waived.gateway };
    return {
        revision,
        gateway: users,
        ...(traffic.waived.pods === undefined ? {} : { ownMetrics: { kind: "waived", reason: traffic.waived.pods } }),
        scrapes,
        requests: counted(requests, (total) => ({ total, failed: bad(total), timedOut: isTimeout(measure) ? bad(total) : 0, clientErrors })),
        recentRequests: over(traffic.requestsPerSecond, Math.min(60, seconds)),
        latency: latency(requests),
        latencyOnHit: latency(over(traffic.cacheHitsPerSecond, seconds)),
        latencyOnMiss: latency(over(traffic.cacheMissesPerSecond, seconds)),
        cache: cacheAfter(over(traffic.cacheHitsPerSecond, seconds), over(traffic.cacheMissesPerSecond, seconds), bad),
        events: counted(over(traffic.eventsPerSecond, seconds), (accepted) => ({ accepted, recorded: accepted - bad(accepted), failed: bad(accepted) })),
        pods: { kind: "observed", value: [{ name: `${revision}-1`, ready: true, restarts: 0, recentRestarts: 0, restartsInStep: 0 }] },
        cpuUtilisation: leftOut,
        memory: leftOut,
        databasePool: leftOut,
        databaseConnectionErrors: leftOut,
        criticalLogLines: leftOut,
        autoscaler: leftOut,
    };
}

const leftOut = { kind: "missing", reason: "a forecast is about requests alone" } as const;

function cacheAfter(hits: Observation<number>, misses: Observation<number>, bad: (total: number) => number): RevisionEvidence["cache"] {
    if (hits.kind === "missing") {
        return hits;
    }
    if (misses.kind === "missing") {
        return misses;
    }
    const total = hits.value + misses.value;
    return { kind: "observed", value: { hits: total - bad(total), misses: bad(total), errors: 0 } };
}

function isTimeout({ kind }: Measure): boolean {
    return kind === "timeout-ratio";
}

/** The share of something bad that a bound allows, as a ratio. 0 where the bound is another revision. */
function allowedBy(measure: Measure): number {
    switch (measure.kind) {
        case "error-ratio":
        case "timeout-ratio":
            return measure.below;
        case "availability":
        case "events-recorded":
            return 1 - measure.atLeast;
        case "latency-p95":
            return 0.05;
        case "cache-hit-ratio":
            return 1 - (measure.above ?? measure.atLeast ?? 1);
        default:
            return 0;
    }
}

function latencyBoundOf(measure: Measure): number {
    return measure.kind === "latency-p95" ? (measure.below ?? measure.atMost ?? 1) : 1;
}
