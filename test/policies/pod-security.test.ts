import { describe, expect, it } from "vitest";

import { readConfiguration } from "../../policies/engine/configuration.ts";
import { policiesOf } from "../../policies/engine/pack.ts";
import { families, rules } from "../../policies/rules/index.ts";
import { goodTemplate, kubernetes } from "./extras.ts";
import { nowMs } from "./judge.ts";
import { analyze } from "./runtime.ts";

const podSecurity = new Set(families["pod-security"].map(({ name }): string => name));

/** The violations of a pod under a version of Kubernetes and a profile, among the rules of the Pod Security Standards. */
async function judged(spec: object, settings: { readonly kubernetesMinor?: number; readonly profile?: string }): Promise<readonly string[]> {
    const configuration = Object.fromEntries(
        rules
            .filter(({ name }) => podSecurity.has(name))
            .map((rule) => [rule.name, Object.fromEntries(Object.entries(settings).filter(([key]) => Object.hasOwn(rule.settings ?? {}, key)))]),
    );
    const policies = policiesOf(rules, { environment: "prod", nowMs, configuration: readConfiguration(configuration, rules, "prod") });
    const [container] = goodTemplate.spec.containers;
    const { container: change, ...podChange } = { container: {}, ...spec };
    const template = { ...goodTemplate, spec: { ...goodTemplate.spec, ...podChange, containers: [{ ...container, ...change }] } };
    const found = await analyze(policies, kubernetes("apps/v1", "Deployment", "a", { spec: { template } }));
    return [...new Set(found.map(({ policy }) => policy).filter((name) => podSecurity.has(name)))];
}

const securityContext = (extra: object) => ({ securityContext: { ...goodTemplate.spec.securityContext, ...extra } });
const sysctl = (name: string) => securityContext({ sysctls: [{ name, value: "1" }] });
const inContainer = (extra: object) => ({ container: { securityContext: { ...goodTemplate.spec.containers[0]?.securityContext, ...extra } } });
const windows = { os: { name: "windows" }, securityContext: { runAsNonRoot: true }, container: { securityContext: {} } };

/** From the definitions of k8s.io/pod-security-admission 0.36: what changed, and in which minor version. */
describe("the Pod Security Standards of a version", () => {
    it.each([
        ["the sysctl ip_local_reserved_ports", sysctl("net.ipv4.ip_local_reserved_ports"), 26, "safe-sysctls", false],
        ["the sysctl ip_local_reserved_ports", sysctl("net.ipv4.ip_local_reserved_ports"), 27, "safe-sysctls", true],
        ["the sysctl tcp_keepalive_time", sysctl("net.ipv4.tcp_keepalive_time"), 28, "safe-sysctls", false],
        ["the sysctl tcp_keepalive_time", sysctl("net.ipv4.tcp_keepalive_time"), 29, "safe-sysctls", true],
        ["the sysctl tcp_rmem", sysctl("net.ipv4.tcp_rmem"), 31, "safe-sysctls", false],
        ["the sysctl tcp_rmem", sysctl("net.ipv4.tcp_rmem"), 32, "safe-sysctls", true],
        ["the sysctl kernel.msgmax", sysctl("kernel.msgmax"), 36, "safe-sysctls", false],
        ["the SELinux type container_engine_t", securityContext({ seLinuxOptions: { type: "container_engine_t" } }), 30, "selinux-options", false],
        ["the SELinux type container_engine_t", securityContext({ seLinuxOptions: { type: "container_engine_t" } }), 31, "selinux-options", true],
        ["a probe's host", { container: { livenessProbe: { tcpSocket: { host: "10.0.0.1", port: 80 } } } }, 33, "no-probe-host", true],
        ["a probe's host", { container: { livenessProbe: { tcpSocket: { host: "10.0.0.1", port: 80 } } } }, 34, "no-probe-host", false],
        ["root in a user namespace", { hostUsers: false, ...securityContext({ runAsNonRoot: false }) }, 34, "run-as-non-root", false],
        ["root in a user namespace", { hostUsers: false, ...securityContext({ runAsNonRoot: false }) }, 35, "run-as-non-root", true],
        ["user 0 in a user namespace", { hostUsers: false, ...securityContext({ runAsUser: 0 }) }, 34, "no-root-user", false],
        ["user 0 in a user namespace", { hostUsers: false, ...securityContext({ runAsUser: 0 }) }, 35, "no-root-user", true],
        ["user 0", securityContext({ runAsUser: 0 }), 22, "no-root-user", true],
        ["user 0", securityContext({ runAsUser: 0 }), 23, "no-root-user", false],
        ["a Windows pod without allowPrivilegeEscalation", windows, 24, "no-privilege-escalation", false],
        ["a Windows pod without allowPrivilegeEscalation", windows, 25, "no-privilege-escalation", true],
        ["a Windows pod that keeps capabilities", windows, 24, "capabilities", false],
        ["a Windows pod that keeps capabilities", windows, 25, "capabilities", true],
        ["a Windows pod without a seccomp profile", windows, 24, "seccomp-profile", false],
        ["a Windows pod without a seccomp profile", windows, 25, "seccomp-profile", true],
        ["the default capabilities", inContainer({ capabilities: {} }), 21, "capabilities", true],
        ["the default capabilities", inContainer({ capabilities: {} }), 22, "capabilities", false],
    ] as const)("%s under 1.%i", async (_what, spec, kubernetesMinor, rule, allowed) => {
        expect((await judged(spec, { kubernetesMinor })).includes(rule)).toBe(!allowed);
    });
});

describe("the baseline profile", () => {
    it.each([
        ["the default capabilities", inContainer({ capabilities: { add: ["CHOWN"] } }), "capabilities", true],
        ["NET_RAW", inContainer({ capabilities: { add: ["NET_RAW"] } }), "capabilities", false],
        ["no seccomp profile", { securityContext: { runAsNonRoot: true } }, "seccomp-profile", true],
        ["an unconfined seccomp profile", securityContext({ seccompProfile: { type: "Unconfined" } }), "seccomp-profile", false],
        ["an unmasked /proc in a user namespace", { hostUsers: false, ...inContainer({ procMount: "Unmasked" }) }, "proc-mount", true],
        ["an unmasked /proc", inContainer({ procMount: "Unmasked" }), "proc-mount", false],
    ] as const)("judges %s", async (_what, spec, rule, allowed) => {
        expect((await judged(spec, { profile: "baseline" })).includes(rule)).toBe(!allowed);
    });
});
