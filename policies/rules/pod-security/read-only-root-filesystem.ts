import { containerRule, missing, wrong } from "../../engine/rule.ts";
import { flag } from "../../engine/value.ts";
import { isWindows } from "../../shapes/pod-security.ts";
import { nsa } from "../../shapes/references.ts";

/** What an attacker can't write to, an attacker can't stay in. Stores that must write next to their program take a waiver. */
export const readOnlyRootFilesystem = containerRule({
    name: "read-only-root-filesystem",
    title: "Each container has a read-only root filesystem; what it writes goes to volumes.",
    severity: "medium",
    level: "mandatory",
    references: [nsa("Kubernetes Pod security: immutable container file systems")],
    *check(container) {
        const readOnly = flag(container.body, "securityContext", "readOnlyRootFilesystem");
        if (readOnly !== true && !isWindows(container.pod)) {
            const report = readOnly === undefined ? missing : wrong;
            yield report(
                "securityContext.readOnlyRootFilesystem",
                `container "${container.name}" can write to its root filesystem`,
                "set it to true and mount an emptyDir where it writes",
            );
        }
    },
});
