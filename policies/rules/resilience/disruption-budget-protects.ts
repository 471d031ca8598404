import { addTo } from "../../engine/groups.ts";
import { missing, stackRule, wrong } from "../../engine/rule.ts";
import type { StackIndex } from "../../engine/stack.ts";
import type { KubernetesObject, Pod } from "../../engine/subject.ts";
import { fields, numberOrText } from "../../engine/value.ts";
import { budgetKind, podsUnder, protectedBy } from "../../shapes/disruption.ts";
import { onEach } from "../../shapes/each.ts";
import { oncePerStack } from "../../shapes/once.ts";
import { madeByOperator } from "../../shapes/operator.ts";
import { podsOf } from "../../shapes/pods-of.ts";
import { documentation } from "../../shapes/references.ts";

/** A budget that lets most pods go at once is there and does nothing. */
export const disruptionBudgetProtects = stackRule({
    name: "disruption-budget-protects",
    title: "A disruption budget selects pods, has a bound that keeps at least half of them, and shares them with no other budget.",
    severity: "high",
    level: "mandatory",
    references: [documentation("tasks/run-application/configure-pdb/")],
    check: (stack) =>
        onEach(stack.ofKind(budgetKind), function* (budget) {
            const [unavailable, available] = ["maxUnavailable", "minAvailable"].map((key) => numberOrText(budget.body, "spec", key));
            const pods = protectedBy(stack, budget);
            if (!budget.partial && pods.length === 0 && !madeByOperator(stack, budget.namespace, fields(budget.body, "spec", "selector"))) {
                yield wrong("spec.selector", "it selects no pods of the stack", "make the selector match the pods' labels");
            }
            if (unavailable === undefined && available === undefined) {
                yield missing("spec.maxUnavailable", "it has no bound: all pods may be away at once", "set maxUnavailable to 1");
            }
            if (available !== undefined && podsOf(available, 100) === 0) {
                yield wrong("spec.minAvailable", "all pods may be away at once", "use maxUnavailable 1 instead");
            }
            if (unavailable !== undefined && letsMostGo(unavailable, podsUnder(stack, budget))) {
                yield wrong("spec.maxUnavailable", "more than half of the pods may be away at once", "set it to 1");
            }
            if (pods.some((pod) => budgetsByPod(stack).get(pod)?.[0] !== budget)) {
                yield wrong("spec.selector", "another budget selects the same pods: then none of them can be evicted", "let each pod have one budget");
            }
        }),
});

/** One pod at a time is as little as a budget can allow, however few there are. */
function letsMostGo(unavailable: number | string, fewest: number | undefined): boolean {
    if (typeof unavailable === "string") {
        return !((podsOf(unavailable, 100) ?? Number.NaN) <= 50);
    }
    return fewest !== undefined && unavailable > 1 && 2 * unavailable > fewest;
}

/** The budgets that select a pod, in the order of the stack. */
const budgetsByPod = oncePerStack((stack: StackIndex): ReadonlyMap<Pod, readonly KubernetesObject[]> => {
    const found = new Map<Pod, KubernetesObject[]>();
    for (const budget of stack.ofKind(budgetKind).filter(({ partial }) => !partial)) {
        for (const pod of protectedBy(stack, budget)) {
            addTo(found, pod, budget);
        }
    }
    return found;
});
