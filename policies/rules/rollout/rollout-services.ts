import { stackRule, wrong } from "../../engine/rule.ts";
import { text } from "../../engine/value.ts";
import { argoRollout } from "../../shapes/argo.ts";
import { onEach } from "../../shapes/each.ts";

const places = [
    ["canary", "stableService"],
    ["canary", "canaryService"],
    ["blueGreen", "activeService"],
    ["blueGreen", "previewService"],
] as const;

/** A rollout whose Service is missing stops at its first step. */
export const rolloutServices = stackRule({
    name: "rollout-services",
    title: "The Services that an Argo rollout switches are in the stack.",
    severity: "high",
    level: "mandatory",
    check: (stack) =>
        onEach(stack.ofKind(argoRollout), function* (rollout) {
            for (const [strategy, key] of places) {
                const name = text(rollout.body, "spec", "strategy", strategy, key);
                if (name !== undefined && stack.find("core/Service", rollout.namespace, name) === undefined) {
                    yield wrong(`spec.strategy.${strategy}.${key}`, `there is no Service ${name} in the stack`, "declare it");
                }
            }
        }),
});
