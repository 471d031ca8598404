import { stackRule, wrong } from "../../engine/rule.ts";
import { list, type Plain, text } from "../../engine/value.ts";
import { onEach } from "../../shapes/each.ts";
import { routeKind } from "../../shapes/rollout-route.ts";

/** A route to a Service that is not there answers with errors for its whole share of the traffic. */
export const backendExists = stackRule({
    name: "backend-exists",
    title: "The Services that a route or an Ingress names are in the stack.",
    severity: "critical",
    level: "mandatory",
    check: (stack) =>
        onEach([...stack.ofKind("networking.k8s.io/Ingress"), ...stack.ofKind(routeKind)], function* (route) {
            for (const [index, rule] of list(route.body, "spec", "rules").entries()) {
                const names =
                    route.kind === "Ingress"
                        ? list(rule, "http", "paths").map((path) => text(path, "backend", "service", "name"))
                        : list(rule, "backendRefs").map(serviceNamed);
                for (const name of new Set(names)) {
                    if (name !== undefined && stack.find("core/Service", route.namespace, name) === undefined) {
                        yield wrong(`spec.rules[${String(index)}]`, `there is no Service ${name} in the stack`, "declare it, or name one that is there");
                    }
                }
            }
        }),
});

/** The Service of a backend in the route's own namespace; others belong to other programs. */
function serviceNamed(backend: Plain): string | undefined {
    const own = (text(backend, "kind") ?? "Service") === "Service" && text(backend, "namespace") === undefined;
    return own ? text(backend, "name") : undefined;
}
