import type { StackIndex } from "../engine/stack.ts";
import { selects } from "../engine/stack.ts";
import type { KubernetesObject, Pod } from "../engine/subject.ts";
import { at, fields, type Fields, flag, has, isFields, labels, list, type Plain, text } from "../engine/value.ts";
import type { Direction } from "./network.ts";

/** The kinds of Cilium's policies about pods. https://docs.cilium.io/en/stable/security/policy/ */
export const ciliumKinds = ["cilium.io/CiliumNetworkPolicy", "cilium.io/CiliumClusterwideNetworkPolicy"] as const;

/** One specification of a Cilium policy: `spec`, or one of `specs`. */
export interface CiliumSpec {
    readonly policy: KubernetesObject;
    /** Path in the policy: `spec`, or `specs[0]`. */
    readonly path: string;
    readonly body: Fields;
}

/** The specifications in a policy that are about pods; those of the hosts' own firewall have a `nodeSelector`. @throws Unjudgeable */
export function ciliumSpecs(policy: KubernetesObject): readonly CiliumSpec[] {
    const single = fields(policy.body, "spec");
    const several = list(policy.body, "specs").map((spec, index) => ({ policy, path: `specs[${String(index)}]`, body: fields(spec) ?? {} }));
    return [...(single === undefined ? [] : [{ policy, path: "spec", body: single }]), ...several].filter(({ body }) => !has(body, "nodeSelector"));
}

/** The rules of a specification in a direction: those that allow. */
export function ciliumRules({ body }: CiliumSpec, direction: Direction): readonly Plain[] {
    return list(body, direction.toLowerCase());
}

/** Whether a specification isolates the pods it selects in a direction. What it says itself goes first; otherwise it does where it has rules. */
export function ciliumGoverns(spec: CiliumSpec, direction: Direction): boolean {
    const key = direction.toLowerCase();
    return flag(spec.body, "enableDefaultDeny", key) ?? (ciliumRules(spec, direction).length > 0 || list(spec.body, `${key}Deny`).length > 0);
}

/** Whether a rule allows nothing: it is empty, or the lists of its peers are. */
export function ciliumAllowsNothing(rule: Plain): boolean {
    return Object.entries(fields(rule) ?? {}).every(
        ([key, value]) => value === null || (/^(from|to)/.test(key) && key !== "toPorts" && Array.isArray(value) && value.length === 0),
    );
}

/** Whether a specification selects every pod of a namespace. */
export function ciliumSelectsAll(spec: CiliumSpec, namespace: string): boolean {
    const { pods } = selectorsOf(spec);
    return isIn(spec, namespace) && Object.keys(fields(pods, "matchLabels") ?? {}).length === 0 && list(pods, "matchExpressions").length === 0;
}

/** The pods that a specification selects. */
export function ciliumPods(stack: StackIndex, spec: CiliumSpec, namespaces: Iterable<string>): readonly Pod[] {
    return [...namespaces].filter((namespace) => isIn(spec, namespace)).flatMap((namespace) => stack.podsSelected(namespace, selectorsOf(spec).pods));
}

const namespaceLabel = "io.kubernetes.pod.namespace";

function isIn(spec: CiliumSpec, namespace: string): boolean {
    const own = spec.policy.kind === "CiliumNetworkPolicy" ? spec.policy.namespace === namespace : true;
    return own && selects(selectorsOf(spec).namespaces, { [namespaceLabel]: namespace });
}

/** An endpoint selector in two: what it asks of the pod's labels, and what of its namespace. Cilium writes the source of a label in front: `k8s:app`. */
function selectorsOf({ body }: CiliumSpec): { readonly pods: Fields; readonly namespaces: Fields } {
    const own = Object.entries(labels(body, "endpointSelector", "matchLabels")).map(([key, value]) => [plainKey(key), value] as const);
    const expressions = list(body, "endpointSelector", "matchExpressions").flatMap((expression) =>
        isFields(expression) ? [{ ...expression, key: plainKey(text(expression, "key") ?? "") }] : [],
    );
    const part = (isOfNamespace: boolean): Fields => ({
        matchLabels: Object.fromEntries(own.filter(([key]) => (key === namespaceLabel) === isOfNamespace)),
        matchExpressions: expressions.filter(({ key }) => (key === namespaceLabel) === isOfNamespace),
    });
    // A policy without a selector at all is refused by Cilium: it selects nothing.
    return at(body, "endpointSelector") === undefined
        ? { pods: {}, namespaces: { matchExpressions: [{ key: namespaceLabel, operator: "DoesNotExist" }] } }
        : { pods: part(false), namespaces: part(true) };
}

function plainKey(key: string): string {
    return key.replace(/^(k8s|any):/, "");
}
