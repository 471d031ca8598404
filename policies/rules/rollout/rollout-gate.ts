import { missing, stackRule, wrong } from "../../engine/rule.ts";
import { argoRollout, canaryOf, stepsOf } from "../../shapes/argo.ts";
import { onEach } from "../../shapes/each.ts";
import { checklist } from "../../shapes/references.ts";
import { annotation, carriesRecord, routeKind } from "../../shapes/rollout-route.ts";
import { has } from "../../engine/value.ts";

const recordKeys = ["rollout-percent", "stable", "candidate"] as const;

/** A step without a gate is a step without a judgement. */
export const rolloutGate = stackRule({
    name: "rollout-gate",
    title: "Each step of a rollout has a gate: the record that the guard watches, or a pause and an analysis.",
    severity: "critical",
    level: "mandatory",
    references: [checklist("Canary Decision Gate")],
    *check(stack) {
        yield* onEach(stack.ofKind(routeKind).filter(carriesRecord), function* (route) {
            const gate = stack.find("core/ConfigMap", route.namespace, `${route.name}-rollout`);
            if (gate === undefined) {
                yield missing("", `there is no gate: no ConfigMap ${route.name}-rollout carries the record`, "declare the rollout with its gate");
                return;
            }
            for (const key of recordKeys.filter((name) => annotation(gate, name) !== annotation(route, name))) {
                yield wrong("metadata.annotations", `route and gate disagree on ${key}`, "let both come from one record");
            }
        });
        yield* onEach(stack.ofKind(argoRollout), function* (rollout) {
            const canary = canaryOf(rollout);
            if (canary === undefined) {
                return;
            }
            const steps = stepsOf(rollout);
            if (!has(canary, "analysis") && !steps.some(({ analysis }) => analysis)) {
                yield missing("spec.strategy.canary.analysis", "no analysis judges the canary", "add an analysis in the background, or as a step");
            }
            for (const [index, step] of steps.entries()) {
                const following = steps.slice(index + 1);
                const next = following.findIndex(({ weight }) => weight !== undefined);
                const until = next < 0 ? following : following.slice(0, next);
                if (step.weight !== undefined && step.weight < 100 && !until.some(({ pause, analysis }) => pause !== undefined || analysis)) {
                    yield wrong(step.path, `nothing holds the rollout at ${String(step.weight)} %`, "follow the weight with a pause or an analysis");
                }
            }
        });
    },
});
