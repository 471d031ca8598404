import { stackRule, wrong } from "../../engine/rule.ts";
import { kindOf } from "../../engine/subject.ts";
import { at, flag, has, texts } from "../../engine/value.ts";
import { onEach } from "../../shapes/each.ts";
import { podSecurity } from "../../shapes/references.ts";

/** A patch with an image either changes a container or adds one. Which of them, only the patched object says; when it is not in the stack, the container counts as a new one. */
export const patchedContainers = stackRule({
    name: "patched-containers",
    title: "A patch that may add a container writes the container's security context too.",
    severity: "high",
    level: "mandatory",
    references: [podSecurity("restricted", "Privilege Escalation (v1.8+)")],
    check: (stack) =>
        onEach(
            stack.objects.filter(({ partial }) => partial),
            function* (patch) {
                const patched = stack.find(kindOf(patch), patch.namespace, patch.name);
                const known = new Set(
                    patched === undefined || patched.partial ? [] : stack.podsOf(patched).flatMap(({ containers }) => containers.map(({ name }) => name)),
                );
                for (const { name, path, body } of stack.podsOf(patch).flatMap(({ containers }) => containers)) {
                    const isSafe =
                        flag(body, "securityContext", "allowPrivilegeEscalation") === false &&
                        flag(body, "securityContext", "readOnlyRootFilesystem") !== undefined &&
                        at(body, "securityContext", "capabilities") !== undefined &&
                        texts(body, "securityContext", "capabilities", "drop").includes("ALL");
                    if (has(body, "image") && !known.has(name) && !isSafe) {
                        yield wrong(
                            `${path}.securityContext`,
                            `container "${name}" may be a new one, and has no safe security context`,
                            "write allowPrivilegeEscalation, readOnlyRootFilesystem and capabilities.drop into the patch, or declare the whole object",
                        );
                    }
                }
            },
        ),
});
