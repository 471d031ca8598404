import { createHash } from "node:crypto";

/**
 * An immutable version of the service, as the stack config declares it.
 *
 * Everything that can change what a request meets belongs to it. A new image or a new setting is a new revision under a new name, never an edit.
 */
export interface RevisionSpec {
    /** Name, unique over the life of the stack: a DNS label of at most 30 characters, such as `v1-4-0`. Every object of the revision carries it. */
    readonly name: string;
    /** Image reference. In production by digest: `registry/repository@sha256:<64 hex>`. */
    readonly image: string;
    /** Settings, mounted as one file a key. */
    readonly config: Readonly<Record<string, string>>;
}

/** A revision as records name it: what it is called, and what it is. */
export interface RevisionReference {
    readonly name: string;
    /** Digest of the spec (`revisionDigest`): two revisions are the same exactly when this is. */
    readonly digest: string;
}

/** `sha256:<64 hex>` over image and settings, independent of the order of keys. The name is left out, so that a renamed copy is recognised as the same content. */
export function revisionDigest(spec: Pick<RevisionSpec, "image" | "config">): string {
    const settings = Object.entries(spec.config).sort(([left], [right]) => (left < right ? -1 : 1));
    return `sha256:${createHash("sha256")
        .update(JSON.stringify([spec.image, settings]))
        .digest("hex")}`;
}

/** The reference to `spec` that records keep. */
export function referenceTo(spec: RevisionSpec): RevisionReference {
    return { name: spec.name, digest: revisionDigest(spec) };
}

/** Name of every object of a revision: `<service>-<revision>`. Known before anything is made, so that a route can name the Service of a revision that is not there yet. */
export function revisionObjectName(service: string, revision: string): string {
    return `${service}-${revision}`;
}
