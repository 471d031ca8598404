import type { KubernetesObject } from "../engine/subject.ts";
import { has, list, type Plain } from "../engine/value.ts";

/** The kind of Prometheus rules. */
export const prometheusRule = "monitoring.coreos.com/PrometheusRule";

/** The alerts of a rule object, with their paths; recording rules are left out. */
export function alertsIn(rule: KubernetesObject): readonly { readonly alert: Plain; readonly path: string }[] {
    return list(rule.body, "spec", "groups").flatMap((group, groupIndex) =>
        list(group, "rules").flatMap((alert, index) =>
            has(alert, "alert") ? [{ alert, path: `spec.groups[${String(groupIndex)}].rules[${String(index)}]` }] : [],
        ),
    );
}
