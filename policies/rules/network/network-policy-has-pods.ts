import { stackRule, wrong } from "../../engine/rule.ts";
import { fields } from "../../engine/value.ts";
import { onEach } from "../../shapes/each.ts";
import { networkPolicyKind, selectsAll } from "../../shapes/network.ts";
import { madeByOperator } from "../../shapes/operator.ts";

/** A policy that selects nothing protects nothing. */
export const networkPolicyHasPods = stackRule({
    name: "network-policy-has-pods",
    title: "A network policy selects pods of the stack.",
    severity: "medium",
    level: "mandatory",
    check: (stack) =>
        onEach(stack.ofKind(networkPolicyKind), function* (policy) {
            const selector = fields(policy.body, "spec", "podSelector");
            const selected = policy.partial || selectsAll(policy) || stack.podsSelected(policy.namespace, selector).length > 0;
            if (!selected && !madeByOperator(stack, policy.namespace, selector)) {
                yield wrong("spec.podSelector", "it selects no pods of the stack", "make the selector match the pods' labels");
            }
        }),
});
