import { objectRule, wrong } from "../../engine/rule.ts";
import { numberOrText } from "../../engine/value.ts";
import { budgetKind } from "../../shapes/disruption.ts";
import { documentation } from "../../shapes/references.ts";

/** A budget that allows no disruption at all blocks every drain: nodes can't be patched. */
export const disruptionBudgetMoves = objectRule({
    name: "disruption-budget-moves",
    title: "A disruption budget leaves room for at least one disruption.",
    severity: "high",
    level: "mandatory",
    references: [documentation("tasks/run-application/configure-pdb/")],
    kinds: [budgetKind],
    *check(budget) {
        const unavailable = numberOrText(budget.body, "spec", "maxUnavailable");
        if (unavailable === 0 || unavailable === "0" || unavailable === "0%") {
            yield wrong("spec.maxUnavailable", "the budget allows no disruption", "set it to 1");
        }
        if (numberOrText(budget.body, "spec", "minAvailable") === "100%") {
            yield wrong("spec.minAvailable", "the budget allows no disruption", "use maxUnavailable 1 instead");
        }
    },
});
