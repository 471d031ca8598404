import type { Measure } from "../criterion.ts";

/** The number that a measure is held against, in the measure's unit, and on which side of it all is well. */
export interface Bound {
    readonly side: "below" | "above";
    readonly value: number;
    /** Whether the bound itself is well: `at most`, `at least`. */
    readonly inclusive: boolean;
}

/**
 * The bound of a measure. `none` for those that compare with the stable revision or ask for a state, `faulty` where there is no bound, or two.
 */
export function boundOf(measure: Measure): Bound | "none" | "faulty" {
    switch (measure.kind) {
        case "error-ratio":
        case "cpu-utilisation":
        case "memory":
        case "memory-growth":
        case "database-pool-utilisation":
        case "timeout-ratio":
            return bound("below", measure.below, undefined);
        case "latency-p95":
            return bound("below", measure.below, measure.atMost);
        case "cache-hit-ratio":
            return bound("above", measure.above, measure.atLeast);
        case "availability":
        case "events-recorded":
        case "ready-pods":
            return bound("above", undefined, measure.atLeast);
        case "restarts":
        case "crash-loop":
        case "database-connection-errors":
        case "critical-log-lines":
            return bound("below", undefined, measure.atMost);
        case "autoscaling":
        case "observed-split":
        case "error-ratio-against-stable":
        case "client-errors-against-stable":
        case "latency-against-stable":
        case "cache-against-stable":
        case "probe":
            return "none";
    }
}

/** Whether a value is well by the bound. Not a number keeps none. */
export function keeps(value: number, { side, value: limit, inclusive }: Bound): boolean {
    return (inclusive && value === limit) || (side === "below" ? value < limit : value > limit);
}

function bound(side: Bound["side"], exclusive: number | undefined, inclusive: number | undefined): Bound | "faulty" {
    if (exclusive !== undefined) {
        return inclusive === undefined ? { side, value: exclusive, inclusive: false } : "faulty";
    }
    return inclusive === undefined ? "faulty" : { side, value: inclusive, inclusive: true };
}
