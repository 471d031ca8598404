/** What a baseline must have before it says something. The stack config sets them: `preflight.baseline`. */
export interface BaselineLimits {
    /** How long it covers at the least, in hours. */
    readonly hours: number;
    /** Fewest requests. */
    readonly requests: number;
    /** Least share of the window that has data, in percent. */
    readonly coveredPercent: number;
    /** Longest time without data, in minutes. */
    readonly gapMinutes: number;
}

/**
 * - 24 hours: the checklist's 'Baseline Report'.
 * - 10,000 requests: 3,434 are the fewest that show errors below 0.1 %, with none among them (docs/gate-statistics.md); three times as many leave room for
 *   some.
 * - 95 % and 15 minutes: a scrape now and then may be lost, and a gap as long as the shortest soak of a plan may hide what a step would have shown.
 */
export const defaultBaselineLimits: BaselineLimits = { hours: 24, requests: 10_000, coveredPercent: 95, gapMinutes: 15 };

/** Parts that the window is divided into, and the fewest requests in each: 68 show a 95th percentile (docs/gate-statistics.md). */
export const partsOfWindow = 4;
export const fewestInPart = 100;
