import { containerRule, wrong } from "../../engine/rule.ts";
import { text } from "../../engine/value.ts";
import { hasUserNamespace, kubernetesMinor, profile } from "../../shapes/pod-security.ts";
import { podSecurity } from "../../shapes/references.ts";

/** An unmasked /proc shows and changes what belongs to the node. */
export const procMount = containerRule({
    name: "proc-mount",
    title: "The mask over /proc stays in place.",
    severity: "medium",
    level: "mandatory",
    references: [podSecurity("baseline", "/proc Mount Type"), podSecurity("restricted", "/proc Mount Type (v1.35+)")],
    settings: { ...kubernetesMinor, ...profile },
    *check(container, { settings }) {
        const relaxed = settings.profile === "baseline" && settings.kubernetesMinor >= 35 && hasUserNamespace(container.pod);
        const mount = text(container.body, "securityContext", "procMount") ?? "Default";
        if (mount !== "Default" && !relaxed) {
            yield wrong("securityContext.procMount", `container "${container.name}" sets procMount to ${mount}`, "remove procMount");
        }
    },
});
