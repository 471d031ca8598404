import { objectRule, wrong } from "../../engine/rule.ts";
import { list } from "../../engine/value.ts";

/** No controller starts a bare pod again when its node goes. */
export const noNakedPod = objectRule({
    name: "no-naked-pod",
    title: "Pods belong to a workload that replaces them.",
    severity: "high",
    level: "mandatory",
    kinds: ["core/Pod", "core/ReplicationController", "apps/ReplicaSet"],
    *check(object) {
        if (!object.partial && list(object.body, "metadata", "ownerReferences").length === 0) {
            yield wrong(
                "kind",
                `a ${object.kind} by itself is not ${object.kind === "Pod" ? "replaced" : "updated"} by any controller`,
                "use a Deployment, a StatefulSet or a Job",
            );
        }
    },
});
