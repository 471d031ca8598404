import { missing, objectRule, wrong } from "../../engine/rule.ts";
import { has, list, text, texts } from "../../engine/value.ts";
import { routeKind } from "../../shapes/rollout-route.ts";
import { cis } from "../../shapes/references.ts";

/** A route that takes every host takes those of other teams too. */
export const edgeHosts = objectRule({
    name: "edge-hosts",
    title: "A route names its hosts: no wildcard, no default backend.",
    severity: "medium",
    level: "mandatory",
    references: [cis("5.3")],
    kinds: ["networking.k8s.io/Ingress", routeKind],
    *check(object) {
        if (has(object.body, "spec", "defaultBackend")) {
            yield wrong("spec.defaultBackend", "whatever no rule matches goes to one backend", "remove it");
        }
        const hosts =
            object.kind === "Ingress" ? list(object.body, "spec", "rules").map((rule) => text(rule, "host") ?? "") : texts(object.body, "spec", "hostnames");
        const place = object.kind === "Ingress" ? "spec.rules" : "spec.hostnames";
        if (hosts.length === 0) {
            yield missing(place, "it takes every host", "name the hosts");
        }
        for (const [index, host] of hosts.entries()) {
            if (host === "" || host.startsWith("*")) {
                yield wrong(`${place}[${String(index)}]`, "it takes every host of a domain", "name the host");
            }
        }
    },
});
