import { objectRule, wrong } from "../../engine/rule.ts";
import { list, number, type Plain, text } from "../../engine/value.ts";
import { documentation } from "../../shapes/references.ts";
import { autoscalerKind } from "../../shapes/workload.ts";

/** An autoscaler that waits for more than pods can use, or may not add any, leaves a peak to the pods that are there. */
export const autoscalerScalesUp = objectRule({
    name: "autoscaler-scales-up",
    title: "An autoscaler adds pods, and does so before they use more than they request.",
    severity: "high",
    level: "mandatory",
    references: [documentation("concepts/workloads/autoscaling/horizontal-pod-autoscale/")],
    settings: {
        mostPercent: { type: "integer", default: 100, minimum: 1, description: "Largest use that is aimed at, in percent of what pods request" },
    },
    kinds: [autoscalerKind, "keda.sh/ScaledObject"],
    *check(scaler, { settings }) {
        const isOwn = scaler.kind === "HorizontalPodAutoscaler";
        const targets: [string, number | undefined][] = isOwn
            ? [
                  ["spec.targetCPUUtilizationPercentage", number(scaler.body, "spec", "targetCPUUtilizationPercentage")],
                  ...list(scaler.body, "spec", "metrics").flatMap((metric, index) =>
                      ["resource", "containerResource"].map((source): [string, number | undefined] => [
                          `spec.metrics[${String(index)}].${source}.target.averageUtilization`,
                          number(metric, source, "target", "averageUtilization"),
                      ]),
                  ),
              ]
            : list(scaler.body, "spec", "triggers").map((trigger, index) => [
                  `spec.triggers[${String(index)}].metadata.value`,
                  isUtilization(trigger) ? Number(text(trigger, "metadata", "value")) : undefined,
              ]);
        for (const [path, percent] of targets) {
            if (percent !== undefined && !(percent <= settings.mostPercent)) {
                yield wrong(path, `it adds pods at ${String(percent)} % of what they request`, `aim at most at ${String(settings.mostPercent)} %`);
            }
        }
        const behavior = isOwn ? ["spec", "behavior"] : ["spec", "advanced", "horizontalPodAutoscalerConfig", "behavior"];
        if (text(scaler.body, ...behavior, "scaleUp", "selectPolicy") === "Disabled") {
            yield wrong([...behavior, "scaleUp.selectPolicy"].join("."), "it never adds pods", "remove selectPolicy, or set it to Max");
        }
    },
});

function isUtilization(trigger: Plain): boolean {
    return ["cpu", "memory"].includes(text(trigger, "type") ?? "") && (text(trigger, "metricType") ?? "Utilization") === "Utilization";
}
