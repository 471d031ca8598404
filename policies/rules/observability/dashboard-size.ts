import { objectRule, wrong } from "../../engine/rule.ts";
import { dashboardsIn } from "../../shapes/dashboards.ts";

/** The cluster refuses a ConfigMap of more than 1 MiB. */
export const dashboardSize = objectRule({
    name: "dashboard-size",
    title: "The dashboards of a ConfigMap fit into it.",
    severity: "medium",
    level: "mandatory",
    settings: { maximumKilobytes: { type: "integer", default: 900, minimum: 1, description: "Largest size of the dashboards of one ConfigMap, in kB" } },
    kinds: ["core/ConfigMap"],
    *check(object, { settings }) {
        const kilobytes = dashboardsIn(object).reduce((sum, { content }) => sum + Buffer.byteLength(content), 0) / 1000;
        if (kilobytes > settings.maximumKilobytes) {
            yield wrong("data", `the dashboards take ${kilobytes.toFixed(0)} kB`, "put them into several ConfigMaps");
        }
    },
});
