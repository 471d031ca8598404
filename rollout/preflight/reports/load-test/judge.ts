import { baselineCriteria } from "../../../baseline/measured.ts";
import { type Bound, boundOf, keeps } from "../../../gate/criteria.ts";
import type { ServiceProfile } from "../../../profile/profile.ts";
import { type PreflightFinding, type Problem, findingOf } from "../../preflight.ts";
import type { LoadTestReading } from "./reading.ts";

/** What a load test must have been. */
export interface LoadTestExpectation {
    /** Whose bounds count: those of the first step's gate and of the success of a rollout. */
    readonly profile: ServiceProfile;
    readonly requestsPerSecond: number;
    readonly minutes: number;
}

/** Share of the load and of the time that a test may fall short of, for what it takes to begin and to end. */
const slack = 0.02;

/**
 * Judges a load test: that the load was made for long enough, and that errors and the 95th percentile kept the plan's bounds.
 *
 * A tool does not tell answers from a cache from others. So of bounds for each of them the looser counts: a 95th percentile above it breaks both.
 */
export function judgeLoadTest(reading: LoadTestReading, { profile, requestsPerSecond, minutes }: LoadTestExpectation): PreflightFinding {
    const { tool, requests, failed, seconds, latencyP95Seconds } = reading;
    const rate = requests / seconds;
    const errorRatio = failed / requests;
    const again = "run the load test anew, against the candidate";
    const bounds = boundsOf(profile);
    const problems: readonly Problem[] = [
        ...(rate >= requestsPerSecond * (1 - slack)
            ? []
            : [{ text: `${rate.toFixed(1)} requests a second were made, not ${String(requestsPerSecond)} (preflight.loadTestRequestsPerSecond)`, fix: again }]),
        ...(seconds >= minutes * 60 * (1 - slack)
            ? []
            : [{ text: `it lasted ${(seconds / 60).toFixed(1)} min, not ${String(minutes)} (preflight.loadTestMinutes)`, fix: again }]),
        ...broken("errors", errorRatio, bounds.errors, (ratio) => `${(ratio * 100).toFixed(3)} %`),
        ...broken("the 95th percentile", latencyP95Seconds, bounds.latency, (value) => `${(value * 1_000).toFixed(0)} ms`),
    ];
    return findingOf(problems, `${tool}: ${rate.toFixed(1)} requests a second for ${(seconds / 60).toFixed(1)} min, errors and latency within the plan`, {
        tool,
        requests,
        requestsPerSecond: Number(rate.toFixed(2)),
        minutes: Number((seconds / 60).toFixed(2)),
        errorRatio,
        latencyP95Seconds,
    });
}

function boundsOf(profile: ServiceProfile): { readonly errors: Bound | undefined; readonly latency: Bound | undefined } {
    const limits = baselineCriteria(profile).flatMap(({ measure }) => {
        const bound = boundOf(measure);
        return bound === "none" || bound === "faulty" ? [] : [{ measure, bound }];
    });
    const errors = limits.filter(({ measure }) => measure.kind === "error-ratio").map(({ bound }) => bound);
    const overall = limits.filter(({ measure }) => measure.kind === "latency-p95" && measure.cache === undefined).map(({ bound }) => bound);
    const byCache = limits.filter(({ measure }) => measure.kind === "latency-p95").map(({ bound }) => bound);
    return {
        errors: errors.toSorted((left, right) => left.value - right.value)[0],
        latency: overall.toSorted((left, right) => left.value - right.value)[0] ?? byCache.toSorted((left, right) => right.value - left.value)[0],
    };
}

/** A profile that has no bound asks nothing, and says so: a load test without bounds shows nothing. */
function broken(what: string, value: number, limit: Bound | undefined, shown: (value: number) => string): readonly Problem[] {
    if (limit === undefined) {
        return [{ text: `the profile has no bound on ${what}`, fix: "give the gate of weight 0, or the success criteria, one" }];
    }
    return keeps(value, limit)
        ? []
        : [{ text: `${what}: ${shown(value)}, bound ${shown(limit.value)}`, fix: "find what is slow or fails under load, and begin with a fixed candidate" }];
}
