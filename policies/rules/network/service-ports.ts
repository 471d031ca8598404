import { stackRule, wrong } from "../../engine/rule.ts";
import { fields, list, numberOrText, text } from "../../engine/value.ts";
import { onEach } from "../../shapes/each.ts";

/** A target port by name has to be a port of the pods, or the Service has endpoints without ports. */
export const servicePorts = stackRule({
    name: "service-ports",
    title: "The target ports that a Service names are ports of its pods.",
    severity: "high",
    level: "mandatory",
    check: (stack) =>
        onEach(stack.ofKind("core/Service"), function* (service) {
            const selector = fields(service.body, "spec", "selector");
            const pods = selector === undefined ? [] : stack.podsSelected(service.namespace, { matchLabels: selector });
            const names = new Set(
                pods.flatMap((pod) => pod.containers.flatMap((container) => list(container.body, "ports").map((port) => text(port, "name")))),
            );
            for (const [index, port] of list(service.body, "spec", "ports").entries()) {
                const target = numberOrText(port, "targetPort");
                if (pods.length > 0 && typeof target === "string" && !/^\d+$/.test(target) && !names.has(target)) {
                    yield wrong(`spec.ports[${String(index)}].targetPort`, `none of its pods has a port named ${target}`, "name a port of the container");
                }
            }
        }),
});
