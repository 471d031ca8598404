import { podRule, wrong } from "../../engine/rule.ts";
import { flag } from "../../engine/value.ts";
import { cis, podSecurity } from "../../shapes/references.ts";
import { securityContexts } from "../../shapes/pod-security.ts";

/** A HostProcess container is an administrator of a Windows node. */
export const noWindowsHostProcess = podRule({
    name: "no-windows-host-process",
    title: "No pod runs as a HostProcess of a Windows node.",
    severity: "critical",
    level: "mandatory",
    references: [podSecurity("baseline", "HostProcess"), cis("5.2.11")],
    *check(pod) {
        for (const { whose, path, holder } of securityContexts(pod)) {
            if (flag(holder, "securityContext", "windowsOptions", "hostProcess") === true) {
                yield wrong(`${path}.windowsOptions.hostProcess`, `${whose} runs as a HostProcess`, "remove hostProcess");
            }
        }
    },
});
