import { containerRule, missing, wrong } from "../../engine/rule.ts";
import { numberOrText } from "../../engine/value.ts";
import { quantity } from "../../shapes/quantity.ts";
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
        if (container.role === "ephemeral") {
            return;
        }
        // Kubernetes takes an absent request from the limit.
        const requested = (resource: string) =>
            numberOrText(container.body, "resources", "requests", resource) ?? numberOrText(container.body, "resources", "limits", resource);
        const absent = settings.resources.filter((resource) => requested(resource) === undefined);
        const empty = settings.resources.filter((resource) => requested(resource) !== undefined && !((quantity(requested(resource)) ?? 0) > 0));
        if (absent.length > 0) {
            yield missing("resources.requests", `container "${container.name}" requests no ${absent.join(", ")}`, "request what it uses in normal operation");
        }
        if (empty.length > 0) {
            yield wrong("resources.requests", `container "${container.name}" requests 0 of ${empty.join(", ")}`, "request what it uses in normal operation");
        }
    },
});
