import type { ClusterAccess } from "./kubernetes.ts";

/** Whether this watcher is the one that watches. Times are ISO 8601, by the API server's clock. */
export type LeaseAnswer =
    /** It is, until `until` at least. `takenFrom`: whoever let it run out. */
    | { readonly kind: "held"; readonly until: string; readonly takenFrom?: string }
    /** Another one is. */
    | { readonly kind: "elsewhere"; readonly holder: string; readonly until: string }
    /** The API server can't be asked. */
    | { readonly kind: "unknown"; readonly reason: string };

/**
 * Which one of several watchers watches: a Lease of Kubernetes.
 *
 * It saves double work, and no safety depends on it: two watchers that both roll back do the same patch, and the second finds it done.
 */
export interface WatchLease {
    /** Takes the lease, renews it when it is held here, or takes it over when its holder let it run out. Call it three times in its duration. Never throws. */
    acquire(): Promise<LeaseAnswer>;
    /** Gives it up at once, so that the next one need not wait. Never throws. */
    release(): Promise<void>;
}

export interface WatchLeaseArgs extends ClusterAccess {
    readonly namespace: string;
    /** Name of the Lease: `watchLeaseName(service)` of components/watchdog-rights.ts. */
    readonly name: string;
    /** Who this is, unique among watchers: the pod's name, or host and process. */
    readonly holder: string;
    /** How long it counts without being renewed, in seconds. @default 15 */
    readonly durationSeconds?: number;
}

/** A lease over the API server. */
export declare function watchLease(args: WatchLeaseArgs): WatchLease;
