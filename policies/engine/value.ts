/** A value that a preview does not know yet: it comes from a resource that does not exist. It carries its own path, so that a report can name it. */
export class Unknown {
    readonly path: string;

    constructor(path: string) {
        this.path = path;
    }
}

/** Named values. A key that is absent and a key that is null mean the same to Kubernetes. */
export interface Fields {
    readonly [key: string]: Plain;
}

/** What a rule reads: JSON, with unknown parts marked. */
export type Plain = string | number | boolean | null | Unknown | Fields | readonly Plain[];

/** How deep a manifest may nest. Kubernetes objects stay below 30; above the limit a manifest is refused instead of overflowing the stack. */
export const deepestNesting = 100;

/** A field that a rule needs can't be read. The engine turns it into a violation of that rule: what can't be judged is not passed. */
export class Unjudgeable extends Error {
    readonly path: string;
    readonly reason: "unknown" | "malformed";

    constructor(path: string, reason: "unknown" | "malformed", message: string) {
        super(message);
        this.path = path;
        this.reason = reason;
    }
}

/** What `read` finds; nothing where that can't be judged, which is left to the rules that judge the subject alone. */
export function whereReadable<T>(read: () => readonly T[]): readonly T[] {
    try {
        return read();
    } catch (error) {
        if (error instanceof Unjudgeable) {
            return [];
        }
        throw error;
    }
}

/** Whether `value` is an object with named values: neither a list, nor null, nor an unknown. */
export function isFields(value: unknown): value is Fields {
    return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Unknown);
}

/** Whether `value` is a list. */
export function isList(value: Plain | undefined): value is readonly Plain[] {
    return Array.isArray(value);
}

/**
 * The value under `keys`, or undefined when a part of the way is absent or null.
 *
 * @throws {@link Unjudgeable} when the way leads into an unknown, or through something that has no named values.
 */
export function at(value: Plain | undefined, ...keys: readonly string[]): Exclude<Plain, null | Unknown> | undefined {
    let current: Plain | undefined = value;
    for (const key of keys) {
        if (current === undefined || current === null) {
            return undefined;
        }
        if (!isFields(current)) {
            throw current instanceof Unknown ? notKnown(current) : malformed(keys, "named values", current);
        }
        current = Object.hasOwn(current, key) ? current[key] : undefined;
    }
    if (current instanceof Unknown) {
        throw notKnown(current);
    }
    return current ?? undefined;
}

/** The text under `keys`. Numbers and booleans, which YAML reads from unquoted text, are malformed. @throws {@link Unjudgeable} */
export function text(value: Plain | undefined, ...keys: readonly string[]): string | undefined {
    const found = at(value, ...keys);
    if (found !== undefined && typeof found !== "string") {
        throw malformed(keys, "text", found);
    }
    return found;
}

/** The number under `keys`. @throws {@link Unjudgeable} */
export function number(value: Plain | undefined, ...keys: readonly string[]): number | undefined {
    const found = at(value, ...keys);
    if (found !== undefined && typeof found !== "number") {
        throw malformed(keys, "a number", found);
    }
    return found;
}

/** The number or text under `keys`: Kubernetes writes ports, percentages and quantities either way. @throws {@link Unjudgeable} */
export function numberOrText(value: Plain | undefined, ...keys: readonly string[]): number | string | undefined {
    const found = at(value, ...keys);
    if (found !== undefined && typeof found !== "number" && typeof found !== "string") {
        throw malformed(keys, "a number or text", found);
    }
    return found;
}

/** The boolean under `keys`. @throws {@link Unjudgeable} */
export function flag(value: Plain | undefined, ...keys: readonly string[]): boolean | undefined {
    const found = at(value, ...keys);
    if (found !== undefined && typeof found !== "boolean") {
        throw malformed(keys, "true or false", found);
    }
    return found;
}

/** The list under `keys`; empty when absent. @throws {@link Unjudgeable} */
export function list(value: Plain | undefined, ...keys: readonly string[]): readonly Plain[] {
    const found = at(value, ...keys);
    if (found !== undefined && !isList(found)) {
        throw malformed(keys, "a list", found);
    }
    return found ?? [];
}

/** The texts in the list under `keys`; empty when absent. @throws {@link Unjudgeable} */
export function texts(value: Plain | undefined, ...keys: readonly string[]): readonly string[] {
    return list(value, ...keys).map((entry) => text(entry) ?? "");
}

/** The named values under `keys`, or undefined. @throws {@link Unjudgeable} */
export function fields(value: Plain | undefined, ...keys: readonly string[]): Fields | undefined {
    const found = at(value, ...keys);
    if (found !== undefined && !isFields(found)) {
        throw malformed(keys, "named values", found);
    }
    return found;
}

/** The named texts under `keys`, such as labels; empty when absent. @throws {@link Unjudgeable} */
export function labels(value: Plain | undefined, ...keys: readonly string[]): Readonly<Record<string, string>> {
    const entries = Object.entries(fields(value, ...keys) ?? {});
    return record(entries.map(([key, entry]) => [key, text(entry) ?? ""]));
}

/** Named texts in a record without a prototype: a look-up of `toString` or `constructor` finds nothing that the manifest does not have. */
function record(entries: Iterable<readonly [string, string]>): Readonly<Record<string, string>> {
    const made: Record<string, string> = {};
    Object.setPrototypeOf(made, null);
    for (const [key, value] of entries) {
        made[key] = value;
    }
    return made;
}

/** Text that may be unknown: a generated name says nothing about whether the object is safe. @throws {@link Unjudgeable} when it is malformed. */
export function known(value: Plain | undefined, ...keys: readonly string[]): string | undefined {
    try {
        return text(value, ...keys);
    } catch (error) {
        if (error instanceof Unjudgeable && error.reason === "unknown") {
            return undefined;
        }
        throw error;
    }
}

/**
 * Labels or annotations without the unknown ones. A rule that needs a particular one reads it from the body, where an unknown is not passed over.
 *
 * @throws {@link Unjudgeable} when they are malformed.
 */
export function knownLabels(value: Plain | undefined, ...keys: readonly string[]): Readonly<Record<string, string>> {
    let holder: Fields | undefined;
    try {
        holder = fields(value, ...keys);
    } catch (error) {
        if (!(error instanceof Unjudgeable && error.reason === "unknown")) {
            throw error;
        }
    }
    return record(
        Object.keys(holder ?? {}).flatMap((key): readonly (readonly [string, string])[] => {
            const entry = known(holder, key);
            return entry === undefined ? [] : [[key, entry]];
        }),
    );
}

/** Whether something is there under `keys`, known or not. Never throws for an unknown at the end of the way. */
export function has(value: Plain | undefined, ...keys: readonly string[]): boolean {
    const last = keys.at(-1);
    const holder = fields(value, ...keys.slice(0, -1));
    return last !== undefined && holder !== undefined && Object.hasOwn(holder, last) && holder[last] !== null;
}

function notKnown(unknown: Unknown): Unjudgeable {
    return new Unjudgeable(unknown.path, "unknown", `${unknown.path} is not known during preview`);
}

function malformed(keys: readonly string[], wanted: string, found: Plain): Unjudgeable {
    const kind = Array.isArray(found) ? "a list" : found === null ? "null" : typeof found === "object" ? "named values" : `a ${typeof found}`;
    return new Unjudgeable(keys.join("."), "malformed", `it should be ${wanted}, but is ${kind}`);
}
