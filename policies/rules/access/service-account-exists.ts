import { stackRule, wrong } from "../../engine/rule.ts";
import { text } from "../../engine/value.ts";
import { onEach } from "../../shapes/each.ts";

/** A pod whose account is missing is never created. */
export const serviceAccountExists = stackRule({
    name: "service-account-exists",
    title: "The service account that a pod names is declared in the stack.",
    severity: "medium",
    level: "mandatory",
    check: (stack) =>
        onEach(
            stack.pods.map((pod) => pod.object),
            function* (object) {
                const pod = stack.podOf(object);
                const account = pod === undefined ? undefined : text(pod.spec, "serviceAccountName");
                if (
                    pod !== undefined &&
                    account !== undefined &&
                    account !== "default" &&
                    stack.find("core/ServiceAccount", object.namespace, account) === undefined
                ) {
                    yield wrong(`${pod.path}.serviceAccountName`, `there is no service account ${account} in the stack`, "declare it");
                }
            },
        ),
});
