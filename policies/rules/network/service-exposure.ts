import { objectRule, wrong } from "../../engine/rule.ts";
import { list, text } from "../../engine/value.ts";
import { nsa } from "../../shapes/references.ts";

/** Traffic comes in through the gateway, where it is encrypted, limited and logged. */
export const serviceExposure = objectRule({
    name: "service-exposure",
    title: "A Service is reachable inside the cluster only, unless it is on the list.",
    severity: "high",
    level: "mandatory",
    references: [nsa("Network separation and hardening")],
    settings: { exposed: { type: "array", items: { type: "string" }, default: [], description: "Names of Services that may be exposed" } },
    kinds: ["core/Service"],
    *check(service, { settings }) {
        if (settings.exposed.includes(service.name)) {
            return;
        }
        const type = text(service.body, "spec", "type") ?? "ClusterIP";
        if (type === "LoadBalancer" || type === "NodePort") {
            yield wrong("spec.type", `it is exposed as a ${type}`, "use ClusterIP and a route through the gateway");
        }
        if (list(service.body, "spec", "externalIPs").length > 0) {
            yield wrong("spec.externalIPs", "it takes over addresses outside the cluster", "remove externalIPs");
        }
    },
});
