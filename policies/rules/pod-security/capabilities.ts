import { containerRule, missing, wrong } from "../../engine/rule.ts";
import { texts } from "../../engine/value.ts";
import { isWindows, kubernetesMinor, profile } from "../../shapes/pod-security.ts";
import { cis, nsa, podSecurity } from "../../shapes/references.ts";

const baseline = "AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT".split(" ");

/** Linux capabilities are root's rights in pieces. The restricted profile takes the place of the baseline one, so one edit is reported once. */
export const capabilities = containerRule({
    name: "capabilities",
    title: "Each container drops all capabilities and adds at most NET_BIND_SERVICE.",
    severity: "high",
    level: "mandatory",
    references: [
        podSecurity("restricted", "Capabilities (v1.22+)"),
        podSecurity("baseline", "Capabilities"),
        nsa("Kubernetes Pod security"),
        cis("5.2.9, 5.2.10"),
    ],
    settings: { ...kubernetesMinor, ...profile },
    *check(container, { settings }) {
        const restricted = settings.profile === "restricted" && settings.kubernetesMinor >= 22;
        if (restricted && settings.kubernetesMinor >= 25 && isWindows(container.pod)) {
            return;
        }
        const allowed = restricted ? ["NET_BIND_SERVICE"] : baseline;
        const path = "securityContext.capabilities";
        const added = texts(container.body, "securityContext", "capabilities", "add").filter((capability) => !allowed.includes(capability));
        if (added.length > 0) {
            yield wrong(`${path}.add`, `container "${container.name}" adds ${added.join(", ")}`, `add nothing but ${allowed.join(", ")}`);
        }
        if (restricted && !texts(container.body, "securityContext", "capabilities", "drop").includes("ALL")) {
            yield missing(`${path}.drop`, `container "${container.name}" keeps the default capabilities`, 'set drop to ["ALL"]');
        }
    },
});
