import type { Observation } from "../rollout/evidence.ts";

/** Requests of one pod since the look before. */
export interface PodRequestCounts {
    readonly total: number;
    /** Status 500 to 599. */
    readonly failed: number;
    /** Took more than one second. */
    readonly slow: number;
    /** Time between both looks, in seconds. */
    readonly overSeconds: number;
}

/** A pod to ask. */
export interface PodTarget {
    readonly name: string;
    /** IPv4 or IPv6 without brackets. Left out: the pod has none yet, and is reported as missing. */
    readonly address?: string;
}

/** What one pod's own metrics say. */
export interface PodLook {
    readonly pod: string;
    /** Missing at the first look at a process that was there before, as there is nothing to compare with, and whenever the pod can't be asked. */
    readonly counts: Observation<PodRequestCounts>;
}

/** Asks pods for their metrics themselves, for a verdict within a second or two, sooner than scrapes allow. It keeps what it saw last. */
export interface PodMetrics {
    /** Asks all `targets` at once. One look for each, in the same order. Never throws. */
    look(targets: readonly PodTarget[]): Promise<readonly PodLook[]>;
    /** Closes its connections. */
    close(): Promise<void>;
}
