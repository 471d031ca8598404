import { objectRule, wrong } from "../../engine/rule.ts";
import { checklist } from "../../shapes/references.ts";
import { rolloutOf, routeKind } from "../../shapes/rollout-route.ts";

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
        for (const { backends, path } of rollout?.ways ?? []) {
            if (rollout === undefined || backends.length === 0) {
                continue;
            }
            const unwritten = backends.filter(({ isWeighted }) => !isWeighted);
            for (const backend of unwritten) {
                yield wrong(`${backend.path}.weight`, `${backend.name} has no weight`, "write every weight out");
            }
            const sum = backends.reduce((total, { weight }) => total + weight, 0);
            const share = backends
                .filter(({ name }) => name === `${rollout.service}-${rollout.candidate ?? ""}`)
                .reduce((total, { weight }) => total + weight, 0);
            if (unwritten.length > 0) {
                continue;
            }
            if (sum !== 100 || backends.some(({ weight }) => weight < 0)) {
                yield wrong(path, `the weights add up to ${String(sum)}`, "make them add up to 100");
            } else if (share !== rollout.percent) {
                yield wrong(path, `the candidate gets ${String(share)} %, and the record says ${String(rollout.percent)} %`, "make them agree");
            }
        }
    },
});
