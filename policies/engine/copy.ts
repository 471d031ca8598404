import { deepestNesting, type Fields, isFields, type Plain, Unjudgeable, Unknown } from "./value.ts";

const unknownMark = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** The texts that stand for unknown values on the wire, by kind of value. They are part of Pulumi's wire format and never change. */
const unknownMarks: ReadonlySet<string> = new Set([
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
    "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
    unknownMark,
    "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
    "030794c1-ac77-496b-92df-f27374a8bd58",
    "e48ece36-62e2-4504-bad9-02848725956a",
    "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
]);

/**
 * A plain copy of `value`, read once for all rules, in which each unknown value is an {@link Unknown} with its path.
 *
 * @throws {@link Unjudgeable} when the value nests deeper than {@link deepestNesting}, or contains itself.
 */
export function plainCopy(value: object): Fields {
    const copied = copy(value, "", 0);
    return isFields(copied) ? copied : {};
}

/**
 * The properties behind the proxy of the policy runtime, which throws at each unknown and wraps each read.
 *
 * The way behind it is not documented; without it, every value is read through the proxy, which is slower and gives the same.
 */
export function behindProxy(properties: object): object {
    const target: unknown = Reflect.get(properties, "__isSpecialProxy") === true ? Reflect.get(properties, "__getSpecialProxyTarget") : undefined;
    const read = target ?? throughProxy(properties, 0);
    return typeof read === "object" && read !== null ? read : {};
}

function copy(value: unknown, path: string, depth: number): Plain {
    switch (typeof value) {
        case "string":
            return value.length === 36 && unknownMarks.has(value) ? new Unknown(path) : value;
        case "number":
        case "boolean":
            return value;
        case "object":
            break;
        default:
            return null;
    }
    if (value === null) {
        return null;
    }
    if (depth >= deepestNesting) {
        throw new Unjudgeable(path.slice(0, 200), "malformed", `it nests deeper than ${String(deepestNesting)} levels, or contains itself`);
    }
    if (Array.isArray(value)) {
        const copied: Plain[] = [];
        for (let index = 0; index < value.length; index++) {
            copied.push(copy(value[index], `${path}[${String(index)}]`, depth + 1));
        }
        return copied;
    }
    const copied: Record<string, Plain> = {};
    const prefix = path === "" ? "" : `${path}.`;
    for (const [key, entry] of Object.entries(value)) {
        if (entry !== undefined) {
            copied[key === "__proto__" ? "__proto__ (renamed)" : key] = copy(entry, prefix + key, depth + 1);
        }
    }
    return copied;
}

/** The slow way: reads each value by itself and turns the error of an unknown back into its mark. */
function throughProxy(value: unknown, depth: number): unknown {
    if (typeof value !== "object" || value === null || depth > deepestNesting) {
        return value;
    }
    const read = (key: string): unknown => {
        try {
            return throughProxy(Reflect.get(value, key), depth + 1);
        } catch (error) {
            if (error instanceof Error && error.message.endsWith("can't be known during preview")) {
                return unknownMark;
            }
            throw error;
        }
    };
    const keys = Object.keys(value);
    return Array.isArray(value) ? keys.map(read) : Object.fromEntries(keys.map((key) => [key, read(key)]));
}
