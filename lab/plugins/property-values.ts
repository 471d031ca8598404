import structPb from "google-protobuf/google/protobuf/struct_pb.js";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb.js";
import { z } from "zod";

/** A plain value of a property, as JSON has them. */
export type PropertyValue = z.core.util.JSONType;

/** Key that marks an object as special on the wire (sdk/proto in the Pulumi repository). */
const signatureKey = "4dabf18193072939515e22adb298388d";
/** Value under {@link signatureKey} that says: this is a secret, the plain text is under `value`. */
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

/** What the engine sends for a value that is not known before the update: one text for each type of value. */
const unknownSentinels: ReadonlySet<PropertyValue> = new Set([
    "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
    "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
    "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
    "030794c1-ac77-496b-92df-f27374a8bd58",
    "e48ece36-62e2-4504-bad9-02848725956a",
    "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);
const unknownSentinel = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** The properties of a resource, with what the wire says about each kept apart from its value. Nulls count as absent. */
export interface PropertyValues {
    /** Plain values of the properties that are wholly known. */
    readonly known: Readonly<Record<string, PropertyValue>>;
    /** Names of the properties that hold an unknown, at any depth. They are not in {@link known}. */
    readonly unknown: ReadonlySet<string>;
    /** Names of the properties that hold a secret, at any depth: the whole property is then secret. */
    readonly secret: ReadonlySet<string>;
}

/** No properties at all: what a resource that does not exist yet has. */
export const noProperties: PropertyValues = { known: {}, unknown: new Set(), secret: new Set() };

/** Reads properties from the wire. Names that start with `__` belong to the engine or to a bridge and are left out. */
export function fromStruct(struct: Struct | undefined): PropertyValues {
    const known: Record<string, PropertyValue> = {};
    const unknown = new Set<string>();
    const secret = new Set<string>();
    const fields = z.record(z.string(), z.json()).parse(struct?.toJavaScript() ?? {});
    for (const [name, raw] of Object.entries(fields)) {
        if (name.startsWith("__")) {
            continue;
        }
        const marks = { unknown: false, secret: false };
        const value = unwrap(raw, marks);
        if (marks.secret) {
            secret.add(name);
        }
        if (marks.unknown) {
            unknown.add(name);
        } else if (value !== null) {
            known[name] = value;
        }
    }
    return { known, unknown, secret };
}

/** Writes properties to the wire: secrets wrapped, unknowns as their sentinel. */
export function toStruct(values: PropertyValues): Struct {
    const fields: Record<string, PropertyValue> = {};
    for (const name of [...Object.keys(values.known), ...values.unknown]) {
        const value = values.unknown.has(name) ? unknownSentinel : (values.known[name] ?? null);
        fields[name] = values.secret.has(name) ? { [signatureKey]: secretSignature, value } : value;
    }
    return structPb.Struct.fromJavaScript(fields);
}

function unwrap(value: PropertyValue, marks: { unknown: boolean; secret: boolean }): PropertyValue {
    if (unknownSentinels.has(value)) {
        marks.unknown = true;
        return null;
    }
    if (Array.isArray(value)) {
        return value.map((item) => unwrap(item, marks));
    }
    if (value !== null && typeof value === "object") {
        const signature = value[signatureKey];
        if (signature !== undefined) {
            if (signature !== secretSignature) {
                throw new Error("a resource, an asset or an output was passed where this stand-in expects a plain value");
            }
            marks.secret = true;
            return unwrap(value.value ?? null, marks);
        }
        return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, unwrap(item, marks)]));
    }
    return value;
}
