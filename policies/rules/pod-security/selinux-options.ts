import { podRule, wrong } from "../../engine/rule.ts";
import { text } from "../../engine/value.ts";
import { kubernetesMinor, securityContexts } from "../../shapes/pod-security.ts";
import { podSecurity } from "../../shapes/references.ts";

const types = ["", "container_t", "container_init_t", "container_kvm_t"];

/** A custom SELinux user, role or type can undo the isolation of containers. */
export const selinuxOptions = podRule({
    name: "selinux-options",
    title: "SELinux options set neither user nor role, and only the types meant for containers.",
    severity: "medium",
    level: "mandatory",
    references: [podSecurity("baseline", "SELinux")],
    settings: kubernetesMinor,
    *check(pod, { settings }) {
        const allowed = settings.kubernetesMinor >= 31 ? [...types, "container_engine_t"] : types;
        for (const { whose, path, holder } of securityContexts(pod)) {
            const option = (key: string) => text(holder, "securityContext", "seLinuxOptions", key) ?? "";
            if (!allowed.includes(option("type"))) {
                yield wrong(
                    `${path}.seLinuxOptions.type`,
                    `${whose} sets the SELinux type ${option("type")}`,
                    `use one of ${allowed.slice(1).join(", ")}, or none`,
                );
            }
            for (const key of ["user", "role"]) {
                if (option(key) !== "") {
                    yield wrong(`${path}.seLinuxOptions.${key}`, `${whose} sets the SELinux ${key}`, `remove ${key}`);
                }
            }
        }
    },
});
