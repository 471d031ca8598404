import { missing, stackRule } from "../../engine/rule.ts";
import type { StackIndex } from "../../engine/stack.ts";
import { flag, list, text } from "../../engine/value.ts";
import { bindingKinds } from "../../shapes/access.ts";
import { onEach } from "../../shapes/each.ts";
import { oncePerStack } from "../../shapes/once.ts";
import { cis, nsa } from "../../shapes/references.ts";

/** A token in a pod that does not talk to the API server serves only an intruder. An account with a binding in the stack is one that talks to it. */
export const noTokenMounted = stackRule({
    name: "no-token-mounted",
    title: "No pod mounts a token of the API server unless its account was granted something.",
    severity: "medium",
    level: "mandatory",
    references: [cis("5.1.6"), nsa("Authentication and authorization: service accounts")],
    check: (stack) =>
        onEach(
            stack.pods.map((pod) => pod.object),
            function* (object) {
                const pod = stack.podOf(object);
                const account = pod === undefined ? undefined : (text(pod.spec, "serviceAccountName") ?? "default");
                if (pod === undefined || account === undefined || accountsWithRights(stack).has(`${object.namespace}/${account}`)) {
                    return;
                }
                const ofAccount = flag(stack.find("core/ServiceAccount", object.namespace, account)?.body, "automountServiceAccountToken");
                if ((flag(pod.spec, "automountServiceAccountToken") ?? ofAccount) !== false) {
                    yield missing(
                        `${pod.path}.automountServiceAccountToken`,
                        "the pod gets a token of the API server that it has no use for",
                        "set it to false",
                    );
                }
            },
        ),
});

const accountsWithRights = oncePerStack((stack: StackIndex): ReadonlySet<string> => {
    const subjects = bindingKinds
        .flatMap((kind) => stack.ofKind(kind))
        .flatMap((binding) => list(binding.body, "subjects").map((subject) => ({ subject, namespace: binding.namespace })));
    return new Set(subjects.map(({ subject, namespace }) => `${text(subject, "namespace") ?? namespace}/${text(subject, "name") ?? ""}`));
});
