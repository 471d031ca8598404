import { type Bound, boundOf, criteriaAt, findCriteria } from "../rollout/gate/criteria.ts";
import type { Criterion, Measure, Subject } from "../rollout/gate/criterion.ts";
import type { Step, Weight } from "../rollout/plan/plan.ts";
import { everyCriterionOf } from "../rollout/profile/profile.ts";
import { number } from "../rollout/gate/gateway-series/promql.ts";
import type { Scope } from "./scope.ts";

/** The profile whose numbers are asked for. */
type Profiled = Pick<Scope, "profile">;

/** A bound of the gate out of a step. */
export interface GateBound {
    readonly step: Step;
    readonly criterion: Criterion;
    readonly bound: Bound;
}

/** Every criterion of a profile, each once. */
export function everyCriterion({ profile }: Profiled): readonly Criterion[] {
    const criteria = [...profile.criteria.flatMap((step) => everyCriterionOf(step)), ...profile.successCriteria];
    return [...new Map(criteria.map((criterion) => [criterion.id, criterion])).values()];
}

/** Ids of the criteria that an alert on one measure watches: those of `subject` whose measure is of that kind. */
export function criteriaOn(
    scope: Profiled,
    kind: Measure["kind"],
    subject: Subject,
    isMeant: (criterion: Criterion) => boolean = () => true,
): readonly string[] {
    return everyCriterion(scope)
        .filter((criterion) => criterion.measure.kind === kind && criterion.subject === subject && isMeant(criterion))
        .map(({ id }) => id);
}

/** The criterion on a measure by which a candidate is rolled back at once, or looked into, at whatever step. Undefined where the profile has none. */
export function standingOn({ profile }: Profiled, list: "atOnce" | "investigate", kind: Measure["kind"]): Criterion | undefined {
    return profile.criteria.flatMap((step) => step[list]).find(({ measure }) => measure.kind === kind);
}

/** The criterion on a measure in the gate out of the step at a weight. Undefined where it has none. */
export function gateOn({ profile }: Profiled, weightPercent: Weight, kind: Measure["kind"], subject: Subject): Criterion | undefined {
    return findCriteria(profile, weightPercent)?.gate.find((criterion) => criterion.measure.kind === kind && criterion.subject === subject);
}

/** What is made of a criterion, as a list: empty where the profile has none. */
export function madeOf<T>(criterion: Criterion | undefined, make: (criterion: Criterion) => T): readonly T[] {
    return criterion === undefined ? [] : [make(criterion)];
}

/** The bound of a criterion. @throws {RangeError} when it compares two revisions or asks for a state. */
export function boundIn(criterion: Criterion): Bound {
    const bound = boundOf(criterion.measure);
    if (bound === "none" || bound === "faulty") {
        throw new RangeError(`the criterion '${criterion.id}' has no number to alert on`);
    }
    return bound;
}

/** Bounds on one measure in the gates of the plan, step by step, with traffic on the candidate. */
export function gateBounds(
    { profile }: Profiled,
    kind: Measure["kind"],
    subject: Subject,
    isMeant: (measure: Measure) => boolean = () => true,
): readonly GateBound[] {
    return profile.plan.steps
        .filter(({ weightPercent }) => weightPercent > 0)
        .flatMap((step) =>
            criteriaAt(profile, step.weightPercent)
                .gate.filter(({ measure, subject: of }) => measure.kind === kind && of === subject && isMeant(measure))
                .map((criterion) => ({ step, criterion, bound: boundIn(criterion) })),
        );
}

/** The comparison that is true where a bound is broken: `>= 0.005` for 'below 0.5 %'. */
export function broken({ side, value, inclusive }: Bound): string {
    const operator = side === "below" ? (inclusive ? ">" : ">=") : inclusive ? "<" : "<=";
    return `${operator} ${number(value)}`;
}
