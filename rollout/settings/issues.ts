import { closest, distance } from "fastest-levenshtein";
import type { z } from "zod";

import { defined } from "../defined.ts";
import { type FieldNode, fieldAt, fieldsOf } from "./fields.ts";
import { type ConfigProblem, keyOf, shown } from "./problem.ts";
import { type Path, valueAtPath } from "./tree.ts";

/** The keys that a config may have, to tell people what is missing, wrong or unknown. */
export interface KnownKeys {
    readonly fields: FieldNode;
    /** Top-level keys besides those of `fields`. */
    readonly secretKeys: readonly string[];
}

/** What a schema found in `config`, as problems with key, value and fix. */
export function problemsOf(issue: z.core.$ZodIssue, config: unknown, known: KnownKeys): readonly ConfigProblem[] {
    if (issue.code === "unrecognized_keys") {
        return issue.keys.map((key) => unknownKey([...issue.path, key], config, known));
    }
    const key = keyOf(issue.path);
    const value = shown(valueAtPath(config, issue.path));
    if (value === undefined) {
        return [{ key, problem: "is missing", fix: howToSet(issue.path, known.fields) }];
    }
    return [{ key, value, problem: whatIsWrong(issue), fix: fixFor(issue.path, known.fields) }];
}

function whatIsWrong(issue: z.core.$ZodIssue): string {
    switch (issue.code) {
        case "invalid_type":
            return issue.expected === "int" ? "is not a whole number" : `is not ${nounOf(issue.expected)}`;
        case "invalid_value":
            return `is not ${issue.values.length === 1 ? "" : "one of "}${issue.values.map(String).join(", ")}`;
        case "invalid_key":
            return `has a key that ${issue.issues[0]?.message ?? "is not allowed"}`;
        default:
            return issue.message;
    }
}

function nounOf(type: string): string {
    const nouns: Readonly<Record<string, string>> = {
        string: "text",
        number: "a number",
        boolean: "true or false",
        array: "a list",
        object: "an object",
        record: "an object",
    };
    return nouns[type] ?? type;
}

/** The fix of the field itself or of what is around it. */
function fixFor(path: Path, fields: FieldNode): string {
    for (let length = path.length; length > 0; length--) {
        const fix = fieldAt(fields, path.slice(0, length))?.fix;
        if (fix !== undefined) {
            return fix;
        }
    }
    return `give it these keys: ${Object.keys(fieldsOf(fieldAt(fields, path) ?? fields)).join(", ")}`;
}

function howToSet(path: Path, fields: FieldNode): string {
    const example: unknown = fieldAt(fields, path)?.examples?.[0];
    const key = path.length === 1 ? keyOf(path) : `--path '${keyOf(path)}'`;
    return typeof example === "string" || typeof example === "number" || typeof example === "boolean"
        ? `set it, for example: pulumi config set ${key} ${/\s/.test(String(example)) ? `'${String(example)}'` : String(example)}`
        : fixFor(path, fields);
}

function unknownKey(path: Path, config: unknown, { fields, secretKeys }: KnownKeys): ConfigProblem {
    const container: FieldNode = fieldAt(fields, path.slice(0, -1)) ?? {};
    const value = shown(valueAtPath(config, path));
    const known = [...Object.keys(fieldsOf(container)), ...(path.length === 1 ? secretKeys : [])];
    const name = String(path.at(-1));
    const nearest = known.length === 0 ? undefined : closest(name, known);
    const near = nearest !== undefined && distance(name.toLowerCase(), nearest.toLowerCase()) <= Math.max(2, name.length / 3);
    const fix = near ? `write ${nearest}` : `remove it; known here: ${known.join(", ")}`;
    return { key: keyOf(path), ...defined({ value }), problem: "is not a known key", fix };
}
