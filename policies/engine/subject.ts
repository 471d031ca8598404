import { type Fields, fields, has, isList, known, knownLabels, list, type Unjudgeable } from "./value.ts";

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
    /** URN of the resource that it belongs to; undefined in a rendered manifest. */
    readonly parent?: string;
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
    /** What it leaves out may be there in the pod: it is part of a patch, or an operator completes it. */
    readonly partial: boolean;
}

/** One container of a pod. */
export interface Container {
    readonly pod: Pod;
    readonly role: "container" | "init" | "ephemeral";
    /** What it leaves out may be there in the container: it completes one that an operator or the patched object has. */
    readonly partial: boolean;
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
    const token = /^kubernetes:(.+):([^:]+)$/.exec(resource.type);
    if (token === null || (components.test(resource.type) && !has(resource.properties, "kind"))) {
        return [];
    }
    const [, tokenVersion = "", tokenKind = ""] = token;
    const apiVersion = known(resource.properties, "apiVersion") ?? tokenVersion;
    const kind = known(resource.properties, "kind") ?? tokenKind.replace(/(?<=.)Patch$/, "");
    const patched = /^(.+)Patch$/.exec(tokenKind)?.[1];
    return entriesOf(resource, resource.properties, apiVersion, kind, "", patched === kind || patched === "CustomResource");
}

function entriesOf(resource: Resource, body: Fields, apiVersion: string, kind: string, path: string, partial: boolean): readonly KubernetesObject[] {
    // What has items is a list, whatever its kind is called: kubectl and the API's clients read it so.
    const items = has(body, "items") && (kind.endsWith("List") || isList(body.items)) ? list(body, "items") : undefined;
    const entries = (items ?? []).flatMap((item, index) => {
        const entry = fields(item) ?? {};
        const itemPath = `${path === "" ? "" : `${path}.`}items[${String(index)}]`;
        const itemKind = known(entry, "kind") ?? kind.replace(/List$/, "");
        return entriesOf(resource, entry, known(entry, "apiVersion") ?? apiVersion, itemKind, itemPath, partial);
    });
    if (items !== undefined && kind.endsWith("List")) {
        return entries;
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
        ...entries,
    ];
}

/** Pulumi components whose children come as resources of their own. They have no object of their own: a custom resource of such a name has a kind. */
const components = /^kubernetes:(yaml|yaml\/v2|kustomize|kustomize\/v2|helm\.sh\/v\d+):(ConfigFile|ConfigGroup|Directory|Chart|Release)$/;
