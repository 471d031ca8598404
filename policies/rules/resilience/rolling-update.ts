import { objectRule, wrong } from "../../engine/rule.ts";
import { numberOrText, text } from "../../engine/value.ts";
import { podsOf } from "../../shapes/pods-of.ts";
import { documentation } from "../../shapes/references.ts";

/** An update must never take all pods away at once, and must be able to move at all. */
export const rollingUpdate = objectRule({
    name: "rolling-update",
    title: "A Deployment is updated pod by pod, never all at once.",
    severity: "high",
    level: "mandatory",
    references: [documentation("concepts/workloads/controllers/deployment/#strategy")],
    kinds: ["apps/Deployment"],
    *check(deployment) {
        const at = "spec.strategy.rollingUpdate";
        const bound = (key: string) => numberOrText(deployment.body, "spec", "strategy", "rollingUpdate", key);
        const [unavailable, surge] = [podsOf(bound("maxUnavailable"), 100), podsOf(bound("maxSurge"), 100)];
        if (text(deployment.body, "spec", "strategy", "type") === "Recreate") {
            yield wrong("spec.strategy.type", "an update stops all pods before it starts new ones", "use RollingUpdate");
        } else if (unavailable === 0 && surge === 0) {
            yield wrong(at, "an update can never move: neither a pod less nor a pod more is allowed", "set maxSurge to at least 1");
        } else if (bound("maxUnavailable") === "100%") {
            yield wrong(`${at}.maxUnavailable`, "an update may stop all pods at once", "set maxUnavailable to 0 and maxSurge to at least 1");
        }
    },
});
