import { stackRule, wrong } from "../../engine/rule.ts";
import { dashboardsIn, uidOf } from "../../shapes/dashboards.ts";
import { onEach } from "../../shapes/each.ts";
import { checklist } from "../../shapes/references.ts";

/** Of two dashboards with one uid, Grafana shows one; without a uid, every load makes a new link. */
export const dashboardUid = stackRule({
    name: "dashboard-uid",
    title: "Each dashboard has a uid of its own.",
    severity: "medium",
    level: "mandatory",
    references: [checklist("Grafana dashboards created")],
    check: (stack) => {
        const seen = new Set<string>();
        return onEach(stack.ofKind("core/ConfigMap"), function* (object) {
            for (const dashboard of dashboardsIn(object)) {
                const uid = uidOf(dashboard);
                if (uid === undefined) {
                    yield wrong(`data.${dashboard.key}`, "the dashboard has no uid, or is no JSON object", "give it a uid");
                } else if (seen.has(uid)) {
                    yield wrong(`data.${dashboard.key}`, `another dashboard has the uid ${uid} too`, "give it a uid of its own");
                }
                seen.add(uid ?? "");
            }
        });
    },
});
