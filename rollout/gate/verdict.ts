/**
 * What evidence says. `pass` is only given for what is shown; what is not shown is a `hold`.
 */
export type Verdict = "pass" | "hold" | "rollback";

/**
 * Why a criterion does not pass.
 *
 * `breached`: it is shown that the bound is not kept. `unproven`: what was seen is neither enough to show that it is kept, nor that it is not; more
 * requests or time may. `unseen`: it could not be looked at, or what came back is no measurement.
 */
export type Shortfall = "breached" | "unproven" | "unseen";

/** Why, for one criterion. */
export interface Reason {
    /** Id of the criterion. */
    readonly criterion: string;
    readonly verdict: Verdict;
    /** Why it does not pass. Absent exactly when it passes. */
    readonly shortfall?: Shortfall;
    /** What people read: `errors 0.42 % of 5,210 requests, bound 0.1 %`. */
    readonly text: string;
    /** What was measured, in the measure's unit. Absent when nothing could be. */
    readonly value?: number;
    /** The bound it was held against, in the same unit. Absent where the bound is another revision. */
    readonly bound?: number;
    /** How many samples stand behind it: requests, lookups, scrapes, pods. */
    readonly samples: number;
    /** Samples that a pass needs at the least. Absent where the number of samples plays no part. */
    readonly neededSamples?: number;
}

/** A judgement: the worst of its reasons, and all of them. */
export interface Judgement {
    readonly verdict: Verdict;
    /** One for each criterion, in the order of the criteria. Never empty: a gate without criteria holds. */
    readonly reasons: readonly Reason[];
}
