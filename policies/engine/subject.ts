import { type Fields, fields, has, isFields, list, type Plain, text, Unjudgeable } from "./value.ts";

/** A resource as Pulumi or a manifest declares it, read once for all rules. */
export interface Resource {
    readonly urn: string;
    /** Pulumi type token, such as `kubernetes:apps/v1:Deployment`. */
    readonly type: string;
    readonly name: string;
    readonly properties: Fields;
    /** Undefined where options are not known, as in a rendered manifest. */
    readonly protect: boolean | undefined;
    /** Properties of the provider that manages it. */
    readonly provider: Fields;
    /** Why its properties could not be read, where they could not. */
    readonly unreadable?: Unjudgeable;
}

/** A Kubernetes object, whichever way it is declared: typed resource, custom resource, patch, or entry of a list. */
export interface KubernetesObject {
    readonly resource: Resource;
    /** Path of the object in its resource: empty, or `items[2]`. */
    readonly path: string;
    /** API group, `core` for the unnamed one. */
    readonly group: string;
    /** Such as `v1` or `v2beta1`. */
    readonly version: string;
    readonly kind: string;
    /** `metadata.name`, or the resource's name while Kubernetes has not got one. */
    readonly name: string;
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
    readonly body: Fields;
    /** A patch: what it leaves out may be there on the object. */
    readonly partial: boolean;
}

/** A pod or a pod template. */
export interface Pod {
    readonly object: KubernetesObject;
    /** Path of the pod's spec in the object: `spec.template.spec`. */
    readonly path: string;
    readonly spec: Fields;
    /** The pod or template itself: metadata and spec. */
    readonly template: Fields;
    readonly labels: Readonly<Record<string, string>>;
    readonly annotations: Readonly<Record<string, string>>;
    readonly containers: readonly Container[];
}

/** One container of a pod. */
export interface Container {
    readonly pod: Pod;
    readonly role: "container" | "init" | "ephemeral";
    readonly name: string;
    /** Path in the object: `spec.template.spec.initContainers[0]`. */
    readonly path: string;
    readonly body: Fields;
}

/** `group/Kind`, as rules name kinds. */
export function kindOf(object: KubernetesObject): string {
    return `${object.group}/${object.kind}`;
}

/** The Kubernetes objects in a resource: none, one, or the entries of a list. @throws {@link Unjudgeable} when its metadata is unknown or malformed. */
export function objectsIn(resource: Resource): readonly KubernetesObject[] {
    if (resource.unreadable !== undefined) {
        throw resource.unreadable;
    }
    const token = /^kubernetes:(.+):([A-Za-z0-9]+)$/.exec(resource.type);
    if (token === null || components.test(resource.type)) {
        return [];
    }
    const [, tokenVersion = "", tokenKind = ""] = token;
    const apiVersion = known(resource.properties, "apiVersion") ?? tokenVersion;
    const kind = known(resource.properties, "kind") ?? tokenKind.replace(/(?<=.)Patch$/, "");
    const isPatch = tokenKind.endsWith("Patch") && tokenKind.slice(0, -"Patch".length) === kind;
    return entriesOf(resource, resource.properties, apiVersion, kind, "", isPatch);
}

function entriesOf(resource: Resource, body: Fields, apiVersion: string, kind: string, path: string, partial: boolean): readonly KubernetesObject[] {
    if (kind.endsWith("List") && has(body, "items")) {
        return list(body, "items").flatMap((item, index) => {
            const entry = fields(item) ?? {};
            const itemPath = `${path === "" ? "" : `${path}.`}items[${String(index)}]`;
            const itemKind = known(entry, "kind") ?? kind.slice(0, -"List".length);
            return entriesOf(resource, entry, known(entry, "apiVersion") ?? apiVersion, itemKind, itemPath, partial);
        });
    }
    const [group, version] = apiVersion.includes("/") ? apiVersion.split("/", 2) : ["core", apiVersion];
    return [
        {
            resource,
            path,
            group: group === undefined || group === "" ? "core" : group,
            version: version ?? "",
            kind,
            name: known(body, "metadata", "name") ?? known(body, "metadata", "generateName") ?? resource.name,
            namespace: known(body, "metadata", "namespace") ?? known(resource.provider, "namespace") ?? "",
            labels: knownLabels(body, "metadata", "labels"),
            annotations: knownLabels(body, "metadata", "annotations"),
            body,
            partial,
        },
    ];
}

