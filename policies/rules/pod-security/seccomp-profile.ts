import { missing, podRule, wrong } from "../../engine/rule.ts";
import { has, text } from "../../engine/value.ts";
import { isWindows, kubernetesMinor, pathInPod, profile, securityContexts } from "../../shapes/pod-security.ts";
import { cis, nsa, podSecurity } from "../../shapes/references.ts";

const allowed = ["RuntimeDefault", "Localhost"];
const annotationPrefixes = ["seccomp.security.alpha.kubernetes.io/pod", "container.seccomp.security.alpha.kubernetes.io/"];

/** A seccomp profile keeps rarely used system calls, where kernel bugs are found, from the containers. */
export const seccompProfile = podRule({
    name: "seccomp-profile",
    title: "Each container runs under the seccomp profile RuntimeDefault or Localhost, by its own setting or by the pod's.",
    severity: "medium",
    level: "mandatory",
    references: [podSecurity("restricted", "Seccomp (v1.19+)"), podSecurity("baseline", "Seccomp"), nsa("Kubernetes Pod security"), cis("5.6.2")],
    settings: { ...kubernetesMinor, ...profile },
    *check(pod, { settings }) {
        if (settings.kubernetesMinor < 19) {
            for (const [key, value] of Object.entries(pod.annotations)) {
                if (annotationPrefixes.some((prefix) => key.startsWith(prefix)) && !/^(runtime\/default|docker\/default|localhost\/.*)$/.test(value)) {
                    yield wrong("", `the annotation ${key} sets another seccomp profile than the default`, "set it to runtime/default");
                }
            }
            return;
        }
        const restricted = settings.profile === "restricted";
        if (restricted && settings.kubernetesMinor >= 25 && isWindows(pod)) {
            return;
        }
        for (const { whose, path, holder } of securityContexts(pod)) {
            const type = text(holder, "securityContext", "seccompProfile", "type");
            if (has(holder, "securityContext", "seccompProfile") && !allowed.includes(type ?? "")) {
                yield wrong(`${path}.seccompProfile.type`, `${whose} sets the seccomp profile ${type ?? "without a type"}`, "set it to RuntimeDefault");
            }
        }
        if (restricted && pod.partial && !has(pod.spec, "securityContext", "seccompProfile")) {
            // Its containers may be elsewhere: this counts where a patch takes the pod's setting away.
            yield missing("securityContext.seccompProfile", "its containers may have no seccomp profile", "set its type to RuntimeDefault");
        }
        const ofPod = allowed.includes(text(pod.spec, "securityContext", "seccompProfile", "type") ?? "");
        for (const container of restricted && !ofPod ? pod.containers : []) {
            if (!has(container.body, "securityContext", "seccompProfile")) {
                yield missing(
                    `${pathInPod(container)}.securityContext.seccompProfile`,
                    `container "${container.name}" has no seccomp profile`,
                    "set seccompProfile.type to RuntimeDefault on the pod",
                );
            }
        }
    },
});
