import { stackRule, wrong } from "../../engine/rule.ts";
import { at } from "../../engine/value.ts";
import { onEach } from "../../shapes/each.ts";
import { networkPolicyKind, selectsAll } from "../../shapes/network.ts";

/** A policy that selects nothing protects nothing. */
export const networkPolicyHasPods = stackRule({
    name: "network-policy-has-pods",
    title: "A network policy selects pods of the stack.",
    severity: "medium",
    level: "mandatory",
    check: (stack) =>
        onEach(stack.ofKind(networkPolicyKind), function* (policy) {
            if (!policy.partial && !selectsAll(policy) && stack.podsSelected(policy.namespace, at(policy.body, "spec", "podSelector")).length === 0) {
                yield wrong("spec.podSelector", "it selects no pods of the stack", "make the selector match the pods' labels");
            }
        }),
});
