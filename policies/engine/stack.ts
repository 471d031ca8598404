import { podsIn } from "./pods.ts";
import { kindOf, type KubernetesObject, type Pod, type Resource } from "./subject.ts";
import { addTo } from "./groups.ts";
import { type Fields, fields, list, type Plain, text, texts, whereReadable } from "./value.ts";

/** Everything in the stack, indexed once for all rules that look at more than one object. Built in linear time. */
export interface StackIndex {
    readonly resources: readonly Resource[];
    readonly objects: readonly KubernetesObject[];
    /** Pod templates whose spec could be read. */
    readonly pods: readonly Pod[];
    /** Objects of `group/Kind`. */
    ofKind(kind: string): readonly KubernetesObject[];
    /** The object of `group/Kind` with that name. */
    find(kind: string, namespace: string, name: string): KubernetesObject | undefined;
    /** Resources of a Pulumi type. */
    ofType(type: string): readonly Resource[];
    /** The pod templates of an object. */
    podsOf(object: KubernetesObject): readonly Pod[];
    /** Pods in `namespace` that a label selector (`matchLabels`, `matchExpressions`) selects. An empty selector selects all. @throws Unjudgeable */
    podsSelected(namespace: string, selector: Plain | undefined): readonly Pod[];
}

/** Builds the index over `objects` of `resources`. */
export function indexOf(resources: readonly Resource[], objects: readonly KubernetesObject[]): StackIndex {
    const byKind = Map.groupBy(objects, kindOf);
    // An object comes after its patches, so that a look-up finds the object.
    const wholeLast = [...objects.filter(({ partial }) => partial), ...objects.filter(({ partial }) => !partial)];
    const byName = new Map(wholeLast.map((object) => [`${kindOf(object)} ${object.namespace} ${object.name}`, object]));
    const byType = Map.groupBy(resources, (resource) => resource.type);
    const podsByObject = new Map<KubernetesObject, readonly Pod[]>();
    for (const object of objects) {
        // Pods that can't be read are reported by the rule `manifest-readable`.
        const found = whereReadable(() => podsIn(object));
        if (found.length > 0) {
            podsByObject.set(object, found);
        }
    }
    const pods = [...podsByObject.values()].flat();
    const byNamespace = Map.groupBy(pods, (pod) => pod.object.namespace);
    const byLabel = new Map<string, Pod[]>();
    for (const pod of pods) {
        for (const [key, value] of Object.entries(pod.labels)) {
            addTo(byLabel, labelKey(pod.object.namespace, key, value), pod);
        }
    }
    return {
        resources,
        objects,
        pods,
        ofKind: (kind) => byKind.get(kind) ?? [],
        find: (kind, namespace, name) => byName.get(`${kind} ${namespace} ${name}`),
        ofType: (type) => byType.get(type) ?? [],
        podsOf: (object) => podsByObject.get(object) ?? [],
        podsSelected: (namespace, selector) => {
            const [first] = Object.entries(fields(selector, "matchLabels") ?? {});
            const candidates = first === undefined ? byNamespace.get(namespace) : byLabel.get(labelKey(namespace, first[0], text(first[1]) ?? ""));
            return (candidates ?? []).filter((pod) => selects(fields(selector), pod.labels));
        },
    };
}

/** Whether a label selector selects `labels`. @throws Unjudgeable when the selector is unknown or malformed. */
export function selects(selector: Fields | undefined, labels: Readonly<Record<string, string>>): boolean {
    const equal = Object.entries(fields(selector, "matchLabels") ?? {}).every(([key, value]) => labelIn(labels, key) === (text(value) ?? ""));
    return equal && list(selector, "matchExpressions").every((expression) => meets(expression, labels));
}

function labelIn(labels: Readonly<Record<string, string>>, key: string): string | undefined {
    return Object.hasOwn(labels, key) ? labels[key] : undefined;
}

function meets(expression: Plain, labels: Readonly<Record<string, string>>): boolean {
    const value = labelIn(labels, text(expression, "key") ?? "");
    const values = texts(expression, "values");
    switch (text(expression, "operator")) {
        case "In":
            return value !== undefined && values.includes(value);
        case "NotIn":
            return value === undefined || !values.includes(value);
        case "Exists":
            return value !== undefined;
        case "DoesNotExist":
            return value === undefined;
        default:
            return false;
    }
}

function labelKey(namespace: string, key: string, value: string): string {
    return `${namespace} ${key}=${value}`;
}
