import { podRule, wrong } from "../../engine/rule.ts";
import { flag } from "../../engine/value.ts";
import { documentation } from "../../shapes/references.ts";

/** Containers that share their processes read each other's memory, environment and files, under /proc. */
export const noSharedProcesses = podRule({
    name: "no-shared-processes",
    title: "The containers of a pod don't share their processes.",
    severity: "medium",
    level: "mandatory",
    references: [documentation("tasks/configure-pod-container/share-process-namespace/")],
    *check(pod) {
        if (flag(pod.spec, "shareProcessNamespace") === true) {
            yield wrong("shareProcessNamespace", "its containers see each other's processes, environment and files", "remove shareProcessNamespace");
        }
    },
});
