import { days, hours, minutes } from "../rollout/gate/gateway-series/promql.ts";
import type { Criterion } from "../rollout/gate/criterion.ts";
import { boundIn, madeOf } from "./bounds.ts";
import type { Scope } from "./scope.ts";

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
    /** The success criterion that the number comes from. */
    readonly criterion: Criterion;
}

/** The share of answers that a 95th percentile is about. */
const ninetyFifth = 0.95;

/**
 * The objectives of a profile. Their numbers are those that a finished rollout is a success by: what is not among its success criteria is no promise.
 */
export function objectivesOf({ profile }: Pick<Scope, "profile">): readonly Objective[] {
    const { successCriteria } = profile;
    const on = (kind: "availability" | "cache-hit-ratio"): Criterion | undefined => successCriteria.find(({ measure }) => measure.kind === kind);
    const latency = (cache: "hit" | "miss"): Criterion | undefined =>
        successCriteria.find(({ measure }) => measure.kind === "latency-p95" && measure.cache === cache);
    const share =
        (id: ObjectiveId, title: string) =>
        (criterion: Criterion): Objective => ({ id, title, target: boundIn(criterion).value, criterion });
    const fast =
        (id: ObjectiveId, title: string) =>
        (criterion: Criterion): Objective => ({
            id,
            title,
            target: ninetyFifth,
            boundSeconds: boundIn(criterion).value,
            criterion,
        });
    return [
        ...madeOf(on("availability"), share("availability", "Requests are answered")),
        ...madeOf(latency("hit"), fast("latency-hit", "Answers from the cache are fast")),
        ...madeOf(latency("miss"), fast("latency-miss", "Answers that missed the cache are fast")),
        ...madeOf(on("cache-hit-ratio"), share("cache-hit", "The cache knows the answer")),
    ];
}

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

/** What is made of an objective, as a list: empty where the profile does not promise it. */
export function madeOfObjective<T>(scope: Pick<Scope, "profile">, id: ObjectiveId, make: (objective: Objective) => T): readonly T[] {
    return objectivesOf(scope)
        .filter((objective) => objective.id === id)
        .map(make);
}
