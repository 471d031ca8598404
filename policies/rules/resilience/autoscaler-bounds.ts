import { missing, objectRule, wrong } from "../../engine/rule.ts";
import { has, list, number } from "../../engine/value.ts";
import { autoscalerKind } from "../../shapes/workload.ts";

/** Bounds that cross are refused by the cluster; bounds that meet scale nothing, and so does an autoscaler without metrics. */
export const autoscalerBounds = objectRule({
    name: "autoscaler-bounds",
    title: "An autoscaler has a minimum below its maximum, and metrics to scale by.",
    severity: "medium",
    level: "mandatory",
    kinds: [autoscalerKind],
    *check(autoscaler) {
        const minimum = number(autoscaler.body, "spec", "minReplicas") ?? 1;
        const maximum = number(autoscaler.body, "spec", "maxReplicas");
        if (maximum === undefined) {
            yield missing("spec.maxReplicas", "the autoscaler has no maximum", "set maxReplicas");
        } else if (minimum >= maximum) {
            yield wrong("spec.minReplicas", `the minimum (${String(minimum)}) is not below the maximum (${String(maximum)})`, "leave room to scale");
        }
        // In version 1 the processor is the only metric, at 80 % where no other number is named.
        if (
            autoscaler.version !== "v1" &&
            list(autoscaler.body, "spec", "metrics").length === 0 &&
            !has(autoscaler.body, "spec", "targetCPUUtilizationPercentage")
        ) {
            yield missing("spec.metrics", "the autoscaler has no metrics", "scale by processor use at least");
        }
    },
});
