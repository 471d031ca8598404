import { defined } from "../defined.ts";
import type { Problem } from "../preflight/preflight.ts";
import { type ClusterNeeds, groupOf } from "./needs.ts";

/** What a user may do: a verb on a resource, in one namespace or in the whole cluster. */
export interface Right {
    readonly group: string;
    readonly resource: string;
    readonly verb: string;
    /** Undefined: in the whole cluster, as for objects that belong to no namespace. */
    readonly namespace?: string;
    /** The one object that it is about. @default every object of the resource */
    readonly name?: string;
}

/** A rule of a Role, as Kubernetes has it. */
export interface RightsRule {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly resourceNames?: readonly string[];
    readonly verbs: readonly string[];
}

/**
 * What the engine asks of the API server for an object that it declares: it reads it, applies it, waits for it (a list and a watch), and deletes it.
 *
 * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/#creating-with-server-side-apply why an applied object needs `create` and `patch`
 */
const declaredVerbs = ["get", "list", "watch", "create", "patch", "delete"] as const;

/** What the engine and the guard read besides, in the namespace of the service: how pods do that a Deployment, a Service or a Job stands for. */
const readBesides: readonly RightsRule[] = [
    { apiGroups: [""], resources: ["pods", "events", "endpoints"], verbs: ["get", "list", "watch"] },
    { apiGroups: ["apps"], resources: ["replicasets"], verbs: ["get", "list", "watch"] },
    { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["get", "list", "watch"] },
    // The watchers' Lease, which 'rollout watch' and 'rollout advance' hold from the pipeline too.
    { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["get", "create", "update"] },
];

/** What the user needs that runs `pulumi up` and the `rollout` command, one right for each verb. */
export function deployerRights({ kinds }: Pick<ClusterNeeds, "kinds">, namespace: string): readonly Right[] {
    const declared = kinds.flatMap(({ apiVersion, plural, namespace: own, name }) =>
        declaredVerbs
            .filter((verb) => name === undefined || verb !== "create")
            .map((verb): Right => ({ group: groupOf(apiVersion), resource: plural, verb, ...defined({ namespace: own, name }) })),
    );
    const besides = readBesides.flatMap((rule) => rightsIn(rule, namespace));
    return distinct([...declared, ...besides]);
}

/** The rights of a rule of a Role in `namespace`, one for each verb. */
export function rightsIn({ apiGroups, resources, verbs }: RightsRule, namespace: string): readonly Right[] {
    return apiGroups.flatMap((group) => resources.flatMap((resource) => verbs.map((verb) => ({ group, resource, verb, namespace }))));
}

/** Rights as rules: resources of one group with the same verbs share one. Sorted, so that the same rights are the same rules. */
export function rulesOf(rights: readonly Right[]): readonly RightsRule[] {
    const verbs = Map.groupBy(rights, ({ group, resource, name = "" }) => `${group}/${resource}/${name}`);
    const resources = [...verbs.values()].flatMap((all) => {
        const [first] = all;
        return first === undefined ? [] : [{ group: first.group, resource: first.resource, name: first.name, verbs: inOrder(all.map(({ verb }) => verb)) }];
    });
    const rules = Map.groupBy(
        resources.toSorted((left, right) => left.group.localeCompare(right.group) || left.resource.localeCompare(right.resource)),
        ({ group, name = "", verbs: own }) => `${group} ${name} ${own.join(" ")}`,
    );
    return [...rules.values()].flatMap((all) => {
        const [first] = all;
        return first === undefined
            ? []
            : [
                  {
                      apiGroups: [first.group],
                      resources: all.map(({ resource }) => resource),
                      ...(first.name === undefined ? {} : { resourceNames: [first.name] }),
                      verbs: first.verbs,
                  },
              ];
    });
}

/** What is missing of rights, a line for each resource. */
export function missingRights(missing: readonly Right[], who: string, fix: string): readonly Problem[] {
    const byResource = Map.groupBy(
        missing,
        ({ group, resource, name, namespace }) =>
            `${group === "" ? resource : `${resource}.${group}`} ${name === undefined ? "" : `${name} `}${placeOf(namespace)}`,
    );
    return [...byResource].map(([resource, rights]) => ({ text: `${who} may not ${inOrder(rights.map(({ verb }) => verb)).join(", ")} ${resource}`, fix }));
}

function placeOf(namespace: string | undefined): string {
    return namespace === undefined ? "in the cluster" : `in ${namespace}`;
}

const known: readonly string[] = [...declaredVerbs, "update"];

function inOrder(verbs: readonly string[]): readonly string[] {
    return [...new Set(verbs)].toSorted((left, right) => known.indexOf(left) - known.indexOf(right));
}

function distinct(rights: readonly Right[]): readonly Right[] {
    return [...new Map(rights.map((right) => [`${right.group}/${right.resource}/${right.verb}/${right.namespace ?? ""}/${right.name ?? ""}`, right])).values()];
}
