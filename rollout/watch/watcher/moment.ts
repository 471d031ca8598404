/** A moment by two clocks. One of them stands still while a computer sleeps, on most systems; the other one can be set. */
export interface Moment {
    /** Seconds of a clock that only goes forward. */
    readonly monotonicSeconds: number;
    /** Seconds since 1970. */
    readonly wallSeconds: number;
}

/** Seconds from `from` to `to`, by the clock that counted more of them. Never below 0. */
export function secondsBetween(from: Moment, to: Moment): number {
    return Math.max(0, to.monotonicSeconds - from.monotonicSeconds, to.wallSeconds - from.wallSeconds);
}

/**
 * Seconds in which the watcher was not there: asleep with its computer, stopped, or starved of time. 0 where it was there all the time.
 *
 * @param longestSeconds what may lie between two signs of life of a watcher that is there.
 */
export function absenceBetween(from: Moment, to: Moment, longestSeconds: number): number {
    const monotonic = to.monotonicSeconds - from.monotonicSeconds;
    const wall = to.wallSeconds - from.wallSeconds;
    return monotonic > longestSeconds || wall > longestSeconds || wall - monotonic > mostDriftSeconds ? secondsBetween(from, to) : 0;
}

/** How far the clocks may drift apart between two looks, in seconds. Time services correct less than that at once in a clock that is in use. */
const mostDriftSeconds = 5;
