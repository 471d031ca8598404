import { plainCopy } from "./copy.ts";
import type { Resource } from "./subject.ts";
import { text, Unjudgeable } from "./value.ts";

/** What a resource is made of, before it is read. */
export interface RawResource {
    readonly urn: string;
    readonly type: string;
    readonly name: string;
    readonly properties: object;
    readonly protect: boolean | undefined;
    readonly providerProperties: object;
    /** URN of the resource that it belongs to. */
    readonly parent?: string | undefined;
}

/** Reads a resource once for all rules. What can't be read is kept as {@link Resource.unreadable}, for the engine to report. */
export function readResource(raw: RawResource): Resource {
    const { urn, type, name, protect } = raw;
    const parent = raw.parent === undefined ? {} : { parent: raw.parent };
    try {
        return { urn, type, name, protect, ...parent, properties: plainCopy(raw.properties), provider: plainCopy(raw.providerProperties) };
    } catch (error) {
        if (error instanceof Unjudgeable) {
            return { urn, type, name, protect, ...parent, properties: {}, provider: {}, unreadable: error };
        }
        throw error;
    }
}

/** A resource from a rendered manifest. `source` says where it came from: file and document. */
export function resourceOfManifest(manifest: object, source: string): Resource {
    const declared = (key: string): string => {
        const value: unknown = Reflect.get(manifest, key);
        return typeof value === "string" ? value : "";
    };
    const apiVersion = declared("apiVersion");
    const type = `kubernetes:${apiVersion.includes("/") ? apiVersion : `core/${apiVersion}`}:${declared("kind")}`;
    const read = readResource({ urn: source, type, name: source, properties: manifest, protect: undefined, providerProperties: {} });
    return { ...read, name: nameIn(read) ?? source };
}

function nameIn(resource: Resource): string | undefined {
    try {
        return text(resource.properties, "metadata", "name");
    } catch {
        return undefined;
    }
}
