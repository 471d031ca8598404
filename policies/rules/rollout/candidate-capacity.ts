import { missing, stackRule, wrong } from "../../engine/rule.ts";
import { planReplicas, planSteps } from "../../shapes/plan.ts";
import { checklist } from "../../shapes/references.ts";
import { onEachCandidate } from "../../shapes/rollout-route.ts";
import { fewestPods } from "../../shapes/workload.ts";

/** A candidate with too few pods fails under its share, and looks like a bad release. */
export const candidateCapacity = stackRule({
    name: "candidate-capacity",
    title: "The candidate has the pods that the plan gives it for its weight.",
    severity: "critical",
    level: "mandatory",
    references: [checklist("Phase 2: Scale to 25%")],
    settings: { ...planSteps, ...planReplicas },
    check: (stack, { settings }) =>
        onEachCandidate(stack, function* (rollout) {
            const name = `${rollout.service}-${rollout.candidate}`;
            const workload = stack.find("apps/Deployment", rollout.route.namespace, name);
            const needed = settings.candidateReplicas[settings.steps.indexOf(rollout.percent)] ?? Infinity;
            if (workload === undefined) {
                yield missing("", `the candidate's Deployment ${name} is not in the stack`, "declare it");
            } else if (fewestPods(stack, workload) < needed) {
                yield wrong(
                    "metadata.annotations",
                    `at ${String(rollout.percent)} % the candidate needs ${String(needed)} pods and has ${String(fewestPods(stack, workload))}`,
                    "raise minReplicas of its autoscaler first",
                );
            }
        }),
});
