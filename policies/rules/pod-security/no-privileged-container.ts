import { containerRule, wrong } from "../../engine/rule.ts";
import { flag } from "../../engine/value.ts";
import { cis, nsa, podSecurity } from "../../shapes/references.ts";

/** A privileged container is root on the node. */
export const noPrivilegedContainer = containerRule({
    name: "no-privileged-container",
    title: "No container is privileged: it would be root on the node.",
    severity: "critical",
    level: "mandatory",
    references: [podSecurity("baseline", "Privileged Containers"), nsa("Kubernetes Pod security"), cis("5.2.2")],
    *check(container) {
        if (flag(container.body, "securityContext", "privileged") === true) {
            yield wrong("securityContext.privileged", `container "${container.name}" is privileged`, "remove privileged, or set it to false");
        }
    },
});
