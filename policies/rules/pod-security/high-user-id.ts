import { missing, podRule, wrong } from "../../engine/rule.ts";
import { number } from "../../engine/value.ts";
import { isWindows, securityContexts } from "../../shapes/pod-security.ts";

/** A low number may be a user of the node: when a container breaks out, it is that user there (kube-score, trivy KSV-0020). */
export const highUserId = podRule({
    name: "high-user-id",
    title: "Users and groups have numbers that no user of the node has.",
    severity: "low",
    level: "advisory",
    settings: { minimum: { type: "integer", default: 10_000, minimum: 1, description: "Lowest number for a user or a group" } },
    *check(pod, { settings }) {
        if (isWindows(pod)) {
            return;
        }
        for (const key of ["runAsUser", "runAsGroup"]) {
            for (const { whose, path, holder } of securityContexts(pod)) {
                const id = number(holder, "securityContext", key);
                // 0 is the business of no-root-user.
                if (id !== undefined && id !== 0 && id < settings.minimum) {
                    yield wrong(`${path}.${key}`, `${whose} sets ${key} to ${String(id)}`, `use at least ${String(settings.minimum)}`);
                }
            }
            const everyContainer =
                pod.containers.length > 0 && pod.containers.every((container) => number(container.body, "securityContext", key) !== undefined);
            if (number(pod.spec, "securityContext", key) === undefined && !everyContainer) {
                yield missing(`securityContext.${key}`, `the pod leaves ${key} to the image`, `set it to at least ${String(settings.minimum)}`);
            }
        }
    },
});
