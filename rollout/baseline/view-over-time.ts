import type { Observation } from "../gate/evidence.ts";
import type { Sample } from "../gate/statistics/trend.ts";

/** What one of the two, the gateway or the pods, shows over the window. */
export interface ViewOverTime {
    readonly view: "gateway" | "pods";
    /** One sample for each look that found data. */
    readonly looks: Observation<readonly Sample[]>;
    /** For each part that had requests, at its end: how many, the share that failed, and the 95th percentile of the time to answer, in seconds. */
    readonly requests: Observation<readonly Sample[]>;
    readonly errorRatio: Observation<readonly Sample[]>;
    readonly latencyP95Seconds: Observation<readonly Sample[]>;
}
