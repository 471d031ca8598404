import { objectRule, wrong } from "../../engine/rule.ts";
import { has, number } from "../../engine/value.ts";
import { argoRollout, canaryOf, stepsOf } from "../../shapes/argo.ts";

/** Without a traffic router the share of the pods is the share of the traffic: 5 % of three pods is a third. */
export const weightExpressible = objectRule({
    name: "weight-expressible",
    title: "A rollout without a traffic router has enough pods to express its weights.",
    severity: "high",
    level: "mandatory",
    kinds: [argoRollout],
    *check(rollout) {
        const canary = canaryOf(rollout);
        const replicas = number(rollout.body, "spec", "replicas") ?? 1;
        if (canary === undefined || has(canary, "trafficRouting")) {
            return;
        }
        for (const { weight, path } of stepsOf(rollout)) {
            const pods = ((weight ?? 0) * replicas) / 100;
            if (weight !== undefined && weight > 0 && Math.abs(Math.ceil(pods) - pods) / replicas > 0.05) {
                yield wrong(
                    path,
                    `${String(weight)} % of ${String(replicas)} pods can't be had`,
                    "add trafficRouting, or use weights that the pods can express",
                );
            }
        }
    },
});
