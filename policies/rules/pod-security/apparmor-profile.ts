import { podRule, wrong } from "../../engine/rule.ts";
import { has, labels, text } from "../../engine/value.ts";
import { securityContexts } from "../../shapes/pod-security.ts";
import { podSecurity } from "../../shapes/references.ts";

const annotationPrefix = "container.apparmor.security.beta.kubernetes.io/";

/** The default AppArmor profile may be narrowed, never switched off. */
export const apparmorProfile = podRule({
    name: "apparmor-profile",
    title: "The AppArmor profile is the default or a local one.",
    severity: "medium",
    level: "mandatory",
    references: [podSecurity("baseline", "AppArmor")],
    *check(pod) {
        for (const { whose, path, holder } of securityContexts(pod)) {
            const type = text(holder, "securityContext", "appArmorProfile", "type");
            if (has(holder, "securityContext", "appArmorProfile") && type !== "RuntimeDefault" && type !== "Localhost") {
                yield wrong(`${path}.appArmorProfile.type`, `${whose} sets the AppArmor profile ${type ?? "without a type"}`, "set it to RuntimeDefault");
            }
        }
        for (const [key, value] of Object.entries(pod.annotations)) {
            if (key.startsWith(annotationPrefix) && value !== "" && value !== "runtime/default" && !value.startsWith("localhost/")) {
                yield wrong("", `the annotation ${key} sets another AppArmor profile than the default`, "set it to runtime/default");
            }
        }
        // An annotation whose value is unknown would be passed over above.
        labels(pod.template, "metadata", "annotations");
    },
});
