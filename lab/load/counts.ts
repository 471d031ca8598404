/** Bounds of the latency histogram, in milliseconds: those of the service's own histogram, see docs/service-contract.md. The last bucket, without a bound, holds the rest. */
export const latencyBoundsMs = [5, 10, 25, 50, 75, 100, 150, 200, 250, 300, 400, 500, 750, 1_000, 2_500, 5_000] as const;

/** Revision under which answers count that name none: those of the gateway itself, and requests that got no answer. */
export const unknownRevision = "unknown";

/** What users saw of one revision. */
export interface UserCounts {
    /** Requests that ended, well or not. */
    readonly requests: number;
    /** Those that failed: a status from 500 to 599, a connection error, a timeout. */
    readonly failures: number;
    /** Why they failed: a status such as `503`, `connection` or `timeout`. Adds up to `failures`. */
    readonly failuresByReason: Readonly<Record<string, number>>;
    /** Requests in each bucket of {@link latencyBoundsMs}, not cumulative, with one more bucket for the rest. The time counts from the moment a user wanted to send. */
    readonly latency: readonly number[];
    /** When the newest of them ended, in milliseconds since the epoch; 0 when there is none. Shows when a revision lost its last user. */
    readonly lastEndedAtMs: number;
}

/** What users saw in one second. */
export interface SecondCounts {
    /** Start of the second, in milliseconds since the epoch. A request counts in the second in which it ended. */
    readonly atMs: number;
    readonly byRevision: Readonly<Record<string, UserCounts>>;
}

/** What users saw, in all and second by second. */
export interface LoadCounts {
    /** Milliseconds since the epoch. */
    readonly startedAtMs: number;
    /** When this was counted, in milliseconds since the epoch. */
    readonly countedAtMs: number;
    /** Requests that were sent. Those without an end yet are in no other number. */
    readonly sent: number;
    /** Requests that were due and not sent, because too many were waiting for an answer. Above 0, users were worse off than the other numbers say. */
    readonly notSent: number;
    /** All revisions together. */
    readonly total: UserCounts;
    readonly byRevision: Readonly<Record<string, UserCounts>>;
    /** Oldest first. The newest second may not be over. A second in which nothing ended has no entry. */
    readonly seconds: readonly SecondCounts[];
}
