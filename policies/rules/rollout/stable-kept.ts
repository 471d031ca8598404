import { objectRule, wrong } from "../../engine/rule.ts";
import { flag, numberOrText } from "../../engine/value.ts";
import { argoRollout, canaryOf } from "../../shapes/argo.ts";
import { podsOf } from "../../shapes/pods-of.ts";

/** A stable revision that shrinks as the canary grows can't take over the traffic at once. */
export const stableKept = objectRule({
    name: "stable-kept",
    title: "An Argo rollout keeps the stable revision at full size.",
    severity: "medium",
    level: "advisory",
    kinds: [argoRollout],
    *check(rollout) {
        const canary = canaryOf(rollout);
        if (flag(canary, "dynamicStableScale") === true) {
            yield wrong(
                "spec.strategy.canary.dynamicStableScale",
                "the stable revision shrinks while the canary grows",
                "remove it where an abort has to be fast",
            );
        }
        if ((podsOf(numberOrText(canary, "maxUnavailable"), 100) ?? 0) > 25) {
            yield wrong("spec.strategy.canary.maxUnavailable", "a step may take more than a quarter of the pods away", "set it to 0 and use maxSurge");
        }
    },
});
