/**
 * One thing that was looked at. What could not be seen is `missing` with its reason, never a zero: an empty answer, NaN, an error, a warning of partial
 * data, several series where one is expected, a source that can't be reached.
 */
export type Observation<T> = { readonly kind: "observed"; readonly value: T } | { readonly kind: "missing"; readonly reason: string };

/** What `next` makes of an observed value; a missing one stays missing. */
export function chained<T, U>(observation: Observation<T>, next: (value: T) => Observation<U>): Observation<U> {
    return observation.kind === "missing" ? observation : next(observation.value);
}

/** Answers with a status from 400 to 499, by what they are about: the caller's identity, the caller's rights, an address that is not there, everything else. */
export interface ClientErrors {
    /** Status 401. */
    readonly unauthorized: number;
    /** Status 403. */
    readonly forbidden: number;
    /** Status 404. */
    readonly notFound: number;
    /** Any other status from 400 to 499, and all of them where the source does not tell them apart. */
    readonly other: number;
}

/** Requests of one revision over a window, as its pods counted them. Counters that were reset in between are added up, not subtracted. */
export interface RequestCounts {
    readonly total: number;
    /** Status 500 to 599. */
    readonly failed: number;
    /** Ran into a time limit. Absent where the pods do not count it. */
    readonly timedOut?: number;
    /** Absent in records from before it was counted. */
    readonly clientErrors?: ClientErrors;
}

/** Requests that a gateway sent to one revision's backend over a window, and what users got. Failed is what docs/gate.md says under 'What counts as failed'. */
export interface GatewayCounts {
    /** Requests that users got an answer to, or a broken connection. Attempts that were repeated don't count. */
    readonly total: number;
    /** Answers with status 500 to 599, time limits, resets and refusals. Each request once. */
    readonly failed: number;
    /** Ran into a time limit of the gateway. Part of `failed`. */
    readonly timedOut: number;
    /** The backend refused or reset the connection. Part of `failed`. */
    readonly unanswered: number;
    readonly clientErrors: ClientErrors;
    /** Attempts that the gateway repeated: pods counted these too, and users did not see them. */
    readonly retries: number;
}

/** A latency histogram over a window: `counts[i]` requests took at most `boundsSeconds[i]` and more than the bound before. The last bound is Infinity. */
export interface LatencyHistogram {
    readonly boundsSeconds: readonly number[];
    /** Not cumulative. */
    readonly counts: readonly number[];
}

/** Lookups in the cache over a window. */
export interface CacheCounts {
    readonly hits: number;
    readonly misses: number;
    readonly errors: number;
}

/** Memory of one pod over the window. */
export interface MemorySeries {
    readonly pod: string;
    /** Oldest first. */
    readonly samples: readonly { readonly atSeconds: number; readonly bytes: number }[];
}

/** One pod of a revision, as the API server has it. */
export interface PodState {
    readonly name: string;
    readonly ready: boolean;
    /** Sum over containers, init containers left out. */
    readonly restarts: number;
    /** Restarts that ended within the last ten minutes. */
    readonly recentRestarts: number;
    /** Restarts that ended since the step was entered. Absent where that isn't known: then all `restarts` count. */
    readonly restartsInStep?: number;
    /** Why a container waits, such as `CrashLoopBackOff`. */
    readonly waitingReason?: string;
}

/** The autoscaler of a revision, as the API server has it. */
export interface AutoscalerState {
    readonly minimum: number;
    readonly maximum: number;
    readonly current: number;
    readonly desired: number;
    /** Conditions with status `False` that should be `True`, or the other way round, in words. */
    readonly problems: readonly string[];
}

/** What is known of the scrapes behind a revision's metrics: the judge asks for fresh ones, and for more than one. */
export interface ScrapeState {
    /** Age of the newest sample of the pod that is furthest behind, in seconds. */
    readonly newestAgeSeconds: number;
    /** Distinct scrape times of the pod with the fewest, within the window. One scrape that is read ten times is one. */
    readonly fewestDistinct: number;
    /** Pods that are scraped. */
    readonly pods: number;
}

