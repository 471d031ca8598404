import { missing, stackRule } from "../../engine/rule.ts";
import { has } from "../../engine/value.ts";
import { documentation } from "../../shapes/references.ts";
import { isReplicated } from "../../shapes/workload.ts";

/** When a cluster is full, priority decides who stays. Reported once a stack. */
export const priorityClass = stackRule({
    name: "priority-class",
    title: "The pods of a workload have a priority.",
    severity: "low",
    level: "advisory",
    references: [documentation("concepts/scheduling-eviction/pod-priority-preemption/")],
    *check(stack) {
        const workloads = stack.pods.filter((pod) => isReplicated(pod.object) && !pod.partial);
        const plain = workloads.filter((pod) => !has(pod.spec, "priorityClassName"));
        const [first] = plain;
        if (first !== undefined) {
            yield {
                ...missing(
                    first.path,
                    `${String(plain.length)} of ${String(workloads.length)} workloads have no priority of their own`,
                    "set priorityClassName",
                ),
                on: first.object,
            };
        }
    },
});
