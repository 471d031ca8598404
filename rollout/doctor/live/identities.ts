import { watchdogIdentity } from "../../ledger/writers.ts";
import { type DoctorFinding, found, notTried, unknown } from "../finding.ts";
import { type Right, deployerRights, missingRights, rightsIn } from "../rights.ts";
import type { DoctorContext, DoctorObjects } from "./context.ts";
import { type OtherUser, refusedTo } from "./rights.ts";

/** A user that the config names, and what it must be able to do. */
interface NamedUser {
    readonly user: string;
    readonly needed: readonly Right[];
}

/**
 * Whether those whom the config names may do what it expects of them: deployers, operators, approvers, and the watchdog once it is deployed.
 *
 * The groups of a service account are known, so what the API server says of one is certain. A person's groups are the identity provider's: a right that the name alone does not have may
 * still come by a group, which can't be known from here.
 */
export async function identities({ api, needs, namespace, service, people, watchdogImage }: DoctorContext, objects: DoctorObjects): Promise<DoctorFinding> {
    const isDeployed = (await objects.route()) !== undefined;
    const signs = signerRights(namespace);
    const named: readonly NamedUser[] = [
        ...people.deployers.map((user) => ({ user, needed: deployerRights(needs, namespace) })),
        ...[...people.operators, ...people.approvers].map((user) => ({ user, needed: signs })),
        ...(watchdogImage !== undefined && isDeployed ? [{ user: watchdogIdentity(namespace, service), needed: watchdogRights(namespace) }] : []),
    ];
    if (named.length === 0) {
        return notTried("the stack names no deployer, operator or approver, and has no watchdog that is deployed");
    }
    const fix = "bind it to a role that has them: docs/your-cluster.md";
    const asked = await Promise.all(
        named.map(async ({ user, needed }) => {
            const other = otherUser(user);
            return { isCertain: other.groups.length > 0, user, problems: missingRights(await refusedTo(api, other, needed), user, fix) };
        }),
    );
    const certain = asked.filter(({ isCertain }) => isCertain).flatMap(({ problems }) => problems);
    const perhaps = asked.filter(({ isCertain, problems }) => !isCertain && problems.length > 0).map(({ user }) => user);
    return certain.length === 0 && perhaps.length > 0
        ? unknown(
              `what ${[...new Set(perhaps)].join(", ")} may do can't be known from here: not all by that name, and a group of theirs may give the rest`,
              "have each of them run 'kubectl auth can-i create configmaps' in the namespace, or bind the names themselves",
          )
        : found(certain, `${[...new Set(asked.map(({ user }) => user))].join(", ")} may do what the stack expects`);
}

/** What someone needs who approves, overrides or signs: to see the rollout, and to write what was signed. */
function signerRights(namespace: string): readonly Right[] {
    return [
        ...rightsIn({ apiGroups: ["gateway.networking.k8s.io"], resources: ["httproutes"], verbs: ["get"] }, namespace),
        ...rightsIn({ apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list", "create"] }, namespace),
    ];
}

/** What the watchdog needs that no name of an object limits; the rest of its role names objects, and is the program's own. */
function watchdogRights(namespace: string): readonly Right[] {
    return [
        ...rightsIn({ apiGroups: [""], resources: ["pods"], verbs: ["get", "list"] }, namespace),
        ...rightsIn({ apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list", "create"] }, namespace),
        ...rightsIn({ apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["get", "list"] }, namespace),
    ];
}

/** @see https://kubernetes.io/docs/reference/access-authn-authz/authentication/#service-account-tokens */
function otherUser(user: string): OtherUser {
    const [, own] = /^system:serviceaccount:([^:]+):[^:]+$/.exec(user) ?? [];
    return { user, groups: own === undefined ? [] : ["system:serviceaccounts", `system:serviceaccounts:${own}`, "system:authenticated"] };
}
