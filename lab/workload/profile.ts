import type { Delivery, Failure } from "./failure.ts";

/** How a simulated revision behaves. All rates are per request, all ratios from 0 to 1. */
export interface Profile {
    /** What it is for, in one line. */
    readonly description: string;
    /** 95th percentile of the time to answer, in milliseconds: from the cache, past it, and where no cache is read. */
    readonly latencyP95Ms: { readonly hit: number; readonly miss: number; readonly none: number };
    /**
     * Spread of the time to answer: sigma of the log-normal distribution. 0.5 is a usual web service; a slow profile has less, so that its tail stays below the time limits and
     * it is slow without being erroneous.
     */
    readonly latencySpread: number;
    readonly cacheHitRatio: number;
    /** Share of requests that fail, and how the pod answers them. */
    readonly errorRatio: number;
    readonly errorKind: Exclude<Failure, "no-connection" | "timeout">;
    /**
     * Share of requests that never get a whole answer, and how they end: the pod says nothing more, or resets the connection before the headers or amid the body. The pod's
     * own counters tell nothing of those that hang or are reset before the headers, and of the others that they were answered.
     */
    readonly brokenRatio: number;
    readonly brokenKind: Exclude<Delivery, "whole">;
    /** Whether no connection to the pod's users' port can be made. */
    readonly refuses: boolean;
    /** Growth of a process's memory, in MiB a minute. Scaled by the revision's FAULT_LEAK_FACTOR. */
    readonly memoryGrowthMebibytesPerMinute: number;
    /** Whether the process ends soon after each start, again and again. */
    readonly crashes: boolean;
    /** Share of requests that need a connection to the database and can't have one. They fail with 500, after a wait. Above 0, the pool is shown as exhausted. */
    readonly databaseConnectionErrorRatio: number;
    /** Whether engagement events that were accepted are handed to Kafka. */
    readonly recordsEvents: boolean;
    /** Share of requests that write a critical line to the log, whatever the answer is. */
    readonly criticalLogRatio: number;
}

/** What a revision of the plan's good kind does: within every bound of the checklist, with room. */
const healthy: Profile = {
    description: "within every bound of the plan",
    latencyP95Ms: { hit: 40, miss: 180, none: 30 },
    latencySpread: 0.5,
    cacheHitRatio: 0.97,
    // A healthy revision must be able to show within a shortened soak, and not by luck, that it is below 0.1 %.
    errorRatio: 0.000_02,
    errorKind: "broken",
    brokenRatio: 0,
    brokenKind: "hangs",
    refuses: false,
    memoryGrowthMebibytesPerMinute: 0,
    crashes: false,
    databaseConnectionErrorRatio: 0,
    recordsEvents: true,
    criticalLogRatio: 0,
};

/** Every profile by its name: the value of the setting FAULT_PROFILE. Each differs from `healthy` in one thing, so that a test sees which criterion finds it. */
export const profiles = {
    healthy,
    slow: {
        ...healthy,
        description: "95th percentile far above 1000 ms: roll back at once",
        latencyP95Ms: { hit: 1_250, miss: 1_350, none: 1_250 },
        latencySpread: 0.2,
    },
    "slightly-slow": {
        ...healthy,
        description: "95th percentile about 450 ms: too slow for a step, not for an alarm",
        latencyP95Ms: { hit: 445, miss: 480, none: 445 },
        latencySpread: 0.25,
    },
    erroring: { ...healthy, description: "half of the answers are 500: roll back at once", errorRatio: 0.5 },
    "slightly-erroring": { ...healthy, description: "0.4 % of the answers are 500: above a step's bound, below an alarm's", errorRatio: 0.004 },
    unavailable: { ...healthy, description: "half of the answers are 503, given by the pod itself", errorRatio: 0.5, errorKind: "unavailable" },
    hanging: { ...healthy, description: "half of the requests are accepted and never answered", brokenRatio: 0.5 },
    resetting: { ...healthy, description: "half of the requests end with a reset before the headers", brokenRatio: 0.5, brokenKind: "reset" },
    "resetting-late": { ...healthy, description: "half of the answers end with a reset amid the body", brokenRatio: 0.5, brokenKind: "reset-late" },
    refusing: { ...healthy, description: "no connection can be made, though the pods are ready", refuses: true },
    "bad-requests": { ...healthy, description: "30 % of the answers are 400", errorRatio: 0.3, errorKind: "bad-request" },
    unauthorized: { ...healthy, description: "30 % of the answers are 401", errorRatio: 0.3, errorKind: "unauthorized" },
    forbidden: { ...healthy, description: "30 % of the answers are 403", errorRatio: 0.3, errorKind: "forbidden" },
    "not-found": { ...healthy, description: "30 % of the answers are 404", errorRatio: 0.3, errorKind: "not-found" },
    "cache-cold": { ...healthy, description: "4 of 10 lookups miss the cache", cacheHitRatio: 0.6 },
    leaking: { ...healthy, description: "memory grows until the process is killed", memoryGrowthMebibytesPerMinute: 20 },
    "crash-looping": { ...healthy, description: "the process ends soon after each start", crashes: true },
    "database-starved": {
        ...healthy,
        description: "no free connection to the database: slow, and some requests fail",
        latencyP95Ms: { hit: 60, miss: 1_400, none: 60 },
        latencySpread: 0.2,
        cacheHitRatio: 0.9,
        databaseConnectionErrorRatio: 0.3,
    },
    silent: { ...healthy, description: "engagement events are accepted and lost", recordsEvents: false },
    "log-noisy": { ...healthy, description: "critical lines in the log, with good answers", criticalLogRatio: 0.01 },
} as const satisfies Readonly<Record<string, Profile>>;

/** Name of a profile. */
export type ProfileName = keyof typeof profiles;

/** All names, in the order of the table. */
export const profileNames = [
    "healthy",
    "slow",
    "slightly-slow",
    "erroring",
    "slightly-erroring",
    "unavailable",
    "hanging",
    "resetting",
    "resetting-late",
    "refusing",
    "bad-requests",
    "unauthorized",
    "forbidden",
    "not-found",
    "cache-cold",
    "leaking",
    "crash-looping",
    "database-starved",
    "silent",
    "log-noisy",
] as const satisfies readonly ProfileName[];

/** Whether a text names a profile. */
export function isProfileName(text: string): text is ProfileName {
    return Object.hasOwn(profiles, text);
}
