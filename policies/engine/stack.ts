import { kindOf, type KubernetesObject, type Pod, podIn, type Resource } from "./subject.ts";
import { type Fields, fields, list, type Plain, text, texts, Unjudgeable } from "./value.ts";

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
    /** The pod template of an object. */
    podOf(object: KubernetesObject): Pod | undefined;
    /** Pods in `namespace` that a label selector (`matchLabels`, `matchExpressions`) selects. An empty selector selects all. @throws Unjudgeable */
    podsSelected(namespace: string, selector: Plain | undefined): readonly Pod[];
}

/** Builds the index over `objects` of `resources`. */
export function indexOf(resources: readonly Resource[], objects: readonly KubernetesObject[]): StackIndex {
    const byKind = groupBy(objects, kindOf);
    const byName = new Map(objects.map((object) => [`${kindOf(object)} ${object.namespace} ${object.name}`, object]));
    const byType = groupBy(resources, (resource) => resource.type);
    const podByObject = new Map<KubernetesObject, Pod>();
    for (const object of objects) {
        const pod = readablePod(object);
        if (pod !== undefined) {
            podByObject.set(object, pod);
        }
    }
    const pods = [...podByObject.values()];
    const byNamespace = groupBy(pods, (pod) => pod.object.namespace);
    const byLabel = new Map<string, Pod[]>();
    for (const pod of pods) {
        for (const [key, value] of Object.entries(pod.labels)) {
            push(byLabel, labelKey(pod.object.namespace, key, value), pod);
        }
    }
    return {
        resources,
        objects,
        pods,
        ofKind: (kind) => byKind.get(kind) ?? [],
        find: (kind, namespace, name) => byName.get(`${kind} ${namespace} ${name}`),
        ofType: (type) => byType.get(type) ?? [],
        podOf: (object) => podByObject.get(object),
        podsSelected: (namespace, selector) => {
            const [first] = Object.entries(fields(selector, "matchLabels") ?? {});
            const candidates = first === undefined ? byNamespace.get(namespace) : byLabel.get(labelKey(namespace, first[0], text(first[1]) ?? ""));
            return (candidates ?? []).filter((pod) => selects(fields(selector), pod.labels));
        },
    };
}

/** Whether a label selector selects `labels`. @throws Unjudgeable when the selector is unknown or malformed. */
export function selects(selector: Fields | undefined, labels: Readonly<Record<string, string>>): boolean {
    const equal = Object.entries(fields(selector, "matchLabels") ?? {}).every(([key, value]) => labels[key] === text(value));
    return equal && list(selector, "matchExpressions").every((expression) => meets(expression, labels));
}

function meets(expression: Plain, labels: Readonly<Record<string, string>>): boolean {
    const value = labels[text(expression, "key") ?? ""];
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

/** Pods that can't be read are reported by the rule `manifest-readable`, not here. */
function readablePod(object: KubernetesObject): Pod | undefined {
    try {
        return podIn(object);
    } catch (error) {
        if (error instanceof Unjudgeable) {
            return undefined;
        }
        throw error;
    }
}

function labelKey(namespace: string, key: string, value: string): string {
    return `${namespace} ${key}=${value}`;
}

function groupBy<T>(entries: readonly T[], key: (entry: T) => string): Map<string, T[]> {
    const groups = new Map<string, T[]>();
    for (const entry of entries) {
        push(groups, key(entry), entry);
    }
    return groups;
}

function push<T>(groups: Map<string, T[]>, key: string, entry: T): void {
    const group = groups.get(key);
    if (group === undefined) {
        groups.set(key, [entry]);
    } else {
        group.push(entry);
    }
}
