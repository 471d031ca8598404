import { wordsOf } from "../../../words.ts";
import type { CacheCounts, LatencyHistogram, Observation, RequestCounts } from "../../evidence.ts";
import type { Increment } from "./counting.ts";

/** Names of the service's metrics. See docs/service-contract.md. */
export const metricNames = {
    requests: "http_requests_total",
    latencyBuckets: "http_request_duration_seconds_bucket",
    timeouts: "http_request_timeouts_total",
    cache: "cache_requests_total",
    connectionErrors: "database_connection_errors_total",
    events: "engagement_events_total",
    logLines: "log_messages_total",
    cpu: "process_cpu_seconds_total",
} as const;

type Increments = Observation<readonly Increment[]>;

/** Requests, from the counters of answers and of timeouts. */
export function requestCountsOf(requests: Increments, timeouts: Increments): Observation<RequestCounts> {
    return derived(() => ({ ...valueOf(statusCountsOf(requests)), timedOut: whole(metricNames.timeouts, valueOf(timeouts)) }));
}

/** Requests, from the counters of answers alone. */
export function statusCountsOf(requests: Increments): Observation<Omit<RequestCounts, "timedOut">> {
    return derived(() => {
        const answers = valueOf(requests).map(({ labels, amount }) => ({ status: statusOf(labels.code), amount }));
        const between = (from: number, to: number): number =>
            whole(
                metricNames.requests,
                answers.filter(({ status }) => status >= from && status <= to),
            );
        const [unauthorized, forbidden, notFound] = [between(401, 401), between(403, 403), between(404, 404)];
        return {
            total: whole(metricNames.requests, answers),
            failed: between(500, 599),
            clientErrors: { unauthorized, forbidden, notFound, other: between(400, 499) - unauthorized - forbidden - notFound },
        };
    });
}

/** Time to answer, from the histogram's buckets. `cache` narrows it to answers from the cache or past it, for which a series must exist. */
export function latencyOf(buckets: Increments, cache?: "hit" | "miss"): Observation<LatencyHistogram> {
    const name = `${metricNames.latencyBuckets}${cache === undefined ? "" : ` with cache="${cache}"`}`;
    return derived(() => {
        const wanted = valueOf(buckets).filter(({ labels }) => cache === undefined || labels.cache === cache);
        return histogramOf(name, wanted, 1);
    });
}

/**
 * A histogram from what its buckets grew by.
 *
 * @param unitSeconds what the label `le` counts in: 0.001 for milliseconds.
 * @throws {Error} with `name` when the buckets make no histogram.
 */
export function histogramOf(name: string, buckets: readonly Increment[], unitSeconds: number): LatencyHistogram {
    const byBound = Map.groupBy(buckets, ({ labels }) => boundOf(name, labels.le));
    const bounds = [...byBound.keys()].toSorted((a, b) => a - b);
    if (bounds.at(-1) !== Infinity) {
        throw new Error(`${name} has no bucket +Inf`);
    }
    // Sums of buckets up to a bound mean something only when every series has that bound.
    if (new Set([...byBound.values()].map(({ length }) => length)).size > 1) {
        throw new Error(`${name} has series with different bounds`);
    }
    const upTo = bounds.map((bound) => (byBound.get(bound) ?? []).reduce((sum, { amount }) => sum + amount, 0));
    const counts = upTo.map((count, index) => count - (upTo[index - 1] ?? 0));
    const torn = counts.findIndex((count) => count < 0 || !Number.isSafeInteger(count));
    if (torn >= 0) {
        throw new Error(`${name} is no histogram: up to ${String(bounds[torn])} it grew by ${String(counts[torn])} more than up to the bound before`);
    }
    // 300 ms are 0.3 s and not 0.30000000000000004.
    return { boundsSeconds: bounds.map((bound) => Number((bound * unitSeconds).toPrecision(12))), counts };
}

/** Lookups in the cache. */
export function cacheCountsOf(cache: Increments): Observation<CacheCounts> {
    return derived(() => ({
        hits: having(metricNames.cache, cache, "result", "hit"),
        misses: having(metricNames.cache, cache, "result", "miss"),
        errors: having(metricNames.cache, cache, "result", "error"),
    }));
}

/** Engagement events. */
export function eventCountsOf(events: Increments): Observation<{ readonly accepted: number; readonly recorded: number; readonly failed: number }> {
    return derived(() => ({
        accepted: having(metricNames.events, events, "result", "accepted"),
        recorded: having(metricNames.events, events, "result", "recorded"),
        failed: having(metricNames.events, events, "result", "failed"),
    }));
}

/** Critical lines in the log. */
export function criticalLinesOf(lines: Increments): Observation<number> {
    return derived(() => having(metricNames.logLines, lines, "level", "critical"));
}

/** Connections to the database that failed or broke. */
export function connectionErrorsOf(errors: Increments): Observation<number> {
    return derived(() => whole(metricNames.connectionErrors, valueOf(errors)));
}

/** The sum of increments as it is, for counters of other things than events. */
export function amountOf(increments: Increments): Observation<number> {
    return derived(() => valueOf(increments).reduce((sum, { amount }) => sum + amount, 0));
}

function having(metric: string, increments: Increments, label: string, wanted: string): number {
    const found = valueOf(increments).filter(({ labels }) => labels[label] === wanted);
    if (found.length === 0) {
        throw new Error(`${metric} has no series with ${label}="${wanted}"`);
    }
    return whole(metric, found);
}

function whole(metric: string, increments: readonly { readonly amount: number }[]): number {
    const sum = increments.reduce((all, { amount }) => all + amount, 0);
    if (!Number.isSafeInteger(sum)) {
        throw new Error(`${metric} grew by ${String(sum)}, which is no number of events`);
    }
    return sum;
}

function statusOf(code = ""): number {
    if (!/^[1-5]\d\d$/.test(code)) {
        throw new Error(`${metricNames.requests} has a series with code="${code}": the gate needs the status of every answer`);
    }
    return Number(code);
}

function boundOf(name: string, le = ""): number {
    const bound = le === "+Inf" ? Infinity : Number(le);
    if (le === "" || Number.isNaN(bound)) {
        throw new Error(`${name} has a series with le="${le}", which is no bound`);
    }
    return bound;
}

/** The observed value. @throws with the reason when it is missing: for use within {@link derived}. */
export function valueOf<T>(observation: Observation<T>): T {
    if (observation.kind === "missing") {
        throw new Error(observation.reason);
    }
    return observation.value;
}

/** What `read` gives, or the message of what it throws as the reason why it is missing. */
export function derived<T>(read: () => T): Observation<T> {
    try {
        return { kind: "observed", value: read() };
    } catch (error) {
        return { kind: "missing", reason: wordsOf(error) };
    }
}
