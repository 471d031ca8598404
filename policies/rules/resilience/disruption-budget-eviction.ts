import { missing, objectRule } from "../../engine/rule.ts";
import { has } from "../../engine/value.ts";
import { budgetKind } from "../../shapes/disruption.ts";
import { documentation } from "../../shapes/references.ts";

/** By default a pod that is running but not ready can't be evicted: a broken release blocks the drain that would help. */
export const disruptionBudgetEviction = objectRule({
    name: "disruption-budget-eviction",
    title: "A disruption budget says whether pods that are not ready may be evicted.",
    severity: "low",
    level: "advisory",
    references: [documentation("tasks/run-application/configure-pdb/#unhealthy-pod-eviction-policy")],
    kinds: [budgetKind],
    *check(budget) {
        if (!has(budget.body, "spec", "unhealthyPodEvictionPolicy")) {
            yield missing("spec.unhealthyPodEvictionPolicy", "pods that are not ready block a drain", "set it to AlwaysAllow");
        }
    },
});
