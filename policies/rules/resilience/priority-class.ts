import { missing, podRule } from "../../engine/rule.ts";
import { has } from "../../engine/value.ts";
import { documentation } from "../../shapes/references.ts";
import { isReplicated } from "../../shapes/workload.ts";

/** When a cluster is full, priority decides who stays. */
export const priorityClass = podRule({
    name: "priority-class",
    title: "The pods of a workload have a priority.",
    severity: "low",
    level: "advisory",
    rows: ["35"],
    references: [documentation("concepts/scheduling-eviction/pod-priority-preemption/")],
    *check(pod) {
        if (isReplicated(pod.object) && !has(pod.spec, "priorityClassName")) {
            yield missing("priorityClassName", "the pods have no priority of their own", "set priorityClassName");
        }
    },
});
