/** Characters that a reason has at the least: enough for a few words, so that `ok` and `-` are none. */
export const shortestReason = 15;

/** Somebody's decision to take one step although a condition is not met. It is bound to one content and one step, ends by itself, and is shown in every report. */
export interface Override {
    /** `approvalDigest` (approval.ts) of the step. */
    readonly digest: string;
    /** Ids of the criteria that are lifted, or `soak`, or `approvals`. Never empty, and never a criterion that rolls back at once. */
    readonly lifts: readonly string[];
    /** Why, in a sentence. */
    readonly reason: string;
    /** Who decided. */
    readonly identity: string;
    /** Whether something other than the person's own word vouches for the identity. */
    readonly verified: boolean;
    /** ISO 8601, UTC, by the API server's clock. */
    readonly at: string;
    /** ISO 8601, UTC. The override counts before this moment. */
    readonly expiresAt: string;
}
