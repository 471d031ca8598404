import type { ResourceTransformation } from "@pulumi/pulumi";

import { fields } from "../route/fields.ts";

/**
 * Gives each Kubernetes object of a program one name as the owner of its fields, for the `transformations` of components.
 *
 * The provider makes up an owner for each object that it creates, and keeps its name in the state. Where an update was killed in between, the object is there and the name is lost: to the API server the
 * next update is another one's, and it fails with a conflict each time that it changes a field, for good. With one name the next update is that of the same owner.
 *
 * An object that the state has already keeps the owner that it has.
 *
 * @param owner at most 128 characters, and of this stack alone: the objects of another stack are still in conflict with it.
 * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 */
export function ownedBy(owner: string): ResourceTransformation {
    return ({ type, props, opts }) => {
        if (!type.startsWith("kubernetes:")) {
            return undefined;
        }
        const metadata: unknown = props.metadata ?? {};
        const annotations: unknown = fields(metadata).annotations ?? {};
        if (!isPlain(metadata) || !isPlain(annotations)) {
            return undefined;
        }
        return {
            props: { ...props, metadata: { ...metadata, annotations: { [ownerAnnotation]: owner, ...annotations } } },
            opts: { ...opts, ignoreChanges: [...("ignoreChanges" in opts ? (opts.ignoreChanges ?? []) : []), `metadata.annotations["${ownerAnnotation}"]`] },
        };
    };
}

const ownerAnnotation = "pulumi.com/patchFieldManager";

/** An object as it was written down, and no output that will be one. */
function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
    return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
