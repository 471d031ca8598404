import { stackRule, wrong } from "../../engine/rule.ts";
import { has } from "../../engine/value.ts";
import { onEach } from "../../shapes/each.ts";
import { autoscalersOf, replicatedKinds } from "../../shapes/workload.ts";
import { documentation } from "../../shapes/references.ts";

/** With both, each update sets the number back to the program's, in the middle of a load peak too. */
export const noReplicasWithAutoscaler = stackRule({
    name: "no-replicas-with-autoscaler",
    title: "A workload with an autoscaler has no number of replicas of its own.",
    severity: "medium",
    level: "mandatory",
    references: [documentation("concepts/workloads/autoscaling/horizontal-pod-autoscale/#migrating-deployments-and-statefulsets-to-horizontal-autoscaling")],
    check: (stack) =>
        onEach(
            replicatedKinds.flatMap((kind) => stack.ofKind(kind)),
            function* (workload) {
                if (has(workload.body, "spec", "replicas") && autoscalersOf(stack, workload).length > 0) {
                    yield wrong("spec.replicas", "an autoscaler owns the number of pods, and the program sets it too", "remove replicas");
                }
            },
        ),
});
