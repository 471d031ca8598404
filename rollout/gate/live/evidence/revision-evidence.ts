import { defined } from "../../../defined.ts";
import {
    type AutoscalerState,
    type GatewayView,
    type MemorySeries,
    type Observation,
    type PodState,
    type RevisionEvidence,
    unseenGateway,
} from "../../evidence.ts";
import { incrementsOf } from "./counting.ts";
import {
    amountOf,
    cacheCountsOf,
    connectionErrorsOf,
    criticalLinesOf,
    derived,
    eventCountsOf,
    latencyOf,
    metricNames,
    requestCountsOf,
    statusCountsOf,
    valueOf,
} from "./observation.ts";
import type { LivePod } from "./pod-reader.ts";
import { cpuUtilisationOf, scrapeStateOf } from "./scrape-state.ts";
import type { RevisionMetrics } from "./window-metrics.ts";

/** All that was seen of one revision. */
export interface SeenRevision {
    readonly revision: string;
    readonly gateway: GatewayView;
    readonly metrics: Observation<RevisionMetrics>;
    readonly pods: Observation<readonly LivePod[]>;
    readonly autoscaler: Observation<AutoscalerState>;
}

/** Brings what was seen of a revision into the judge's form. */
export function revisionEvidence({ revision, gateway, metrics, pods, autoscaler }: SeenRevision, scrapeIntervalSeconds: number): RevisionEvidence {
    const counted = (metric: string): ReturnType<typeof incrementsOf> =>
        chained(metrics, ({ readings }) => chained(readings, (all) => incrementsOf(metric, all)));
    const buckets = counted(metricNames.latencyBuckets);
    const cpu = amountOf(counted(metricNames.cpu));
    return {
        revision,
        gateway,
        scrapes: chained(metrics, (own) => chained(pods, (live) => scrapeStateOf(revision, own, live, scrapeIntervalSeconds))),
        requests: requestCountsOf(counted(metricNames.requests), counted(metricNames.timeouts)),
        recentRequests: recentRequestsOf(metrics),
        latency: latencyOf(buckets),
        latencyOnHit: latencyOf(buckets, "hit"),
        latencyOnMiss: latencyOf(buckets, "miss"),
        cache: cacheCountsOf(counted(metricNames.cache)),
        cpuUtilisation: derived(() => valueOf(cpuUtilisationOf(valueOf(cpu), valueOf(metrics), valueOf(pods)))),
        memory: chained(metrics, ({ memory }) => chained(memory, (series) => ofPresentPods(series, pods))),
        databasePool: chained(metrics, ({ databasePool }): RevisionEvidence["databasePool"] => databasePool),
        databaseConnectionErrors: connectionErrorsOf(counted(metricNames.connectionErrors)),
        criticalLogLines: criticalLinesOf(counted(metricNames.logLines)),
        engagementEvents: eventCountsOf(counted(metricNames.events)),
        pods: chained(pods, (live) => ({ kind: "observed", value: live.map(stateOf) })),
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
        engagementEvents: nothing,
        pods: nothing,
        autoscaler: nothing,
    };
}

/** What `next` makes of an observed value; a missing one stays missing. */
function chained<T, U>(observation: Observation<T>, next: (value: T) => Observation<U>): Observation<U> {
    return observation.kind === "missing" ? observation : next(observation.value);
}

function recentRequestsOf(metrics: Observation<RevisionMetrics>): Observation<number> {
    return derived(() => {
        const readings = valueOf(valueOf(metrics).recentReadings);
        if (readings.length === 0) {
            throw new Error("no pod was scraped within the last minute");
        }
        return valueOf(statusCountsOf(incrementsOf(metricNames.requests, readings))).total;
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
