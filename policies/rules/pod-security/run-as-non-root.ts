import { missing, podRule, wrong } from "../../engine/rule.ts";
import { flag } from "../../engine/value.ts";
import { hasUserNamespace, kubernetesMinor, pathInPod } from "../../shapes/pod-security.ts";
import { cis, nsa, podSecurity } from "../../shapes/references.ts";

/** Without it, an image whose user is root runs as root. */
export const runAsNonRoot = podRule({
    name: "run-as-non-root",
    title: "Each container must run as a user other than root, by its own setting or by the pod's.",
    severity: "high",
    level: "mandatory",
    references: [podSecurity("restricted", "Running as Non-root"), nsa("Kubernetes Pod security: non-root containers"), cis("5.2.7")],
    settings: kubernetesMinor,
    *check(pod, { settings }) {
        if (settings.kubernetesMinor >= 35 && hasUserNamespace(pod)) {
            return;
        }
        const ofPod = flag(pod.spec, "securityContext", "runAsNonRoot");
        if (ofPod === false) {
            yield wrong("securityContext.runAsNonRoot", "the pod allows root", "set it to true");
        } else if (ofPod === undefined && pod.partial) {
            // Its containers may be elsewhere: this counts where a patch takes the pod's setting away.
            yield missing("securityContext.runAsNonRoot", "its containers may run as root", "set it to true");
        }
        for (const container of pod.containers) {
            const own = flag(container.body, "securityContext", "runAsNonRoot");
            const path = `${pathInPod(container)}.securityContext.runAsNonRoot`;
            if (own === false) {
                yield wrong(path, `container "${container.name}" allows root`, "set it to true");
            } else if (own === undefined && ofPod === undefined) {
                yield missing(path, `container "${container.name}" may run as root`, "set runAsNonRoot to true on the pod");
            }
        }
    },
});
