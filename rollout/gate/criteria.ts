import type { Weight } from "../plan/plan.ts";
import { type ServiceProfile, everyCriterionOf } from "../profile/profile.ts";
import type { Criterion, StepCriteria } from "./criterion.ts";

export { type Bound, boundOf, keeps } from "./criteria/bound.ts";

/** The criteria at a weight, or undefined where the profile has none. */
export function findCriteria({ criteria }: Pick<ServiceProfile, "criteria">, weightPercent: number): StepCriteria | undefined {
    return criteria.find((step) => step.weightPercent === weightPercent);
}

/**
 * The criteria at a weight: the gate out of the step, and what is watched while it lasts.
 *
 * @throws {RangeError} where the profile has none for it: nothing passes unjudged.
 */
export function criteriaAt({ criteria }: Pick<ServiceProfile, "criteria">, weightPercent: Weight): StepCriteria {
    const found = findCriteria({ criteria }, weightPercent);
    if (found === undefined) {
        throw new RangeError(
            `the profile has no criteria for ${String(weightPercent)} %: it has some for ${criteria.map((step) => step.weightPercent).join(", ")}`,
        );
    }
    return found;
}

/** Every criterion that is judged at a weight, each once: gate, at once, investigate. */
export function everyCriterionAt(profile: Pick<ServiceProfile, "criteria">, weightPercent: Weight): readonly Criterion[] {
    return everyCriterionOf(criteriaAt(profile, weightPercent));
}

/** The probes that criteria ask for. */
export function probesOf(criteria: readonly Criterion[]): readonly string[] {
    return criteria.flatMap(({ measure }) => (measure.kind === "probe" ? [measure.probe] : []));
}
