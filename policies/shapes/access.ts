import { wrong, type PolicyFinding } from "../engine/rule.ts";
import type { KubernetesObject } from "../engine/subject.ts";
import { list, texts } from "../engine/value.ts";

/** The kinds that grant rights. */
export const roleKinds = ["rbac.authorization.k8s.io/Role", "rbac.authorization.k8s.io/ClusterRole"] as const;

/** The kinds that grant rights. */
export const bindingKinds = ["rbac.authorization.k8s.io/RoleBinding", "rbac.authorization.k8s.io/ClusterRoleBinding"] as const;

/** Rights that are too much: one of the verbs on one of the resources. */
export interface Excess {
    readonly resources: readonly string[];
    readonly verbs: readonly string[];
    /** What they allow, as the end of a sentence. */
    readonly allows: string;
}

/** A finding for each rule of a role that grants an excess. Wildcards have a rule of their own, and are not reported here too. */
export function* excessesIn(role: KubernetesObject, excesses: readonly Excess[]): Generator<PolicyFinding> {
    for (const [index, rule] of list(role.body, "rules").entries()) {
        const [resources, verbs] = [texts(rule, "resources"), texts(rule, "verbs")];
        for (const excess of excesses) {
            const grantedOn = resources.filter((resource) => excess.resources.includes(resource));
            const granted = verbs.filter((verb) => excess.verbs.includes(verb));
            if (grantedOn.length > 0 && granted.length > 0) {
                yield wrong(
                    `rules[${String(index)}]`,
                    `it grants ${granted.join(", ")} on ${grantedOn.join(", ")}, which allows ${excess.allows}`,
                    "grant less, or name the objects in a role of their own",
                );
            }
        }
    }
}
