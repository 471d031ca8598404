import { missing, objectRule } from "../../engine/rule.ts";
import { has, text } from "../../engine/value.ts";
import { alertsIn, prometheusRule } from "../../shapes/alerts.ts";

/** Without a duration one bad sample fires it. */
export const alertFor = objectRule({
    name: "alert-for",
    title: "Each alert says for how long its condition has to hold.",
    severity: "low",
    level: "mandatory",
    settings: { immediate: { type: "array", items: { type: "string" }, default: ["Watchdog"], description: "Alerts that may fire at the first sample" } },
    kinds: [prometheusRule],
    *check(rule, { settings }) {
        for (const { alert, path } of alertsIn(rule)) {
            const name = text(alert, "alert") ?? "";
            if (!has(alert, "for") && !settings.immediate.includes(name)) {
                yield missing(`${path}.for`, `the alert ${name} fires at the first sample`, 'set for, or "0s" where that is meant');
            }
        }
    },
});
