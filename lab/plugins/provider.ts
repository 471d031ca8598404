import { z } from "zod";

import type { PropertyValue, PropertyValues } from "./property-values.ts";
import type { Created, Plain, ResourceKind } from "./resource-kind.ts";

/** What a provider's author writes: its settings, how to reach its server, and its types of resources. */
export interface ProviderSpec<Settings extends z.ZodObject, Connection> {
    /** Name of the package, such as `kafka`. */
    readonly name: string;
    /** The provider's settings, strict: a setting that is not here is refused. */
    readonly settings: Settings;
    /** Settings whose values never appear in an error, marked secret by the program or not. */
    readonly secretSettings?: readonly (keyof z.output<Settings> & string)[];
    /** Opens what the handlers need, for one operation. */
    readonly use: <Result>(settings: z.output<Settings>, work: (connection: Connection) => Promise<Result>) => Promise<Result>;
    readonly kinds: readonly ResourceKind<Connection>[];
}

/** One operation on one type of resource, with its connection hidden inside. */
export interface ConfiguredKind {
    readonly kind: Omit<ResourceKind<never>, "create" | "read" | "update" | "delete">;
    readonly create: (settings: Plain, inputs: Plain) => Promise<Created<Plain>>;
    readonly read: (settings: Plain, id: string, last: Plain | undefined) => Promise<Created<Plain> | undefined>;
    readonly update: (settings: Plain, id: string, inputs: Plain, last: Plain) => Promise<Plain>;
    readonly delete: (settings: Plain, id: string, last: Plain) => Promise<void>;
}

/** A provider as the server uses it. */
export interface Provider {
    readonly name: string;
    readonly settings: z.ZodObject;
    readonly secretSettings: readonly string[];
    /** By type token. */
    readonly kinds: ReadonlyMap<string, ConfiguredKind>;
}

/** Turns a typed description into what the server uses: each operation opens its connection and closes it again. */
export function provider<Settings extends z.ZodObject, Connection>(spec: ProviderSpec<Settings, Connection>): Provider {
    const use = <Result>(settings: Plain, work: (connection: Connection) => Promise<Result>): Promise<Result> => spec.use(spec.settings.parse(settings), work);
    return {
        name: spec.name,
        settings: spec.settings,
        secretSettings: spec.secretSettings ?? [],
        kinds: new Map(
            spec.kinds.map((kind) => [
                kind.token,
                {
                    kind,
                    create: (settings, inputs) => use(settings, (connection) => kind.create(connection, inputs)),
                    read: (settings, id, last) => use(settings, (connection) => kind.read(connection, id, last)),
                    update: (settings, id, inputs, last) => use(settings, (connection) => kind.update(connection, id, inputs, last)),
                    delete: (settings, id, last) => use(settings, (connection) => kind.delete(connection, id, last)),
                },
            ]),
        ),
    };
}

/** One fault in what the program gave. */
export interface Fault {
    readonly property: string;
    readonly reason: string;
}

/** Values that passed validation, with defaults filled in, or the faults. Properties that are unknown are not judged. */
export function validate(schema: z.ZodObject, given: PropertyValues): { readonly values: Plain; readonly faults: readonly Fault[] } {
    const known = new Set(Object.keys(schema.shape));
    const faults: Fault[] = [...Object.keys(given.known), ...given.unknown]
        .filter((name) => !known.has(name))
        .map((name) => ({ property: name, reason: `'${name}' is not supported by this stand-in; it knows ${[...known].sort().join(", ")}` }));
    const values: Record<string, unknown> = {};
    for (const [name, field] of Object.entries(schema.shape)) {
        if (given.unknown.has(name)) {
            continue;
        }
        const result = z.safeParse(field, given.known[name]);
        if (!result.success) {
            const missing = given.known[name] === undefined;
            faults.push({
                property: name,
                reason: missing ? `'${name}' is required` : `'${name}': ${result.error.issues.map((issue) => issue.message).join("; ")}`,
            });
        } else if (result.data !== undefined) {
            values[name] = result.data;
        }
    }
    return { values, faults };
}

/** Settings come as text, whatever their type is: numbers, booleans and lists as JSON. Gives them the type that the schema wants. */
export function decodeSettings(schema: z.ZodObject, given: PropertyValues): PropertyValues {
    const known: Record<string, PropertyValue> = {};
    for (const [name, value] of Object.entries(given.known)) {
        if (name !== "version" && name !== "pluginDownloadURL") {
            const field: unknown = schema.shape[name];
            const settled = typeof value !== "string" || !(field instanceof z.ZodType) || field.safeParse(value).success;
            known[name] = settled ? value : fromJson(value);
        }
    }
    return { ...given, known };
}

/** The value that a JSON text holds; a text that is no JSON stays as it is, and fails validation with its own message. */
function fromJson(text: string): PropertyValue {
    try {
        return z.json().parse(JSON.parse(text));
    } catch {
        return text;
    }
}
