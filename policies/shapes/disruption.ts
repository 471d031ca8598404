import type { StackIndex } from "../engine/stack.ts";
import type { KubernetesObject, Pod } from "../engine/subject.ts";
import { fields } from "../engine/value.ts";
import { fewestPods, isReplicated } from "./workload.ts";

/** The kind of disruption budgets. */
export const budgetKind = "policy/PodDisruptionBudget";

/** The pods that a budget protects. */
export function protectedBy(stack: StackIndex, budget: KubernetesObject): readonly Pod[] {
    const selector = fields(budget.body, "spec", "selector");
    return selector === undefined ? [] : stack.podsSelected(budget.namespace, selector);
}

/** The pods that the workloads of a budget have at the least. */
export function podsUnder(stack: StackIndex, budget: KubernetesObject): number | undefined {
    const workloads = protectedBy(stack, budget)
        .map((pod) => pod.object)
        .filter(isReplicated);
    return workloads.length === 0 ? undefined : workloads.reduce((sum, workload) => sum + fewestPods(stack, workload), 0);
}
