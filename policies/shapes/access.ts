import { wrong, type PolicyFinding } from "../engine/rule.ts";
import type { KubernetesObject } from "../engine/subject.ts";
import { list, texts } from "../engine/value.ts";

/** The kinds that grant rights. */
export const roleKinds = ["rbac.authorization.k8s.io/Role", "rbac.authorization.k8s.io/ClusterRole"] as const;

/** The kinds that give roles to users, groups and service accounts. */
export const bindingKinds = ["rbac.authorization.k8s.io/RoleBinding", "rbac.authorization.k8s.io/ClusterRoleBinding"] as const;

/** Rights that are too much: one of the verbs on one of the resources. */
export interface Excess {
    /** @default the groups of Kubernetes itself, of which a rule that names a wrong one was meant for the right one; `any`: a resource of that name in every group; else these */
    readonly groups?: "any" | readonly string[];
    readonly resources: readonly string[];
    readonly verbs: readonly string[];
    /** What they allow, as the end of a sentence. */
    readonly allows: string;
    /**
     * Whether they are too much on an object of that name alone, where `resourceNames` limits them.
     *
     * @default never: a right on a few named objects is a narrow one
     */
    readonly onNamed?: (name: string) => boolean;
}

/** For rights that are too much on any single object. */
export function always(): boolean {
    return true;
}

/** Verbs that change objects, and that make or change them. */
export const changing = ["create", "update", "patch", "delete", "deletecollection"] as const;
export const writing = ["create", "update", "patch"] as const;

/** A finding for each rule of a role that grants an excess. Wildcards have a rule of their own, and are not reported here too. */
export function* excessesIn(role: KubernetesObject, excesses: readonly Excess[]): Generator<PolicyFinding> {
    for (const [index, rule] of list(role.body, "rules").entries()) {
        const [groups, resources, verbs, names] = ["apiGroups", "resources", "verbs", "resourceNames"].map((key) => texts(rule, key));
        for (const excess of excesses) {
            const grantedOn = (resources ?? []).filter((resource) => isMeant(excess.resources, resource));
            const granted = (verbs ?? []).filter((verb) => isMeant(excess.verbs, verb) && isGranted(verb, grantedOn, names ?? []));
            if (grantedOn.length > 0 && granted.length > 0 && isOfGroup(excess.groups, groups ?? []) && isTooMuch(excess, granted, names ?? [])) {
                yield wrong(
                    `rules[${String(index)}]`,
                    `it grants ${granted.join(", ")} on ${grantedOn.join(", ")}, which allows ${excess.allows}`,
                    "grant less, or name the objects in a role of their own",
                );
            }
        }
    }
}

/** `impersonate:*` stands for every verb that begins so, `userextras/*` for every part of it. */
function isMeant(wanted: readonly string[], given: string): boolean {
    return wanted.some((one) => (one.endsWith("*") ? given.startsWith(one.slice(0, -1)) : one === given));
}

function isOfGroup(wanted: Excess["groups"], groups: readonly string[]): boolean {
    const isOwn = (group: string) => /^($|\*|apps|batch|policy|extensions|autoscaling)$|\.k8s\.io$/.test(group);
    return wanted === "any" || groups.length === 0 || groups.some((group) => (wanted === undefined ? isOwn(group) : wanted.includes(group) || group === "*"));
}

/** With names given, Kubernetes grants `create` of whole objects to nothing, since a new one has no name yet, nor the deletion of all. The empty name stands for exactly those. */
function isGranted(verb: string, resources: readonly string[], names: readonly string[]): boolean {
    const isNameless = verb === "deletecollection" || (verb === "create" && !resources.some((resource) => resource.includes("/")));
    return names.length === 0 || names.includes("") || !isNameless;
}

function isTooMuch({ onNamed = () => false }: Excess, granted: readonly string[], names: readonly string[]): boolean {
    const isNameless = granted.some((verb) => ["list", "watch", "create", "deletecollection"].includes(verb));
    return names.length === 0 || names.some((name) => (name === "" ? isNameless : onNamed(name)));
}

/** Roles of Kubernetes itself that grant little: what everybody may know, and checks of other tokens. */
const harmless: ReadonlySet<string> = new Set([
    "system:auth-delegator",
    "system:basic-user",
    "system:discovery",
    "system:monitoring",
    "system:public-info-viewer",
    "system:service-account-issuer-discovery",
    "system:volume-scheduler",
]);

/** Whether a ClusterRole that every cluster has grants more than a program needs: all, most, or what one of Kubernetes' own parts may do. */
export function isTooMuchOfARole(name: string): boolean {
    return ["cluster-admin", "admin", "edit"].includes(name) || (name.startsWith("system:") && !harmless.has(name));
}
