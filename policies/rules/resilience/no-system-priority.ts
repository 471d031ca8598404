import { podRule, wrong } from "../../engine/rule.ts";
import { number, text } from "../../engine/value.ts";
import { documentation } from "../../shapes/references.ts";

/** Largest priority of a class that is not the cluster's own. */
const largestPriority = 1_000_000_000;

/** A pod of such a priority pushes any other from its node, the cluster's name servers among them. */
export const noSystemPriority = podRule({
    name: "no-system-priority",
    title: "No pod takes a priority that is meant for the cluster's own pods.",
    severity: "medium",
    level: "mandatory",
    references: [documentation("concepts/scheduling-eviction/pod-priority-preemption/")],
    *check(pod) {
        const name = text(pod.spec, "priorityClassName") ?? "";
        if (name.startsWith("system-")) {
            yield wrong("priorityClassName", `the pod has the cluster's own priority ${name}`, "use a PriorityClass of your own");
        } else if ((number(pod.spec, "priority") ?? 0) > largestPriority) {
            yield wrong("priority", "the pod has a priority of the cluster's own", "name a PriorityClass of your own");
        }
    },
});
