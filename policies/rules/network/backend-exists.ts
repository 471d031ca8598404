import { type PolicyFinding, stackRule, wrong } from "../../engine/rule.ts";
import type { KubernetesObject } from "../../engine/subject.ts";
import { list, number, text } from "../../engine/value.ts";
import { onEach } from "../../shapes/each.ts";
import { type Target, wayKinds, waysOf } from "../../shapes/ways.ts";

/** A route to a Service that is not there, or to a port that it lacks, answers with errors for its whole share of the traffic. */
export const backendExists = stackRule({
    name: "backend-exists",
    title: "The Services that a route or an Ingress names are in the stack, and have the ports that it names.",
    severity: "critical",
    level: "mandatory",
    check: (stack) =>
        onEach(
            wayKinds.flatMap((kind) => stack.ofKind(kind)),
            function* (route) {
                const targets = waysOf(route).flatMap(({ backends, mirrors }) => [...backends, ...mirrors]);
                const services = targets.filter(({ path, kind }) => kind === "core/Service" && path.startsWith("spec."));
                for (const target of new Map(services.map((one) => [`${one.namespace} ${one.name} ${String(one.port)}`, one])).values()) {
                    const service = stack.find("core/Service", target.namespace, target.name);
                    if (service !== undefined) {
                        yield* portOf(target, service);
                    } else if (target.namespace === route.namespace) {
                        // Those of other namespaces belong to other programs.
                        yield wrong(target.path, `there is no Service ${target.name} in the stack`, "declare it, or name one that is there");
                    }
                }
            },
        ),
});

function* portOf({ port, path, name }: Target, service: KubernetesObject): Generator<PolicyFinding> {
    const ports = list(service.body, "spec", "ports");
    if (service.partial || port === "use-annotation") {
        return;
    }
    if (port === undefined) {
        yield wrong(path, `it names no port of ${name}`, "name one");
    } else if (!ports.some((own) => number(own, "port") === port || text(own, "name") === port)) {
        yield wrong(path, `${name} has no port ${String(port)}`, `name one that it has: ${ports.map((own) => String(number(own, "port") ?? "")).join(", ")}`);
    }
}
