import { objectRule, wrong } from "../../engine/rule.ts";
import { checklist } from "../../shapes/references.ts";
import { rolloutOf, routeKind } from "../../shapes/rollout-route.ts";
import { list } from "../../engine/value.ts";

/** The record says who the two are; the route must agree, and there is one candidate at a time. */
export const rolloutBackends = objectRule({
    name: "rollout-backends",
    title: "A route splits traffic between the recorded stable revision and one candidate, and no other backend.",
    severity: "critical",
    level: "mandatory",
    references: [checklist("Phase 1: Canary")],
    kinds: [routeKind],
    *check(route) {
        const rollout = rolloutOf(route);
        if (rollout === undefined) {
            const split = list(route.body, "spec", "rules").findIndex((rule) => list(rule, "backendRefs").length > 1);
            if (split >= 0) {
                yield wrong(
                    `spec.rules[${String(split)}].backendRefs`,
                    "it splits traffic without the record of a rollout",
                    "annotate it with nova.example.com/rollout-percent, stable and candidate",
                );
            }
            return;
        }
        const { stable, candidate, service, backends, percent } = rollout;
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
        const expected = [stable, candidate].filter((revision) => revision !== undefined).map((revision) => `${service}-${revision}`);
        for (const backend of backends.filter(({ name }) => !expected.includes(name))) {
            yield wrong(backend.path, `${backend.name} is neither the stable revision nor the candidate`, `route to ${expected.join(" and ")} only`);
        }
        if (new Set(backends.map(({ name }) => name)).size < backends.length) {
            yield wrong("spec.rules", "one revision is named twice", "name each revision once");
        }
    },
});
