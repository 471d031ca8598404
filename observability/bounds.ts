import { type Bound, boundOf, criteriaAt, everyCriterionAt } from "../rollout/gate/criteria.ts";
import type { Criterion, Measure, Subject } from "../rollout/gate/criterion.ts";
import type { Step } from "../rollout/plan/plan.ts";
import { number } from "../rollout/gate/gateway-series/promql.ts";
import { profile } from "../service/profile.ts";
import { successCriteria } from "../service/criteria/steps.ts";
import { plan } from "../service/plan.ts";

/** A bound of the gate out of a step. */
export interface GateBound {
    readonly step: Step;
    readonly criterion: Criterion;
    readonly bound: Bound;
}

/** Every criterion of the plan.steps, each once. */
export const everyCriterion: readonly Criterion[] = [
    ...new Map(
        [...plan.steps.flatMap(({ weightPercent }) => everyCriterionAt(profile, weightPercent)), ...successCriteria].map((criterion) => [
            criterion.id,
            criterion,
        ]),
    ).values(),
];

/** Ids of the criteria that an alert on one measure watches: those of `subject` whose measure is of that kind. */
export function criteriaOn(kind: Measure["kind"], subject: Subject, isMeant: (criterion: Criterion) => boolean = () => true): readonly string[] {
    return everyCriterion.filter((criterion) => criterion.measure.kind === kind && criterion.subject === subject && isMeant(criterion)).map(({ id }) => id);
}

/** The bound of a criterion. @throws {RangeError} when it compares two revisions or asks for a state. */
export function boundIn(criterion: Criterion): Bound {
    const bound = boundOf(criterion.measure);
    if (bound === "none" || bound === "faulty") {
        throw new RangeError(`the criterion '${criterion.id}' has no number to alert on`);
    }
    return bound;
}

/** The criterion of a list by its id. @throws {RangeError} when it is not there: an alert must not outlive the number that it watches. */
export function criterionIn(criteria: readonly Criterion[], id: string): Criterion {
    const found = criteria.find((criterion) => criterion.id === id);
    if (found === undefined) {
        throw new RangeError(`there is no criterion '${id}' in rollout/gate/criteria; there are ${criteria.map((each) => each.id).join(", ")}`);
    }
    return found;
}

/** Bounds on one measure in the gates of the plan.steps, step by step, with traffic on the candidate. */
export function gateBounds(kind: Measure["kind"], subject: Subject, isMeant: (measure: Measure) => boolean = () => true): readonly GateBound[] {
    return plan.steps
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
