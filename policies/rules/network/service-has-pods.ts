import { stackRule, wrong } from "../../engine/rule.ts";
import { fields, text } from "../../engine/value.ts";
import { isForArgoPods } from "../../shapes/argo-services.ts";
import { onEach } from "../../shapes/each.ts";
import { madeByOperator } from "../../shapes/operator.ts";

/** A selector with a typing mistake gives a Service without endpoints: every request fails, and nothing says why. */
export const serviceHasPods = stackRule({
    name: "service-has-pods",
    title: "A Service selects pods of the stack.",
    severity: "high",
    level: "mandatory",
    check: (stack) =>
        onEach(stack.ofKind("core/Service"), function* (service) {
            const selector = fields(service.body, "spec", "selector");
            const needed =
                selector !== undefined && !isForArgoPods(stack, service) && text(service.body, "spec", "type") !== "ExternalName" && !service.partial;
            const wanted = { matchLabels: selector ?? {} };
            if (needed && stack.podsSelected(service.namespace, wanted).length === 0 && !madeByOperator(stack, service.namespace, wanted)) {
                yield wrong("spec.selector", "it selects no pods of the stack", "make the selector match the pods' labels");
            }
        }),
});