/**
 * What users got from one revision, by the gateway's own statistics of its backend.
 *
 * `waived`: the stack has no gateway whose statistics can be read, and says why. Only a lab may.
 */
export type GatewayView =
    | {
          readonly kind: "seen";
          /** Of the gateway's instances: `pods` is how many of them are scraped. */
          readonly scrapes: Observation<ScrapeState>;
          readonly requests: Observation<GatewayCounts>;
          /** As {@link RevisionEvidence.recentRequests}. */
          readonly recentRequests: Observation<number>;
          readonly latency: Observation<LatencyHistogram>;
      }
    | { readonly kind: "waived"; readonly reason: string };

/** A gateway's view of which nothing can be said. */
export function unseenGateway(reason: string): GatewayView {
    const nothing = { kind: "missing", reason } as const;
    return { kind: "seen", scrapes: nothing, requests: nothing, recentRequests: nothing, latency: nothing };
}

/** What is known of one revision over the window: what it says of itself, and under `gateway` what users got. */
export interface RevisionEvidence {
    readonly revision: string;
    readonly gateway: GatewayView;
    /**
     * Absent where the pods show metrics. `waived`: the profile says that they show none (metrics.kind is gateway-alone), so the gateway's view decides alone, and
     * what only pods could say is missing.
     */
    readonly ownMetrics?: { readonly kind: "waived"; readonly reason: string };
    readonly scrapes: Observation<ScrapeState>;
    readonly requests: Observation<RequestCounts>;
    /**
     * Requests within the last minute, or within the window where that is shorter. None means that traffic has stopped, and that the window holds the
     * past only: fresh scrapes don't show that.
     */
    readonly recentRequests: Observation<number>;
    readonly latency: Observation<LatencyHistogram>;
    /** Mean time to answer, in seconds. Nothing judges it; it is kept for the report. Absent in records of 0.2.0 and before. */
    readonly latencyMeanSeconds?: Observation<number>;
    readonly latencyOnHit: Observation<LatencyHistogram>;
    readonly latencyOnMiss: Observation<LatencyHistogram>;
    readonly cache: Observation<CacheCounts>;
    /** Mean CPU use over what the pods request, as a ratio. */
    readonly cpuUtilisation: Observation<number>;
    readonly memory: Observation<readonly MemorySeries[]>;
    readonly databasePool: Observation<{ readonly inUse: number; readonly size: number; readonly waiting: number }>;
    readonly databaseConnectionErrors: Observation<number>;
    readonly criticalLogLines: Observation<number>;
    readonly events: Observation<{ readonly accepted: number; readonly recorded: number; readonly failed: number }>;
    readonly pods: Observation<readonly PodState[]>;
    readonly autoscaler: Observation<AutoscalerState>;
}

/** How many requests a revision had: as its pods counted them or, where they show no metrics, as the gateway sent them. */
export function requestsOf({ ownMetrics, gateway, requests }: RevisionEvidence): Observation<number> {
    const counted: Observation<{ readonly total: number }> = ownMetrics !== undefined && gateway.kind === "seen" ? gateway.requests : requests;
    return counted.kind === "missing" ? counted : { kind: "observed", value: counted.value.total };
}

/** What a functional probe found. */
export type ProbeResult = { readonly kind: "passed" } | { readonly kind: "failed"; readonly reason: string };

/** Everything that a judgement is made of, as data: kept in the ledger with the verdict. */
export interface Evidence {
    /** When it was taken, by the API server's clock: ISO 8601. */
    readonly takenAt: string;
    /** What the metrics cover, in seconds: from the beginning of the step at the earliest, so never more than the soak so far. */
    readonly windowSeconds: number;
    /** How long the step has lasted, in seconds, by the API server's clock. */
    readonly soakedSeconds: number;
    readonly stable: RevisionEvidence;
    /** Absent when there is no candidate. */
    readonly candidate?: RevisionEvidence;
    /** Results of the probes that were run against the candidate. One that could not be run is a failed one. */
    readonly probes: Readonly<Record<string, ProbeResult>>;
}
