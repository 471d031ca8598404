import { stackRule, wrong } from "../../engine/rule.ts";
import { onEach } from "../../shapes/each.ts";
import { isDarkOrGrowing } from "../../shapes/rollout-route.ts";
import { fewestPods } from "../../shapes/workload.ts";

/** One pod is an outage whenever a node goes. The candidate of a rollout is the plan's business: rollout-candidate-capacity. */
export const replicaMinimum = stackRule({
    name: "replica-minimum",
    title: "Each Deployment and Rollout has at least two pods, in production three.",
    severity: "high",
    level: "mandatory",
    settings: {
        minimum: { type: "integer", default: 2, minimum: 0, description: "Fewest pods in staging" },
        minimumInProduction: { type: "integer", default: 3, minimum: 0, description: "Fewest pods in production and in the lab" },
    },
    check: (stack, { settings, environment }) =>
        onEach([...stack.ofKind("apps/Deployment"), ...stack.ofKind("argoproj.io/Rollout")], function* (workload) {
            const minimum = environment === "staging" ? settings.minimum : settings.minimumInProduction;
            const pods = workload.partial || isDarkOrGrowing(stack, workload) ? minimum : fewestPods(stack, workload);
            if (pods < minimum) {
                yield wrong(
                    "spec.replicas",
                    `it has ${String(pods)} pods at the least`,
                    `give it at least ${String(minimum)}, by minReplicas of its autoscaler or by replicas`,
                );
            }
        }),
});
