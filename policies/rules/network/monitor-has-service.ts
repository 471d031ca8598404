import { stackRule, wrong } from "../../engine/rule.ts";
import { fields, texts } from "../../engine/value.ts";
import { onEach } from "../../shapes/each.ts";
import { selects } from "../../engine/stack.ts";

/** A monitor without targets collects nothing, and alerts on what it collects stay silent. */
export const monitorHasService = stackRule({
    name: "monitor-has-service",
    title: "A ServiceMonitor selects a Service of the stack, a PodMonitor its pods.",
    severity: "high",
    level: "mandatory",
    check: (stack) =>
        onEach([...stack.ofKind("monitoring.coreos.com/ServiceMonitor"), ...stack.ofKind("monitoring.coreos.com/PodMonitor")], function* (monitor) {
            const namespaces = [...texts(monitor.body, "spec", "namespaceSelector", "matchNames")];
            const near = namespaces.length === 0 ? [monitor.namespace] : namespaces;
            const selector = fields(monitor.body, "spec", "selector");
            const found =
                monitor.kind === "PodMonitor"
                    ? near.some((namespace) => stack.podsSelected(namespace, selector).length > 0)
                    : stack.ofKind("core/Service").some((service) => near.includes(service.namespace) && selects(selector, service.labels));
            if (!found && !monitor.partial) {
                yield wrong(
                    "spec.selector",
                    `it selects no ${monitor.kind === "PodMonitor" ? "pod" : "Service"} of the stack`,
                    "make the selector match the labels",
                );
            }
        }),
});
