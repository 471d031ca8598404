import type { LoadCounts } from "../../lab/load/counts.ts";

/** How one bad release lost its users. */
export interface Reaction {
    /** From the first moment at which the candidate could answer with an error to the decision, in seconds. */
    readonly faultToVerdictSeconds: number;
    /** From that moment to the last answer that a user got from the candidate, in seconds. */
    readonly faultToZeroSeconds: number;
    /** Requests of users that failed, from the fault on. */
    readonly failedRequests: number;
}

/**
 * The reaction, as users saw it.
 *
 * @param moments milliseconds since the epoch: when the fault began, and when the watcher decided to roll back.
 */
export function reactionBetween(
    before: LoadCounts,
    after: LoadCounts,
    candidate: string,
    moments: { readonly faultAtMs: number; readonly verdictAtMs: number },
): Reaction {
    const lastMs = after.byRevision[candidate]?.lastEndedAtMs ?? Number.NaN;
    return {
        faultToVerdictSeconds: (moments.verdictAtMs - moments.faultAtMs) / 1_000,
        // Between two of its answers the candidate can lose its last user unseen.
        faultToZeroSeconds: (Math.max(lastMs, moments.verdictAtMs) - moments.faultAtMs) / 1_000,
        failedRequests: after.total.failures - before.total.failures,
    };
}

/** A reaction in one line. */
export function shownReaction({ faultToVerdictSeconds, faultToZeroSeconds, failedRequests }: Reaction): string {
    return `verdict after ${faultToVerdictSeconds.toFixed(2)} s, 0 % after ${faultToZeroSeconds.toFixed(2)} s, ${String(failedRequests)} failed requests`;
}
