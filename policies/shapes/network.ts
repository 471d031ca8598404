import type { StackIndex } from "../engine/stack.ts";
import type { KubernetesObject } from "../engine/subject.ts";
import { fields, has, list, texts } from "../engine/value.ts";

/** The kind of network policies. */
export const networkPolicyKind = "networking.k8s.io/NetworkPolicy";

/** A direction of traffic, as network policies name it. */
export type Direction = "Ingress" | "Egress";

/** Whether a network policy governs a direction. Without policyTypes, Kubernetes infers them: ingress always, egress when it has rules. */
export function governs(policy: KubernetesObject, direction: Direction): boolean {
    const types = texts(policy.body, "spec", "policyTypes");
    return types.length > 0 ? types.includes(direction) : direction === "Ingress" || has(policy.body, "spec", "egress");
}

/** Whether a network policy selects every pod of its namespace. */
export function selectsAll(policy: KubernetesObject): boolean {
    const labels = fields(policy.body, "spec", "podSelector", "matchLabels") ?? {};
    return Object.keys(labels).length === 0 && list(policy.body, "spec", "podSelector", "matchExpressions").length === 0;
}

/** The network policies of a namespace. */
export function policiesIn(stack: StackIndex, namespace: string): readonly KubernetesObject[] {
    return stack.ofKind(networkPolicyKind).filter((policy) => policy.namespace === namespace);
}
