import { type PolicyFinding, objectRule, wrong } from "../../engine/rule.ts";
import { checklist } from "../../shapes/references.ts";
import { type RolloutRoute, rolloutOf, routeKind } from "../../shapes/rollout-route.ts";

/** The record says who the two are; the route must agree, and there is one candidate at a time. */
export const rolloutBackends = objectRule({
    name: "rollout-backends",
    title: "The route of a rollout leads to the Services of the recorded stable revision and of one candidate, in its own namespace, and to no other backend.",
    severity: "critical",
    level: "mandatory",
    references: [checklist("Phase 1: Canary")],
    kinds: [routeKind],
    *check(route) {
        const rollout = rolloutOf(route);
        if (rollout === undefined) {
            return;
        }
        const { stable, candidate, percent } = rollout;
        if (stable === "" || stable === candidate) {
            yield wrong(
                "metadata.annotations",
                stable === "" ? "the record names no stable revision" : "stable and candidate are the same revision",
                "record the two revisions",
            );
        }
        if (candidate === undefined && percent !== 0) {
            yield wrong("metadata.annotations", `the record gives ${String(percent)} % to no candidate`, "record the candidate");
        }
        yield* backendsOf(rollout);
    },
});

function* backendsOf({ route, service, stable, candidate, ways }: RolloutRoute): Generator<PolicyFinding> {
    const expected = [stable, candidate].filter((revision) => revision !== undefined).map((revision) => `${service}-${revision}`);
    for (const { backends, path } of ways) {
        for (const backend of backends) {
            if (backend.kind !== "core/Service" || backend.namespace !== route.namespace) {
                const what = backend.kind === "core/Service" ? `a Service of the namespace ${backend.namespace}` : `a ${backend.kind.split("/")[1] ?? ""}`;
                yield wrong(backend.path, `${backend.name} is ${what}`, `route to the Services ${expected.join(" and ")} of ${route.namespace} only`);
            } else if (!expected.includes(backend.name)) {
                yield wrong(backend.path, `${backend.name} is neither the stable revision nor the candidate`, `route to ${expected.join(" and ")} only`);
            }
        }
        if (new Set(backends.map(({ name }) => name)).size < backends.length) {
            yield wrong(path, "one revision is named twice", "name each revision once");
        }
    }
}
