import { podRule, wrong } from "../../engine/rule.ts";
import { list, text } from "../../engine/value.ts";
import { kubernetesMinor } from "../../shapes/pod-security.ts";
import { podSecurity } from "../../shapes/references.ts";

/** Sysctls that change the pod alone, with the minor version since which the standard allows them. */
const safe: ReadonlyMap<string, number> = new Map([
    ["kernel.shm_rmid_forced", 0],
    ["net.ipv4.ip_local_port_range", 0],
    ["net.ipv4.tcp_syncookies", 0],
    ["net.ipv4.ping_group_range", 0],
    ["net.ipv4.ip_unprivileged_port_start", 0],
    ["net.ipv4.ip_local_reserved_ports", 27],
    ["net.ipv4.tcp_keepalive_time", 29],
    ["net.ipv4.tcp_fin_timeout", 29],
    ["net.ipv4.tcp_keepalive_intvl", 29],
    ["net.ipv4.tcp_keepalive_probes", 29],
    ["net.ipv4.tcp_rmem", 32],
    ["net.ipv4.tcp_wmem", 32],
    ["net.ipv4.tcp_slow_start_after_idle", 37],
    ["net.ipv4.tcp_notsent_lowat", 37],
]);

/** All that the values of safe sysctls are made of. A runtime that passes a value on as it is sets whatever a `+kernel.core_pattern=...` in it names (CVE-2022-0811). */
const numbers = /^[\d\s,-]*$/;

/** Other sysctls can switch off protections, or change the node for all its pods. */
export const safeSysctls = podRule({
    name: "safe-sysctls",
    title: "A pod sets only the sysctls that the Pod Security Standards of its Kubernetes version call safe, and to numbers.",
    severity: "medium",
    level: "mandatory",
    references: [podSecurity("baseline", "Sysctls")],
    settings: kubernetesMinor,
    *check(pod, { settings }) {
        for (const [index, sysctl] of list(pod.spec, "securityContext", "sysctls").entries()) {
            const name = text(sysctl, "name") ?? "";
            const since = safe.get(name);
            if (since === undefined || since > settings.kubernetesMinor) {
                yield wrong(
                    `securityContext.sysctls[${String(index)}]`,
                    `the sysctl ${name} is not safe in Kubernetes 1.${String(settings.kubernetesMinor)}`,
                    "remove it",
                );
            } else if (!numbers.test(text(sysctl, "value") ?? "")) {
                yield wrong(`securityContext.sysctls[${String(index)}].value`, `the sysctl ${name} has a value that is no number`, "set it to a number");
            }
        }
    },
});
