import { podRule, wrong } from "../../engine/rule.ts";
import { list, text } from "../../engine/value.ts";
import { documentation } from "../../shapes/references.ts";

/** Taints of nodes that run the cluster itself. */
const controlPlane = ["node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master"];

/** A pod that tolerates everything stays on nodes that fail or are emptied, and gets onto those of the control plane. */
export const noBlanketToleration = podRule({
    name: "no-blanket-toleration",
    title: "A pod tolerates the taints that it names, and none of the control plane.",
    severity: "medium",
    level: "mandatory",
    references: [documentation("concepts/scheduling-eviction/taint-and-toleration/")],
    *check(pod) {
        for (const [index, toleration] of list(pod.spec, "tolerations").entries()) {
            const key = text(toleration, "key") ?? "";
            if (key === "" && text(toleration, "operator") === "Exists") {
                yield wrong(`tolerations[${String(index)}]`, "the pod tolerates every taint", "name the taint's key");
            } else if (controlPlane.includes(key)) {
                yield wrong(`tolerations[${String(index)}]`, "the pod may run on nodes of the control plane", "remove the toleration");
            }
        }
    },
});
