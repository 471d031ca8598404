import { stackRule, wrong } from "../../engine/rule.ts";
import type { KubernetesObject } from "../../engine/subject.ts";
import { list, text, texts, type Plain } from "../../engine/value.ts";
import { onEach } from "../../shapes/each.ts";
import { routeKind } from "../../shapes/rollout-route.ts";

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

function ingressClaims(ingress: KubernetesObject): readonly string[] {
    return list(ingress.body, "spec", "rules").flatMap((rule) =>
        list(rule, "http", "paths").map((path) => `${text(rule, "host") ?? "*"}${text(path, "path") ?? "/"}`),
    );
}

function routeClaims(route: KubernetesObject): readonly string[] {
    const paths = list(route.body, "spec", "rules").flatMap((rule) =>
        list(rule, "matches").map((match) => `${text(match, "path", "value") ?? "/"}${conditions(match)}`),
    );
    return texts(route.body, "spec", "hostnames").flatMap((host) => paths.map((path) => host + path));
}

function conditions(match: Plain): string {
    const named = (key: string) => list(match, key).map((entry) => ` with ${text(entry, "name") ?? ""}=${text(entry, "value") ?? ""}`);
    return [...named("headers"), ...named("queryParams"), text(match, "method") ?? ""].join("");
}
