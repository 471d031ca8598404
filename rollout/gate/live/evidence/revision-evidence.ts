import { defined } from "../../../defined.ts";
import {
    type AutoscalerState,
    type GatewayView,
    type MemorySeries,
    type Observation,
    type PodState,
    type RevisionEvidence,
    chained,
    unseenGateway,
} from "../../evidence.ts";
import { type PodSeries, absenceOf, bucketsOf, sumOf } from "../../pod-series.ts";
import { incrementsOf } from "./counting.ts";
import {
    type Counted,
    amountOf,
    cacheCountsOf,
    connectionErrorsOf,
    criticalLinesOf,
    derived,
    eventCountsOf,
    latencyOf,
    meanOf,
    requestCountsOf,
    statusCountsOf,
    valueOf,
} from "./observation.ts";
import type { LivePod } from "./pod-reader.ts";
import { cpuUtilisationOf, scrapeStateOf } from "./scrape-state.ts";
import { type RevisionMetrics, notNamed } from "./window-metrics.ts";

/** All that was seen of one revision. */
export interface SeenRevision {
    readonly revision: string;
    readonly gateway: GatewayView;
    /** What its pods show; `waived` where the profile says that they show nothing. */
    readonly metrics: Observation<RevisionMetrics> | { readonly kind: "waived"; readonly reason: string };
    readonly pods: Observation<readonly LivePod[]>;
    readonly autoscaler: Observation<AutoscalerState>;
}

/** Brings what was seen of a revision into the judge's form. */
export function revisionEvidence(
    { revision, gateway, metrics: own, pods, autoscaler }: SeenRevision,
    series: PodSeries | undefined,
    scrapeIntervalSeconds: number,
): RevisionEvidence {
    const states = chained(pods, (live): RevisionEvidence["pods"] => ({ kind: "observed", value: live.map(stateOf) }));
    if (series === undefined || own.kind === "waived") {
        const reason = own.kind === "observed" ? "the profile names no metrics of the pods" : own.reason;
        return { ...unseenRevision(revision, reason), gateway, pods: states, autoscaler, ...(own.kind === "waived" ? { ownMetrics: own } : {}) };
    }
    const metrics = own;
    const counted = (metric: string, absent?: ReturnType<typeof absenceOf>): ReturnType<typeof incrementsOf> =>
        chained(metrics, ({ readings }) => chained(readings, (all) => incrementsOf(metric, all, absent)));
    const named = <T>(metric: string | undefined, what: string, read: (of: Counted) => Observation<T>): Observation<T> =>
        metric === undefined ? notNamed(what) : read({ metric, grown: counted(metric) });
    const absent = absenceOf(series);
    const buckets = counted(bucketsOf(series), absent);
    const { timeouts } = series;
    const onCache = (cache: "hit" | "miss") => (series.cacheLabel === undefined ? notNamed("cache") : latencyOf(series, buckets, cache));
    return {
        revision,
        gateway,
        scrapes: chained(metrics, (own) => chained(pods, (live) => scrapeStateOf(revision, own, live, scrapeIntervalSeconds))),
        requests: requestCountsOf(
            series,
            counted(series.requests, absent),
            timeouts === undefined ? undefined : { metric: timeouts, grown: counted(timeouts) },
        ),
        recentRequests: recentRequestsOf(series, metrics),
        latency: latencyOf(series, buckets),
        latencyMeanSeconds: meanOf(latencyOf(series, buckets), counted(sumOf(series), absent)),
        latencyOnHit: onCache("hit"),
        latencyOnMiss: onCache("miss"),
        cache: named(series.cache, "cache", cacheCountsOf),
        cpuUtilisation: named(series.cpu, "CPU time", ({ grown }) =>
            derived(() => valueOf(cpuUtilisationOf(valueOf(amountOf(grown)), valueOf(metrics), valueOf(pods)))),
        ),
        memory: chained(metrics, ({ memory }) => chained(memory, (series) => ofPresentPods(series, pods))),
        databasePool: chained(metrics, ({ databasePool }): RevisionEvidence["databasePool"] => databasePool),
        databaseConnectionErrors: named(series.connectionErrors, "database connections", connectionErrorsOf),
        criticalLogLines: named(series.logLines, "log", criticalLinesOf),
        events: named(series.events, "events", eventCountsOf),
        pods: states,
        autoscaler,
    };
}

/** A revision of which nothing can be said. */
export function unseenRevision(revision: string, reason: string): RevisionEvidence {
    const nothing = { kind: "missing", reason } as const;
    return {
        revision,
        gateway: unseenGateway(reason),
        scrapes: nothing,
        requests: nothing,
        recentRequests: nothing,
        latency: nothing,
        latencyOnHit: nothing,
        latencyOnMiss: nothing,
        cache: nothing,
        cpuUtilisation: nothing,
        memory: nothing,
        databasePool: nothing,
        databaseConnectionErrors: nothing,
        criticalLogLines: nothing,
        events: nothing,
        pods: nothing,
        autoscaler: nothing,
    };
}

function recentRequestsOf(series: PodSeries, metrics: Observation<RevisionMetrics>): Observation<number> {
    return derived(() => {
        const readings = valueOf(valueOf(metrics).recentReadings);
        if (readings.length === 0) {
            throw new Error("no pod was scraped within the last minute");
        }
        return valueOf(statusCountsOf(series, incrementsOf(series.requests, readings, absenceOf(series)))).total;
    });
}

/** Memory of the pods that are still there: one that went away grows no more, and has too few samples for a trend. */
function ofPresentPods(series: readonly MemorySeries[], pods: SeenRevision["pods"]): Observation<readonly MemorySeries[]> {
    const present = pods.kind === "missing" ? series : series.filter(({ pod }) => pods.value.some(({ name }) => name === pod));
    return present.length === 0 ? { kind: "missing", reason: "no pod that is there was scraped" } : { kind: "observed", value: present };
}

function stateOf({ name, ready, restarts, recentRestarts, restartsInStep, waitingReason }: LivePod): PodState {
    return {
        name,
        ready,
        restarts,
        recentRestarts,
        ...defined({ restartsInStep, waitingReason }),
    };
}
