import { podRule, wrong } from "../../engine/rule.ts";
import { flag } from "../../engine/value.ts";
import { cis, nsa, podSecurity } from "../../shapes/references.ts";

/** Host namespaces let a pod watch and reach other pods' processes and traffic. */
export const noHostNamespace = podRule({
    name: "no-host-namespace",
    title: "No pod shares the node's network, processes or inter-process communication.",
    severity: "critical",
    level: "mandatory",
    references: [podSecurity("baseline", "Host Namespaces"), nsa("Kubernetes Pod security"), cis("5.2.3, 5.2.4, 5.2.5")],
    *check(pod) {
        for (const key of ["hostNetwork", "hostPID", "hostIPC"]) {
            if (flag(pod.spec, key) === true) {
                yield wrong(key, `the pod sets ${key}`, `remove ${key}`);
            }
        }
    },
});
