import { missing, objectRule, wrong } from "../../engine/rule.ts";
import { text } from "../../engine/value.ts";
import { alertsIn, prometheusRule } from "../../shapes/alerts.ts";
import { checklist } from "../../shapes/references.ts";

/** Who is woken at night needs to read what is wrong, and where it says what to do. */
export const alertAnnotations = objectRule({
    name: "alert-annotations",
    title: "Each alert has a summary, a description and the link to its runbook.",
    severity: "medium",
    level: "mandatory",
    references: [checklist("Production runbooks reviewed")],
    kinds: [prometheusRule],
    *check(rule) {
        for (const { alert, path } of alertsIn(rule)) {
            const name = text(alert, "alert") ?? "";
            const absent = ["summary", "description", "runbook_url"].filter((key) => (text(alert, "annotations", key) ?? "") === "");
            if (absent.length > 0) {
                yield missing(`${path}.annotations`, `the alert ${name} has no ${absent.join(", ")}`, "write them for who is on call");
            }
            const runbook = text(alert, "annotations", "runbook_url");
            if (runbook !== undefined && runbook !== "" && !runbook.startsWith("https://")) {
                yield wrong(`${path}.annotations.runbook_url`, `the runbook of ${name} is no https link`, "link the runbook's page");
            }
        }
    },
});
