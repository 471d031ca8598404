import { containerRule, missing, wrong } from "../../engine/rule.ts";
import { has, numberOrText } from "../../engine/value.ts";
import { quantity } from "../../shapes/quantity.ts";
import { cis, nsa } from "../../shapes/references.ts";

/** A leak in one container must end that container, not its neighbours. The rule asks for no processor limit: it throttles while cores are idle. */
export const memoryLimit = containerRule({
    name: "memory-limit",
    title: "Each container has a memory limit.",
    severity: "medium",
    level: "mandatory",
    references: [nsa("Kubernetes Pod security: resource policies"), cis("5.7")],
    *check(container) {
        // Ephemeral containers can't have resources.
        if (container.role === "ephemeral") {
            return;
        }
        const limit = quantity(numberOrText(container.body, "resources", "limits", "memory"));
        if (has(container.body, "resources", "limits", "memory") && !(limit !== undefined && limit > 0)) {
            yield wrong(
                "resources.limits.memory",
                `container "${container.name}" has a memory limit that limits nothing`,
                "set one above what it uses at its peak",
            );
        } else if (limit === undefined) {
            yield missing("resources.limits.memory", `container "${container.name}" has no memory limit`, "set one above what it uses at its peak");
        }
    },
});
