import { missing, stackRule, wrong } from "../../engine/rule.ts";
import type { StackIndex } from "../../engine/stack.ts";
import type { Pod } from "../../engine/subject.ts";
import { flag, has, list, text } from "../../engine/value.ts";
import { bindingKinds } from "../../shapes/access.ts";
import { accountOf } from "../../shapes/account.ts";
import { onEachPod } from "../../shapes/each.ts";
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
        onEachPod(
            // Whether a pod that an operator completes talks to the API server, the operator knows.
            stack.pods.filter((pod) => pod.object.partial || !pod.partial),
            function* (pod) {
                const { namespace } = pod.object;
                const account = accountOf(pod) ?? "default";
                if (accountsWithRights(stack).has(`${namespace}/${account}`)) {
                    return;
                }
                const ofAccount = flag(stack.find("core/ServiceAccount", namespace, account)?.body, "automountServiceAccountToken");
                const ofPod = flag(pod.spec, "automountServiceAccountToken");
                if ((ofPod ?? ofAccount) !== false) {
                    const report = ofPod === undefined ? missing : wrong;
                    yield report(
                        `${pod.path}.automountServiceAccountToken`,
                        "the pod gets a token of the API server that it has no use for",
                        "set it to false",
                    );
                }
                for (const path of projectedTokens(pod)) {
                    yield wrong(
                        `${pod.path}.${path}`,
                        "the pod mounts a token of the API server that it has no use for",
                        "remove it, or name another audience",
                    );
                }
            },
        ),
});

/** Audiences of the API server itself. A token for another audience, such as a vault or a cloud's identity service, opens nothing here. */
const ownAudience = /^(|api|kubernetes|(https:\/\/)?kubernetes\.default(\.svc(\.cluster\.local)?)?)$/;

/** Where a pod mounts tokens of the API server through projected volumes, which `automountServiceAccountToken` says nothing about. */
function projectedTokens(pod: Pod): readonly string[] {
    return list(pod.spec, "volumes").flatMap((volume, index) =>
        list(volume, "projected", "sources").flatMap((source, position) =>
            has(source, "serviceAccountToken") && ownAudience.test(text(source, "serviceAccountToken", "audience") ?? "")
                ? [`volumes[${String(index)}].projected.sources[${String(position)}].serviceAccountToken`]
                : [],
        ),
    );
}

const accountsWithRights = oncePerStack((stack: StackIndex): ReadonlySet<string> => {
    const subjects = bindingKinds
        .flatMap((kind) => stack.ofKind(kind))
        .flatMap((binding) => list(binding.body, "subjects").map((subject) => ({ subject, namespace: binding.namespace })));
    return new Set(subjects.map(({ subject, namespace }) => `${text(subject, "namespace") ?? namespace}/${text(subject, "name") ?? ""}`));
});
