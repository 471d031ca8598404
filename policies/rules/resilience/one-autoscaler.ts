import { stackRule, wrong } from "../../engine/rule.ts";
import { number, numberOrText } from "../../engine/value.ts";
import { onEach } from "../../shapes/each.ts";
import { quantity } from "../../shapes/quantity.ts";
import { autoscalerKind, autoscalersOf, replicatedKinds } from "../../shapes/workload.ts";

/** During a rollout both revisions may reach their maximum at once: the namespace has to have room for that (argo-rollouts 2857, 3849). */
export const oneAutoscaler = stackRule({
    name: "one-autoscaler",
    title: "No two autoscalers share a target, and the namespace's quota has room for all maxima.",
    severity: "medium",
    level: "advisory",
    *check(stack) {
        yield* onEach(
            replicatedKinds.flatMap((kind) => stack.ofKind(kind)),
            function* (workload) {
                const scalers = autoscalersOf(stack, workload);
                if (scalers.length > 1) {
                    yield wrong("", `${String(scalers.length)} autoscalers scale it`, "keep one for each revision");
                }
            },
        );
        yield* onEach(stack.ofKind("core/ResourceQuota"), function* (quota) {
            const pods = quantity(numberOrText(quota.body, "spec", "hard", "pods"));
            const most = stack
                .ofKind(autoscalerKind)
                .filter((scaler) => scaler.namespace === quota.namespace)
                .reduce((sum, scaler) => sum + (number(scaler.body, "spec", "maxReplicas") ?? 0), 0);
            if (pods !== undefined && most > pods) {
                yield wrong(
                    "spec.hard.pods",
                    `the quota allows ${String(pods)} pods, and the autoscalers may ask for ${String(most)}`,
                    "raise the quota, or lower the maxima",
                );
            }
        });
    },
});
