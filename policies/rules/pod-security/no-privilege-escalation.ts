import { containerRule, missing, wrong } from "../../engine/rule.ts";
import { flag } from "../../engine/value.ts";
import { isWindows, kubernetesMinor } from "../../shapes/pod-security.ts";
import { cis, nsa, podSecurity } from "../../shapes/references.ts";

/** A process must not gain rights that its parent did not have. The default allows it, so it has to be written. */
export const noPrivilegeEscalation = containerRule({
    name: "no-privilege-escalation",
    title: "Each container sets allowPrivilegeEscalation to false: the default is true.",
    severity: "high",
    level: "mandatory",
    references: [podSecurity("restricted", "Privilege Escalation (v1.8+)"), nsa("Kubernetes Pod security"), cis("5.2.6")],
    settings: kubernetesMinor,
    *check(container, { settings }) {
        const allowed = flag(container.body, "securityContext", "allowPrivilegeEscalation");
        if (allowed === false || settings.kubernetesMinor < 8 || (settings.kubernetesMinor >= 25 && isWindows(container.pod))) {
            return;
        }
        const report = allowed === undefined ? missing : wrong;
        yield report("securityContext.allowPrivilegeEscalation", `container "${container.name}" may gain privileges`, "set it to false");
    },
});
