import { containerRule, missing } from "../../engine/rule.ts";
import { has } from "../../engine/value.ts";
import { cis, nsa } from "../../shapes/references.ts";

/** A leak in one container must end that container, not its neighbours. The rule asks for no processor limit: it throttles while cores are idle. */
export const memoryLimit = containerRule({
    name: "memory-limit",
    title: "Each container has a memory limit.",
    severity: "medium",
    level: "mandatory",
    references: [nsa("Kubernetes Pod security: resource policies"), cis("5.7")],
    *check(container) {
        if (container.role !== "ephemeral" && !has(container.body, "resources", "limits", "memory")) {
            yield missing("resources.limits.memory", `container "${container.name}" has no memory limit`, "set one above what it uses at its peak");
        }
    },
});
