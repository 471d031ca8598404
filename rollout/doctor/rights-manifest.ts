import type { ClusterNeeds } from "./needs.ts";
import { deployerRights, rulesOf } from "./rights.ts";

/** Whose rights to write, and for what. */
export interface RightsManifestArgs {
    readonly needs: Pick<ClusterNeeds, "kinds">;
    readonly namespace: string;
    readonly service: string;
    /** The deployer, as the API server names it. */
    readonly user: string;
}

/**
 * The objects that give a user the rights of a deployer, and no others: the namespace, a Role and its binding in each namespace that the program declares objects in, and a ClusterRole and
 * its binding for what belongs to no namespace. An administrator applies them, before the first deployment: nobody can give away rights of a namespace that is not there.
 */
export function rightsManifest({ needs, namespace, service, user }: RightsManifestArgs): readonly object[] {
    const byPlace = Map.groupBy(deployerRights(needs, namespace), (right) => right.namespace);
    return [
        { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
        ...[...byPlace].flatMap(([place, rights]) => {
            const kind = place === undefined ? "ClusterRole" : "Role";
            // In the whole cluster, a name says whose it is; beside others in a shared namespace too.
            const name = `${namespace}-${service}-deployer`;
            const metadata = place === undefined ? { name } : { name, namespace: place };
            return [
                { apiVersion: `${rbac}/v1`, kind, metadata, rules: rulesOf(rights) },
                { apiVersion: `${rbac}/v1`, kind: `${kind}Binding`, metadata, roleRef: { apiGroup: rbac, kind, name }, subjects: [subjectOf(user)] },
            ];
        }),
    ];
}

const rbac = "rbac.authorization.k8s.io";

function subjectOf(user: string): object {
    const [, namespace, name] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(user) ?? [];
    return name === undefined ? { apiGroup: rbac, kind: "User", name: user } : { kind: "ServiceAccount", name, namespace };
}
