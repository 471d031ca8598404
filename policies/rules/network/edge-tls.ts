import { missing, objectRule, wrong } from "../../engine/rule.ts";
import { has, list, text } from "../../engine/value.ts";
import { nsa } from "../../shapes/references.ts";

/** Outside the cluster any host on the way may listen. */
export const edgeTls = objectRule({
    name: "edge-tls",
    title: "An Ingress or a Gateway takes encrypted connections only.",
    severity: "high",
    level: "mandatory",
    references: [nsa("Network separation and hardening")],
    kinds: ["networking.k8s.io/Ingress", "gateway.networking.k8s.io/Gateway"],
    *check(object) {
        if (object.kind === "Ingress" && list(object.body, "spec", "tls").length === 0) {
            yield missing("spec.tls", "it takes connections without TLS", "name a certificate in spec.tls");
        }
        for (const [index, listener] of object.kind === "Gateway" ? list(object.body, "spec", "listeners").entries() : []) {
            const path = `spec.listeners[${String(index)}]`;
            const protocol = text(listener, "protocol") ?? "";
            if (protocol !== "HTTPS" && protocol !== "TLS") {
                yield wrong(`${path}.protocol`, `a listener takes ${protocol || "any"} connections`, "use HTTPS");
            } else if (!has(listener, "tls")) {
                yield missing(`${path}.tls`, "an HTTPS listener has no certificate", "name it in tls.certificateRefs");
            }
        }
    },
});
