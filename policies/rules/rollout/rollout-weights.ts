import { objectRule, wrong } from "../../engine/rule.ts";
import { rolloutOf, routeKind } from "../../shapes/rollout-route.ts";
import { checklist } from "../../shapes/references.ts";

/** The Gateway API reads a missing weight as 1: two backends without weights share traffic half and half. */
export const rolloutWeights = objectRule({
    name: "rollout-weights",
    title: "The weights of a rollout are written out, add up to 100, and give the candidate what the record says.",
    severity: "critical",
    level: "mandatory",
    references: [checklist("Phase 1: Canary")],
    kinds: [routeKind],
    *check(route) {
        const rollout = rolloutOf(route);
        if (rollout === undefined || rollout.backends.length === 0) {
            return;
        }
        const { backends, candidate, percent, service } = rollout;
        for (const backend of backends.filter(({ weight }) => weight === undefined)) {
            yield wrong(`${backend.path}.weight`, `${backend.name} has no weight`, "write every weight out");
        }
        if (backends.some(({ weight }) => weight === undefined)) {
            return;
        }
        const sum = backends.reduce((total, { weight }) => total + (weight ?? 0), 0);
        if (sum !== 100 || backends.some(({ weight }) => (weight ?? 0) < 0)) {
            yield wrong("spec.rules", `the weights add up to ${String(sum)}`, "make them add up to 100");
            return;
        }
        const share = backends.filter(({ name }) => name === `${service}-${candidate ?? ""}`).reduce((total, { weight }) => total + (weight ?? 0), 0);
        if (share !== percent) {
            yield wrong("spec.rules", `the candidate gets ${String(share)} %, and the record says ${String(percent)} %`, "make them agree");
        }
    },
});
