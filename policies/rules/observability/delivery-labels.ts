import { missing, objectRule } from "../../engine/rule.ts";

/** Prometheus and Grafana pick objects up by label: without it they are there and do nothing. */
export const deliveryLabels = objectRule({
    name: "delivery-labels",
    title: "Rules and monitors carry the label that Prometheus selects by.",
    severity: "high",
    level: "mandatory",
    settings: {
        labels: {
            type: "array",
            items: { type: "string" },
            default: ["app.kubernetes.io/part-of"],
            description: "Labels that Prometheus selects rules and monitors by",
        },
    },
    kinds: ["monitoring.coreos.com/PrometheusRule", "monitoring.coreos.com/ServiceMonitor", "monitoring.coreos.com/PodMonitor", "monitoring.coreos.com/Probe"],
    *check(object, { settings }) {
        const absent = settings.labels.filter((label) => (object.labels[label] ?? "") === "");
        if (absent.length > 0) {
            yield missing("metadata.labels", `Prometheus does not find it: it has no ${absent.join(", ")}`, "add the labels");
        }
    },
});
