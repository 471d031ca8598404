import { missing, objectRule } from "../../engine/rule.ts";
import { documentation } from "../../shapes/references.ts";

/** Labels are how people and dashboards find out what an object belongs to. Further labels are welcome. */
export const recommendedLabels = objectRule({
    name: "recommended-labels",
    title: "Workloads and Services carry the labels that Kubernetes recommends.",
    severity: "low",
    level: "mandatory",
    references: [documentation("concepts/overview/working-with-objects/common-labels/")],
    settings: {
        labels: {
            type: "array",
            items: { type: "string" },
            default: [
                "app.kubernetes.io/name",
                "app.kubernetes.io/instance",
                "app.kubernetes.io/component",
                "app.kubernetes.io/part-of",
                "app.kubernetes.io/managed-by",
            ],
            description: "Labels that must be there, with a value",
        },
    },
    kinds: ["apps/Deployment", "apps/StatefulSet", "apps/DaemonSet", "batch/CronJob", "argoproj.io/Rollout", "core/Service"],
    *check(object, { settings }) {
        const absent = settings.labels.filter((label) => (object.labels[label] ?? "") === "");
        if (absent.length > 0) {
            yield missing("metadata.labels", `it has no ${absent.join(", ")}`, "add the labels");
        }
    },
});
