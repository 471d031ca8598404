import { objectRule, wrong } from "../../engine/rule.ts";
import { fields, text } from "../../engine/value.ts";
import { argoRollout } from "../../shapes/argo.ts";
import { checklist } from "../../shapes/references.ts";

const pairs = [
    ["canary", "stableService", "canaryService"],
    ["blueGreen", "activeService", "previewService"],
] as const;

/** Of two strategies Argo takes one, and of two equal Services the split makes one. */
export const rolloutStrategy = objectRule({
    name: "rollout-strategy",
    title: "An Argo rollout has exactly one strategy, and its two Services differ.",
    severity: "high",
    level: "mandatory",
    references: [checklist("Strategy")],
    kinds: [argoRollout],
    *check(rollout) {
        const strategies = Object.keys(fields(rollout.body, "spec", "strategy") ?? {});
        if (strategies.length !== 1 && !rollout.partial) {
            yield wrong("spec.strategy", `it has ${String(strategies.length)} strategies`, "give it exactly one: canary or blueGreen");
        }
        for (const [strategy, first, second] of pairs) {
            const names = [first, second].map((key) => text(rollout.body, "spec", "strategy", strategy, key));
            if (names[0] !== undefined && names[0] === names[1]) {
                yield wrong(`spec.strategy.${strategy}.${second}`, `${first} and ${second} are the same`, "name two Services");
            }
        }
    },
});
