import { missing, objectRule, wrong } from "../../engine/rule.ts";
import { text } from "../../engine/value.ts";
import { alertsIn, prometheusRule } from "../../shapes/alerts.ts";
import { checklist } from "../../shapes/references.ts";

/** The severity decides which receiver gets the alert. One that no route knows reaches none. */
export const alertLabels = objectRule({
    name: "alert-labels",
    title: "Each alert has a severity that the routes know.",
    severity: "high",
    level: "mandatory",
    references: [checklist("Alert rules deployed (20+ rules)")],
    settings: {
        severities: {
            type: "array",
            items: { type: "string" },
            default: ["critical", "warning", "info", "none"],
            description: "Severities that the routes know",
        },
    },
    kinds: [prometheusRule],
    *check(rule, { settings }) {
        for (const { alert, path } of alertsIn(rule)) {
            const severity = text(alert, "labels", "severity");
            if (severity === undefined) {
                yield missing(
                    `${path}.labels.severity`,
                    `the alert ${text(alert, "alert") ?? ""} has no severity`,
                    `set one of ${settings.severities.join(", ")}`,
                );
            } else if (!settings.severities.includes(severity)) {
                yield wrong(
                    `${path}.labels.severity`,
                    `no route knows the severity ${severity} of ${text(alert, "alert") ?? ""}`,
                    `use one of ${settings.severities.join(", ")}`,
                );
            }
        }
    },
});
