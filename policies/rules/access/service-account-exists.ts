import { stackRule, wrong } from "../../engine/rule.ts";
import { accountOf } from "../../shapes/account.ts";
import { onEachPod } from "../../shapes/each.ts";

/** A pod whose account is missing is never created. */
export const serviceAccountExists = stackRule({
    name: "service-account-exists",
    title: "The service account that a pod names is declared in the stack.",
    severity: "medium",
    level: "mandatory",
    check: (stack) =>
        onEachPod(stack.pods, function* (pod) {
            const account = accountOf(pod);
            if (account !== undefined && account !== "default" && stack.find("core/ServiceAccount", pod.object.namespace, account) === undefined) {
                yield wrong(`${pod.path}.serviceAccountName`, `there is no service account ${account} in the stack`, "declare it");
            }
        }),
});
