import { stackRule, wrong } from "../../engine/rule.ts";
import { at, list, text, flag } from "../../engine/value.ts";
import { argoRollout, canaryOf } from "../../shapes/argo.ts";
import { onEach } from "../../shapes/each.ts";

/** A rollout whose analysis is missing is aborted, or never judged. */
export const analysisExists = stackRule({
    name: "analysis-exists",
    title: "The analysis templates that a rollout names are in the stack.",
    severity: "high",
    level: "mandatory",
    check: (stack) =>
        onEach(stack.ofKind(argoRollout), function* (rollout) {
            const canary = canaryOf(rollout);
            const analyses = [at(canary, "analysis"), ...list(canary, "steps").map((step) => at(step, "analysis"))];
            for (const template of analyses.flatMap((analysis) => list(analysis, "templates"))) {
                const [name, wide] = [text(template, "templateName") ?? "", flag(template, "clusterScope") === true];
                const found = wide
                    ? stack.ofKind("argoproj.io/ClusterAnalysisTemplate").some((candidate) => candidate.name === name)
                    : stack.find("argoproj.io/AnalysisTemplate", rollout.namespace, name) !== undefined;
                if (!found) {
                    yield wrong("spec.strategy.canary", `there is no analysis template ${name} in the stack`, "declare it");
                }
            }
        }),
});
