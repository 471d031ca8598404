import { selects } from "../engine/stack.ts";
import type { Fields } from "../engine/value.ts";

/** What somebody could be called whom no selector can have meant. */
const unheardOf = "namespace-that-nobody-named";

/** A namespace that nobody thought of: it has the label that Kubernetes gives to all, and what most have besides. */
const anyNamespace = { "kubernetes.io/metadata.name": unheardOf, name: unheardOf, "pod-security.kubernetes.io/enforce": "baseline" } as const;

/** The labels by which programs name their pods. */
const usualLabels = [
    "app",
    "name",
    "k8s-app",
    ...["name", "instance", "component", "part-of", "managed-by", "version"].map((key) => `app.kubernetes.io/${key}`),
];

/** Pods that nobody thought of: without labels, with names of their own, and with the labels that Kubernetes' own controllers give. */
const anyPods: readonly Readonly<Record<string, string>>[] = [
    {},
    Object.fromEntries(usualLabels.map((key) => [key, unheardOf])),
    { "pod-template-hash": "5d59d67564" },
    { "controller-revision-hash": "a-1", "statefulset.kubernetes.io/pod-name": "a-0", "apps.kubernetes.io/pod-index": "0", "pod-template-generation": "1" },
    { "job-name": "a", "controller-uid": "a", "batch.kubernetes.io/job-name": "a", "batch.kubernetes.io/controller-uid": "a" },
];

/**
 * Whether a selector of namespaces selects strangers: not those that it names, but any namespace. A missing selector does.
 *
 * So an open selector is found in every spelling: `{}`, `Exists` of a label that all or most have, and what only excludes (`NotIn`, `DoesNotExist`).
 *
 * @throws Unjudgeable
 */
export function selectsAnyNamespace(selector: Fields | undefined): boolean {
    return selects(selector, anyNamespace);
}

/** Whether a selector of pods selects strangers. A missing selector does. @throws Unjudgeable */
export function selectsAnyPod(selector: Fields | undefined): boolean {
    return anyPods.some((labels) => selects(selector, labels));
}

/** The labels by which Cilium knows a pod of any namespace. */
export const anyCiliumEndpoints: readonly Readonly<Record<string, string>>[] = anyPods.map((labels) => ({
    ...labels,
    "io.kubernetes.pod.namespace": unheardOf,
    "io.cilium.k8s.namespace.labels.kubernetes.io/metadata.name": unheardOf,
    "io.cilium.k8s.policy.cluster": "default",
    "io.cilium.k8s.policy.serviceaccount": "default",
}));

/** The labels by which Calico knows a pod of any namespace, and the namespace. */
export const anyCalicoEndpoints: readonly Readonly<Record<string, string>>[] = anyPods.map((labels) => ({
    ...labels,
    "projectcalico.org/namespace": unheardOf,
    "projectcalico.org/orchestrator": "k8s",
    "projectcalico.org/serviceaccount": "default",
    "pcns.projectcalico.org/name": unheardOf,
    "pcns.kubernetes.io/metadata.name": unheardOf,
}));

/** The labels of any namespace, as Calico knows it. */
export const anyCalicoNamespace: Readonly<Record<string, string>> = { ...anyNamespace, "projectcalico.org/name": unheardOf };
