import { containerRule, missing } from "../../engine/rule.ts";
import { has } from "../../engine/value.ts";
import { cis } from "../../shapes/references.ts";

/** Without requests the scheduler counts a pod as nothing, and the autoscaler has no base for its percentages. */
export const resourceRequests = containerRule({
    name: "resource-requests",
    title: "Each container requests processor, memory and ephemeral storage.",
    severity: "medium",
    level: "mandatory",
    references: [cis("5.7")],
    settings: {
        resources: {
            type: "array",
            items: { type: "string" },
            default: ["cpu", "memory", "ephemeral-storage"],
            description: "Resources that must be requested",
        },
    },
    *check(container, { settings }) {
        // Ephemeral containers can't have resources.
        const absent =
            container.role === "ephemeral"
                ? []
                : settings.resources.filter(
                      (resource) => !has(container.body, "resources", "requests", resource) && !has(container.body, "resources", "limits", resource),
                  );
        if (absent.length > 0) {
            yield missing("resources.requests", `container "${container.name}" requests no ${absent.join(", ")}`, "request what it uses in normal operation");
        }
    },
});
