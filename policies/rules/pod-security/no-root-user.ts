import { podRule, wrong } from "../../engine/rule.ts";
import { number } from "../../engine/value.ts";
import { hasUserNamespace, kubernetesMinor, securityContexts } from "../../shapes/pod-security.ts";
import { podSecurity } from "../../shapes/references.ts";

/** The user 0 is root by number. */
export const noRootUser = podRule({
    name: "no-root-user",
    title: "Neither a pod nor a container sets runAsUser to 0.",
    severity: "high",
    level: "mandatory",
    references: [podSecurity("restricted", "Running as Non-root user (v1.23+)")],
    settings: kubernetesMinor,
    *check(pod, { settings }) {
        if (settings.kubernetesMinor < 23 || (settings.kubernetesMinor >= 35 && hasUserNamespace(pod))) {
            return;
        }
        for (const { whose, path, holder } of securityContexts(pod)) {
            if (number(holder, "securityContext", "runAsUser") === 0) {
                yield wrong(`${path}.runAsUser`, `${whose} runs as user 0, which is root`, "use a user of at least 10000");
            }
        }
    },
});
