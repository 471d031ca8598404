import { missing, stackRule } from "../../engine/rule.ts";
import { budgetKind, protectedBy } from "../../shapes/disruption.ts";
import { onEach } from "../../shapes/each.ts";
import { documentation } from "../../shapes/references.ts";
import { fewestPods, replicatedKinds } from "../../shapes/workload.ts";

/** Without a budget, draining two nodes at once may take all pods. */
export const disruptionBudgetExists = stackRule({
    name: "disruption-budget-exists",
    title: "Each workload of more than one pod has a disruption budget.",
    severity: "high",
    level: "mandatory",
    references: [documentation("concepts/workloads/pods/disruptions/#pod-disruption-budgets")],
    check: (stack) => {
        const covered = new Set(stack.ofKind(budgetKind).flatMap((budget) => protectedBy(stack, budget)));
        return onEach(
            replicatedKinds.flatMap((kind) => stack.ofKind(kind)),
            function* (workload) {
                if (stack.podsOf(workload).some((pod) => !covered.has(pod)) && fewestPods(stack, workload) > 1) {
                    yield missing("", "no disruption budget selects its pods", "declare a PodDisruptionBudget with its labels and maxUnavailable 1");
                }
            },
        );
    },
});
