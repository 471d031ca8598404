import { findCriteria } from "../gate/criteria.ts";
import { type ServiceProfile, everyCriterionOf } from "../profile/profile.ts";
import type { AlarmCount } from "./sequential.ts";

/**
 * Ids of the criteria at a weight that roll back at once by what an alarm counts: the candidate's errors, or how long its answers take.
 *
 * @param weightPercent as the route has it: none where that is no weight of the plan.
 */
export function alarmCriteria(profile: Pick<ServiceProfile, "criteria">, weightPercent: number, counted: AlarmCount["counted"]): readonly string[] {
    const measure = counted === "failed" ? "error-ratio" : "latency-p95";
    const criteria = findCriteria(profile, weightPercent);
    return (criteria === undefined ? [] : everyCriterionOf(criteria))
        .filter((criterion) => criterion.subject === "candidate" && criterion.onBreach === "rollback" && criterion.measure.kind === measure)
        .map(({ id }) => id);
}
