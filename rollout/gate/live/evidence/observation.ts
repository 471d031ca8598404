import { wordsOf } from "../../../words.ts";
import type { CacheCounts, LatencyHistogram, Observation, RequestCounts } from "../../evidence.ts";
import { type PodSeries, bucketsOf, errorTypeLabel } from "../../pod-series.ts";
import type { Increment } from "./counting.ts";

type Increments = Observation<readonly Increment[]>;

/** What a counter grew by, with its name. */
export interface Counted {
    readonly metric: string;
    readonly grown: Increments;
}

/** Requests, from the counters of answers and, where there is one, of timeouts. */
export function requestCountsOf(series: PodSeries, requests: Increments, timeouts: Counted | undefined): Observation<RequestCounts> {
    return derived(() => ({
        ...valueOf(statusCountsOf(series, requests)),
        ...(timeouts === undefined ? {} : { timedOut: whole(timeouts.metric, valueOf(timeouts.grown)) }),
    }));
}

/** Requests, from the counters of answers alone. */
export function statusCountsOf(series: PodSeries, requests: Increments): Observation<Omit<RequestCounts, "timedOut">> {
    return derived(() => {
        const answers = valueOf(requests).map(({ labels, amount }) => ({ status: statusOf(series, labels), amount }));
        const between = (from: number, to: number): number =>
            whole(
                series.requests,
                answers.filter(({ status }) => status >= from && status <= to),
            );
        const [unauthorized, forbidden, notFound] = [between(401, 401), between(403, 403), between(404, 404)];
        return {
            total: whole(series.requests, answers),
            failed: between(500, failedWithoutStatus),
            clientErrors: { unauthorized, forbidden, notFound, other: between(400, 499) - unauthorized - forbidden - notFound },
        };
    });
}

/** Time to answer, from the histogram's buckets. `cache` narrows it to answers from the cache or past it, for which a series must exist. */
export function latencyOf(series: PodSeries, buckets: Increments, cache?: "hit" | "miss"): Observation<LatencyHistogram> {
    const { cacheLabel } = series;
    const name = `${bucketsOf(series)}${cache === undefined ? "" : ` with ${cacheLabel ?? "cache"}="${cache}"`}`;
    return derived(() => {
        const wanted = valueOf(buckets).filter(({ labels }) => cache === undefined || (cacheLabel !== undefined && labels[cacheLabel] === cache));
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

/** Mean of what a histogram counted, in seconds, by the sum that it carries. */
export function meanOf(latency: Observation<LatencyHistogram>, sum: Increments): Observation<number> {
    return derived(() => {
        const counted = valueOf(latency).counts.reduce((all, count) => all + count, 0);
        if (counted === 0) {
            throw new Error("there was no request");
        }
        return valueOf(amountOf(sum)) / counted;
    });
}

/** Lookups in the cache. */
export function cacheCountsOf(cache: Counted): Observation<CacheCounts> {
    return derived(() => ({
        hits: having(cache, "result", "hit"),
        misses: having(cache, "result", "miss"),
        errors: having(cache, "result", "error"),
    }));
}

/** Events that users sent. */
export function eventCountsOf(events: Counted): Observation<{ readonly accepted: number; readonly recorded: number; readonly failed: number }> {
    return derived(() => ({
        accepted: having(events, "result", "accepted"),
        recorded: having(events, "result", "recorded"),
        failed: having(events, "result", "failed"),
    }));
}

/** Critical lines in the log. */
export function criticalLinesOf(lines: Counted): Observation<number> {
    return derived(() => having(lines, "level", "critical"));
}

/** Connections to the database that failed or broke. */
export function connectionErrorsOf({ metric, grown }: Counted): Observation<number> {
    return derived(() => whole(metric, valueOf(grown)));
}

/** The sum of increments as it is, for counters of other things than events. */
export function amountOf(increments: Increments): Observation<number> {
    return derived(() => valueOf(increments).reduce((sum, { amount }) => sum + amount, 0));
}

function having({ metric, grown }: Counted, label: string, wanted: string): number {
    const found = valueOf(grown).filter(({ labels }) => labels[label] === wanted);
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

/** Stands for an answer that failed and has no status: above all that there are. */
const failedWithoutStatus = 600;
/** Stands for an answer that has no status and did not fail, such as one whose caller gave up. */
const withoutStatus = 0;

function statusOf({ requests, statusLabel, withoutStatus: allowed }: PodSeries, labels: Increment["labels"]): number {
    const code = labels[statusLabel] ?? "";
    if (code === "" && allowed === "failed-with-error-type") {
        return (labels[errorTypeLabel] ?? "") === "" ? withoutStatus : failedWithoutStatus;
    }
    if (!/^[1-5]\d\d$/.test(code)) {
        throw new Error(`${requests} has a series with ${statusLabel}="${code}": the gate needs the status of every answer`);
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
