import { type Bound, boundOf } from "../rollout/gate/criteria.ts";
import { days, hours, minutes } from "../rollout/gate/gateway-series/promql.ts";
import { successCriteria } from "../service/criteria/steps.ts";

/** Words for the objectives: the label `slo` of their series and alerts. */
export type ObjectiveId = "availability" | "latency-hit" | "latency-miss" | "cache-hit";

/** What users are promised. */
export interface Objective {
    readonly id: ObjectiveId;
    /** What people read. */
    readonly title: string;
    /** Share of events that must be good, as a ratio. */
    readonly target: number;
    /** The slowest answer that is good, in seconds. Only for latency. */
    readonly boundSeconds?: number;
    /** Id of the criterion in service/criteria that the number comes from. */
    readonly criterion: string;
}

/** The share of answers that a 95th percentile is about. */
const ninetyFifth = 0.95;

/** The objectives. Their numbers are those that a finished rollout is a success by: checklist, 'Success Metrics'. */
export const objectives: readonly Objective[] = [
    { id: "availability", title: "Requests are answered", target: boundFor("success-availability").value, criterion: "success-availability" },
    {
        id: "latency-hit",
        title: "Answers from the cache are fast",
        target: ninetyFifth,
        boundSeconds: boundFor("success-latency-p95-hit").value,
        criterion: "success-latency-p95-hit",
    },
    {
        id: "latency-miss",
        title: "Answers that missed the cache are fast",
        target: ninetyFifth,
        boundSeconds: boundFor("success-latency-p95-miss").value,
        criterion: "success-latency-p95-miss",
    },
    { id: "cache-hit", title: "The cache knows the answer", target: boundFor("success-cache-hit").value, criterion: "success-cache-hit" },
];

/** Time that an error budget is for, in days. */
export const periodDays = 30;

/** A pair of windows: the long one says that it matters, the short one that it still goes on. */
export interface BurnWindow {
    readonly severity: "critical" | "warning";
    readonly longSeconds: number;
    readonly shortSeconds: number;
    /** Share of the whole budget that is gone when it has burnt like this for the long window, as a ratio. */
    readonly budgetShare: number;
}

/**
 * When a burning budget pages the engineer on call, and when it is a ticket.
 *
 * @see https://sre.google/workbook/alerting-on-slos/ table 5-8, and its two windows for tickets
 */
export const burnWindows: readonly BurnWindow[] = [
    { severity: "critical", longSeconds: hours(1), shortSeconds: minutes(5), budgetShare: 0.02 },
    { severity: "critical", longSeconds: hours(6), shortSeconds: minutes(30), budgetShare: 0.05 },
    { severity: "warning", longSeconds: days(1), shortSeconds: hours(2), budgetShare: 0.1 },
    { severity: "warning", longSeconds: days(3), shortSeconds: hours(6), budgetShare: 0.1 },
];

/** How many times faster than allowed a budget burns when `budgetShare` of it is gone within the long window. 1 spends it exactly in {@link periodDays}. */
export function burnRate({ budgetShare, longSeconds }: BurnWindow): number {
    return Number(((budgetShare * days(periodDays)) / longSeconds).toPrecision(6));
}

/** The share of events that may be bad, as a ratio. */
export function errorBudget({ target }: Objective): number {
    return Number((1 - target).toPrecision(6));
}

/** Every window that a bad-event ratio is recorded over, shortest first, in seconds. */
export const recordedWindows: readonly number[] = [...new Set(burnWindows.flatMap(({ longSeconds, shortSeconds }) => [shortSeconds, longSeconds]))].toSorted(
    (one, other) => one - other,
);

/** The objective with this id. */
export function objective(id: ObjectiveId): Objective {
    const found = objectives.find((each) => each.id === id);
    if (found === undefined) {
        throw new RangeError(`there is no objective '${id}'`);
    }
    return found;
}

function boundFor(criterionId: string): Bound {
    const found = successCriteria.find(({ id }) => id === criterionId);
    const bound = found === undefined ? "faulty" : boundOf(found.measure);
    if (bound === "none" || bound === "faulty") {
        throw new RangeError(`rollout/gate/criteria has no bound '${criterionId}': name a criterion of the success criteria`);
    }
    return bound;
}
