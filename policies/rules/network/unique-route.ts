import { stackRule, wrong } from "../../engine/rule.ts";
import type { KubernetesObject } from "../../engine/subject.ts";
import { isFields, list, text, texts, type Plain, Unknown } from "../../engine/value.ts";
import { onEach } from "../../shapes/each.ts";
import { routeKind } from "../../shapes/rollout-route.ts";
import { isCanaryIngress } from "../../shapes/ways.ts";

/** Of two routes for one host and path, the older one wins: which that is, the program does not show. */
export const uniqueRoute = stackRule({
    name: "unique-route",
    title: "No two routes claim the same host and path.",
    severity: "high",
    level: "mandatory",
    check: (stack) => {
        const claimed = new Map<string, KubernetesObject>();
        return onEach([...stack.ofKind("networking.k8s.io/Ingress"), ...stack.ofKind(routeKind)], function* (route) {
            for (const claim of new Set(route.kind === "Ingress" ? ingressClaims(route) : routeClaims(route))) {
                const other = claimed.get(claim);
                if (other !== undefined) {
                    yield wrong("spec.rules", `${other.kind} ${other.name} claims ${claim} too`, "keep one of them");
                }
                claimed.set(claim, route);
            }
        });
    },
});

/** A canary's Ingress claims nothing: it takes a share of what another claims, which `rollout-share` judges. */
function ingressClaims(ingress: KubernetesObject): readonly string[] {
    const rules = isCanaryIngress(ingress) ? [] : list(ingress.body, "spec", "rules");
    return rules.flatMap((rule) => list(rule, "http", "paths").map((path) => `${text(rule, "host") ?? "*"}${text(path, "path") ?? "/"}`));
}

/** A rule without matches takes every path, and a route without hosts every host of its Gateway. A rule that only asks for the same again over TLS stands beside the one that answers. */
function routeClaims(route: KubernetesObject): readonly string[] {
    const rules = list(route.body, "spec", "rules").filter(
        (rule) => !list(rule, "filters").some((filter) => text(filter, "requestRedirect", "scheme") === "https"),
    );
    const paths = rules.flatMap((rule) => {
        const matches = list(rule, "matches");
        return matches.length === 0 ? ["/"] : matches.map((match) => `${text(match, "path", "value") ?? "/"}${conditions(match)}`);
    });
    const hosts = texts(route.body, "spec", "hostnames");
    const parents = list(route.body, "spec", "parentRefs").map(
        (parent) => ` at ${text(parent, "namespace") ?? ""}/${text(parent, "name") ?? ""} ${text(parent, "sectionName") ?? ""}`,
    );
    return (hosts.length === 0 ? [`*${parents.join()}`] : hosts).flatMap((host) => paths.map((path) => host + path));
}

function conditions(match: Plain): string {
    const named = (key: string) => list(match, key).map((entry) => ` with ${text(entry, "name") ?? ""}=${valueOf(entry)}`);
    return [...named("headers"), ...named("queryParams"), text(match, "method") ?? ""].join("");
}

/** A value that a preview does not know is like no other. */
function valueOf(entry: Plain): string {
    const value = isFields(entry) ? entry.value : undefined;
    return value instanceof Unknown ? value.path : (text(value) ?? "");
}
