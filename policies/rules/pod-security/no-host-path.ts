import { podRule, wrong } from "../../engine/rule.ts";
import { has, list, text } from "../../engine/value.ts";
import { cis, nsa, podSecurity } from "../../shapes/references.ts";

/** A path of the node, such as the container runtime's socket, is the way out of the container. */
export const noHostPath = podRule({
    name: "no-host-path",
    title: "No pod mounts a path of the node.",
    severity: "critical",
    level: "mandatory",
    references: [podSecurity("baseline", "HostPath Volumes"), nsa("Kubernetes Pod security"), cis("5.2.12")],
    *check(pod) {
        for (const [index, volume] of list(pod.spec, "volumes").entries()) {
            if (has(volume, "hostPath")) {
                yield wrong(
                    `volumes[${String(index)}].hostPath`,
                    `volume "${text(volume, "name") ?? ""}" is a path of the node`,
                    "use a persistentVolumeClaim, an emptyDir or a configMap",
                );
            }
        }
    },
});
