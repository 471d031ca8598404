import { objectRule, wrong } from "../../engine/rule.ts";
import { list, type Plain, text } from "../../engine/value.ts";
import { bindingKinds, isTooMuchOfARole } from "../../shapes/access.ts";
import { cis, nsa } from "../../shapes/references.ts";

/** Rights go to one account of one program: never all at once, never to everybody, never to an account that others share. */
export const rbacBinding = objectRule({
    name: "rbac-binding",
    title: "No binding grants cluster-admin, admin, edit or a role of Kubernetes' own parts, or grants to everybody, to a default account, or to a part of Kubernetes.",
    severity: "critical",
    level: "mandatory",
    references: [cis("5.1.1, 5.1.5, 5.1.7"), nsa("Authentication and authorization: RBAC")],
    kinds: bindingKinds,
    *check(binding) {
        const role = text(binding.body, "roleRef", "name") ?? "";
        // A Role that is called admin or edit is one of the program's own, and judged by what it grants.
        const isOwn = text(binding.body, "roleRef", "kind") === "Role" && (role === "admin" || role === "edit");
        if (isTooMuchOfARole(role) && !isOwn) {
            yield wrong("roleRef.name", `it grants ${role}`, "write a role with the rights that are needed");
        }
        for (const [index, subject] of list(binding.body, "subjects").entries()) {
            const why = tooWide(subject, binding.namespace);
            if (why !== undefined) {
                yield wrong(
                    `subjects[${String(index)}]`,
                    `it grants to ${text(subject, "name") ?? ""}${why}`,
                    "name the service account that needs the rights",
                );
            }
        }
    },
});

/** Why a subject is none to grant anything to, as the end of a sentence; undefined for one account of a program, for a person and for a group of persons. */
function tooWide(subject: Plain, bindingNamespace: string): string | undefined {
    const name = text(subject, "name") ?? "";
    const [, ofNamespace, ofAccount] = /^system:serviceaccount:([^:]*):(.*)$/.exec(name) ?? [];
    const isAccount = text(subject, "kind") === "ServiceAccount";
    const account = isAccount ? name : ofAccount;
    if (account !== undefined) {
        const namespace = isAccount ? (text(subject, "namespace") ?? bindingNamespace) : ofNamespace;
        return account === "default"
            ? `, the default account of ${namespace ?? ""}, which every pod without one of its own has`
            : namespace === "kube-system"
              ? ", an account of the cluster's own parts"
              : undefined;
    }
    if (name === "*" || /^system:(anonymous|unauthenticated|authenticated|serviceaccounts(:.*)?)$/.test(name)) {
        return ", which is everybody";
    }
    return name.startsWith("system:") || name === "kubeadm:cluster-admins" ? ", an identity of the cluster's own parts" : undefined;
}