/** Pulumi components whose children come as resources of their own. */
const components = /^kubernetes:(yaml|yaml\/v2|kustomize|kustomize\/v2|helm\.sh\/v[234]):/;

/** Text that may be unknown: a generated name says nothing about whether the object is safe. */
function known(value: Plain, ...keys: readonly string[]): string | undefined {
    try {
        return text(value, ...keys);
    } catch (error) {
        if (error instanceof Unjudgeable && error.reason === "unknown") {
            return undefined;
        }
        throw error;
    }
}

/** Labels or annotations without the unknown ones. A rule that needs a particular one reads it from the body, where an unknown is not passed over. */
function knownLabels(value: Plain | undefined, ...keys: readonly string[]): Readonly<Record<string, string>> {
    const entries: [string, string][] = [];
    const holder = knownFields(value, keys);
    for (const key of Object.keys(holder ?? {})) {
        const entry = holder === undefined ? undefined : known(holder, key);
        if (entry !== undefined) {
            entries.push([key, entry]);
        }
    }
    return Object.fromEntries(entries);
}

function knownFields(value: Plain | undefined, keys: readonly string[]): Fields | undefined {
    try {
        return fields(value, ...keys);
    } catch (error) {
        if (error instanceof Unjudgeable && error.reason === "unknown") {
            return undefined;
        }
        throw error;
    }
}

/** Where each kind keeps its pod template. */
const templates: Readonly<Record<string, readonly string[]>> = {
    "core/Pod": [],
    "core/PodTemplate": ["template"],
    "batch/CronJob": ["spec", "jobTemplate", "spec", "template"],
};

/** The usual place, which Deployment, StatefulSet, DaemonSet, ReplicaSet, Job, Argo's Rollout and most custom workloads share. */
const usualTemplate = ["spec", "template"] as const;

/** The pod in an object, or undefined. An object of any kind with a pod template at the usual place counts. @throws {@link Unjudgeable} */
export function podIn(object: KubernetesObject): Pod | undefined {
    const place = templates[kindOf(object)] ?? usualTemplate;
    const named = place !== usualTemplate || workloads.has(kindOf(object));
    if (!named && !looksLikePodTemplate(object.body)) {
        return undefined;
    }
    const template = fields(object.body, ...place) ?? {};
    const spec = fields(template, "spec");
    if (spec === undefined) {
        return undefined;
    }
    const path = [...place, "spec"].join(".");
    const containers: Container[] = [];
    const pod = {
        object,
        path,
        spec,
        template,
        labels: knownLabels(template, "metadata", "labels"),
        annotations: knownLabels(template, "metadata", "annotations"),
        containers,
    };
    for (const [key, role] of containerLists) {
        for (const [index, entry] of list(spec, key).entries()) {
            const body = fields(entry) ?? {};
            containers.push({ pod, role, name: known(body, "name") ?? `${key}[${String(index)}]`, path: `${path}.${key}[${String(index)}]`, body });
        }
    }
    return pod;
}

const containerLists = [
    ["initContainers", "init"],
    ["containers", "container"],
    ["ephemeralContainers", "ephemeral"],
] as const;

const workloads: ReadonlySet<string> = new Set([
    "apps/Deployment",
    "apps/StatefulSet",
    "apps/DaemonSet",
    "apps/ReplicaSet",
    "extensions/Deployment",
    "batch/Job",
    "core/ReplicationController",
    "argoproj.io/Rollout",
]);

function looksLikePodTemplate(body: Fields): boolean {
    const spec = body.spec;
    const template = isFields(spec) ? spec.template : undefined;
    const podSpec = isFields(template) ? template.spec : undefined;
    return isFields(podSpec) && Array.isArray(podSpec.containers);
}
