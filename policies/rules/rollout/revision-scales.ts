import { missing, stackRule, wrong } from "../../engine/rule.ts";
import { number } from "../../engine/value.ts";
import { onEach } from "../../shapes/each.ts";
import { planFullReplicas } from "../../shapes/plan.ts";
import { checklist } from "../../shapes/references.ts";
import { rolloutsIn } from "../../shapes/rollout-route.ts";
import { autoscalersOf } from "../../shapes/workload.ts";

/** Each revision may have to take all traffic: the candidate at the end, the stable one after a rollback. */
export const revisionScales = stackRule({
    name: "revision-scales",
    title: "Each revision of a rollout has an autoscaler that reaches the pods of full traffic.",
    severity: "high",
    level: "mandatory",
    references: [checklist("Phase 4: HPA configured: 3-10")],
    settings: planFullReplicas,
    check: (stack, { settings }) => {
        const revisions = rolloutsIn(stack).flatMap(({ route, service, stable, candidate }) =>
            [stable, candidate].flatMap((revision) =>
                revision === undefined ? [] : (stack.find("apps/Deployment", route.namespace, `${service}-${revision}`) ?? []),
            ),
        );
        return onEach(revisions, function* (workload) {
            const scalers = autoscalersOf(stack, workload);
            if (scalers.length === 0) {
                yield missing("", "no autoscaler scales this revision", "declare one for it");
            }
            for (const scaler of scalers) {
                const maximum = number(scaler.body, "spec", "maxReplicas") ?? 0;
                if (maximum < settings.fullReplicas) {
                    yield wrong("", `its autoscaler stops at ${String(maximum)} pods`, `let maxReplicas be at least ${String(settings.fullReplicas)}`);
                }
            }
        });
    },
});
