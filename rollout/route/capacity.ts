import type { RolloutPlan } from "../plan/plan.ts";
import type { RolloutRecord } from "./record.ts";

/** Bounds of a revision's autoscaler, in pods. The minimum is also what must be ready before the weight may move. */
export interface Capacity {
    readonly minimum: number;
    readonly maximum: number;
}

/**
 * Pods of the stable revision. From the moment a candidate is declared until the rollout is finished it keeps what it needs to take all traffic, so that
 * a rollback never finds it shrunk, whatever share it has at the time.
 */
export function stableCapacity({ steadyReplicas, fullReplicas }: RolloutPlan, record: RolloutRecord): Capacity {
    return record.kind === "steady" ? steadyReplicas : { minimum: fullReplicas, maximum: steadyReplicas.maximum };
}

/** Pods of the candidate at its weight: the plan's number for the step, and the spare ones, with which a disruption budget lets a drain take one. */
export function candidateCapacity({ steadyReplicas, steps }: RolloutPlan, { weightPercent }: RolloutRecord & { readonly kind: "rolling" }): Capacity {
    // A weight that the plan does not have, as after a change of the plan, needs what the next step has: never too few pods for its users.
    const step = steps.find((one) => one.weightPercent >= weightPercent);
    if (step === undefined) {
        throw new RangeError(`the plan has no step at ${String(weightPercent)} % or above: its last one must be at 100`);
    }
    const { candidateReplicas, sparePods } = step;
    return { minimum: candidateReplicas + sparePods, maximum: steadyReplicas.maximum };
}
