import { missing, stackRule, wrong } from "../../engine/rule.ts";
import { planFullReplicas } from "../../shapes/plan.ts";
import { checklist } from "../../shapes/references.ts";
import { onEachCandidate } from "../../shapes/rollout-route.ts";
import { fewestPods } from "../../shapes/workload.ts";

/** A rollback gives it all traffic at once. A stable revision that has shrunk meanwhile breaks under it. */
export const stableFloor = stackRule({
    name: "stable-floor",
    title: "While there is a candidate, the stable revision keeps the pods that all traffic needs.",
    severity: "critical",
    level: "mandatory",
    references: [checklist("Rollback")],
    settings: planFullReplicas,
    check: (stack, { settings }) =>
        onEachCandidate(stack, function* (rollout) {
            const name = `${rollout.service}-${rollout.stable}`;
            const workload = stack.find("apps/Deployment", rollout.route.namespace, name);
            if (workload === undefined) {
                yield missing("", `the stable revision's Deployment ${name} is not in the stack`, "keep it until the rollout is finished");
            } else if (fewestPods(stack, workload) < settings.fullReplicas) {
                yield wrong(
                    "metadata.annotations",
                    `the stable revision keeps ${String(fewestPods(stack, workload))} pods at the least`,
                    `keep ${String(settings.fullReplicas)} until the rollout is finished`,
                );
            }
        }),
});
