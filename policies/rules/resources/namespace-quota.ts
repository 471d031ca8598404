import { missing, stackRule } from "../../engine/rule.ts";
import { onEach } from "../../shapes/each.ts";
import { nsa } from "../../shapes/references.ts";

/** A namespace without a quota can take the whole cluster. */
export const namespaceQuota = stackRule({
    name: "namespace-quota",
    title: "Each namespace of the stack has a ResourceQuota and a LimitRange.",
    severity: "low",
    level: "advisory",
    references: [nsa("Kubernetes Pod security: resource policies")],
    check: (stack) =>
        onEach(stack.ofKind("core/Namespace"), function* (namespace) {
            for (const kind of ["ResourceQuota", "LimitRange"]) {
                if (!stack.ofKind(`core/${kind}`).some((object) => object.namespace === namespace.name)) {
                    yield missing("", `the namespace has no ${kind}`, `declare a ${kind} in it`);
                }
            }
        }),
});
