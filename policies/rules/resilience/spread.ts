import { missing, podRule } from "../../engine/rule.ts";
import { fields, list } from "../../engine/value.ts";
import { documentation } from "../../shapes/references.ts";
import { isReplicated } from "../../shapes/workload.ts";

/** Pods that share a node or a zone go together. */
export const spread = podRule({
    name: "spread",
    title: "The pods of a workload are spread over nodes or zones.",
    severity: "medium",
    level: "mandatory",
    staging: "advisory",
    references: [documentation("concepts/scheduling-eviction/topology-spread-constraints/")],
    *check(pod) {
        const constrained = list(pod.spec, "topologySpreadConstraints").length > 0 || fields(pod.spec, "affinity", "podAntiAffinity") !== undefined;
        if (isReplicated(pod.object) && !constrained) {
            yield missing(
                "topologySpreadConstraints",
                "nothing keeps the pods from sharing one node",
                "spread them over topology.kubernetes.io/zone and kubernetes.io/hostname",
            );
        }
    },
});
