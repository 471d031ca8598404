import { stackRule, wrong } from "../../engine/rule.ts";
import { numberOrText } from "../../engine/value.ts";
import { budgetKind, podsUnder } from "../../shapes/disruption.ts";
import { onEach } from "../../shapes/each.ts";
import { podsOf } from "../../shapes/pods-of.ts";
import { documentation } from "../../shapes/references.ts";

/** When the autoscaler is at its minimum and the budget wants as many, no node can be drained. */
export const disruptionBudgetBelowMinimum = stackRule({
    name: "disruption-budget-below-minimum",
    title: "A budget asks for fewer pods than the workload has at the least.",
    severity: "high",
    level: "mandatory",
    references: [documentation("tasks/run-application/configure-pdb/")],
    check: (stack) =>
        onEach(stack.ofKind(budgetKind), function* (budget) {
            const fewest = podsUnder(stack, budget);
            const asked = numberOrText(budget.body, "spec", "minAvailable");
            // 100 % is reported by disruption-budget-moves.
            const available = fewest === undefined || asked === "100%" ? undefined : podsOf(asked, fewest);
            if (fewest !== undefined && available !== undefined && available >= fewest) {
                yield wrong("spec.minAvailable", `the budget asks for ${String(available)} of at least ${String(fewest)} pods`, "use maxUnavailable 1 instead");
            }
        }),
});
