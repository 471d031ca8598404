import { isDeepStrictEqual } from "node:util";

import { type Document, isMap, isScalar, parseDocument } from "yaml";

import { type ConfigProblem, shown } from "./problem.ts";
import { isRecord } from "./tree.ts";

/** A stack's file as it is written, read once for all who ask. */
export interface WrittenConfig {
    /** Name of the file, for people. */
    readonly path: string;
    readonly document: Document;
    /** Name of the project, and prefix of its keys. */
    readonly project: string;
}

/** Reads a stack's file. @throws {Error} where it is not valid YAML. */
export function readWritten({ path, text, project }: { readonly path: string; readonly text: string; readonly project: string }): WrittenConfig {
    const document = parseDocument(text);
    const [problem] = document.errors;
    if (problem !== undefined) {
        throw new Error(`${path} is not valid YAML: ${problem.message}`);
    }
    return { path, document, project };
}

/** The file's values, by key without the project's name. An encrypted one is `{ secure }`. */
export function writtenValues({ document, project }: WrittenConfig): Readonly<Record<string, unknown>> {
    const config = document.get("config", true);
    const prefix = `${project}:`;
    const items = isMap(config) ? config.items : [];
    const keys = items.flatMap(({ key }) => (isScalar(key) && String(key.value).startsWith(prefix) ? [String(key.value)] : []));
    const values: unknown = isMap(config) ? config.toJS(document) : {};
    return Object.fromEntries(keys.map((key) => [key.slice(prefix.length), isRecord(values) ? values[key] : undefined]));
}

/**
 * Keys that the engine gave another value than the file has: a value that its reader takes for something else, or a file that is not this one (`--config-file`).
 *
 * @param given the engine's values, by key without the project's name. Encrypted ones are not compared.
 * @param defaults what Pulumi.yaml gives a key that the file leaves out.
 */
export function readDifferently(
    written: WrittenConfig,
    given: Readonly<Record<string, unknown>>,
    defaults: Readonly<Record<string, unknown>>,
): readonly ConfigProblem[] {
    const values = writtenValues(written);
    // An environment of Pulumi ESC gives values that no file has.
    const elsewhere = written.document.has("environment");
    const fix = `put the value in quotes; or run without --config-file: 'rollout' and approvals know ${written.path} alone`;
    return [...new Set([...Object.keys(values), ...Object.keys(given)])].flatMap((key): readonly ConfigProblem[] => {
        const [here, there] = [values[key], given[key]];
        if (Object.hasOwn(values, key)) {
            return isSame(here, there)
                ? []
                : [{ key, value: shown(there) ?? "nothing", problem: `is what the engine read, and ${written.path} has ${shown(here) ?? "nothing"}`, fix }];
        }
        return elsewhere || isSame(defaults[key], there)
            ? []
            : [{ key, value: shown(there) ?? "nothing", problem: `is what the engine read, and ${written.path} has no such key`, fix }];
    });
}

/** Whether the engine's value is the file's. It gives a scalar as text, and a structure as JSON. */
function isSame(here: unknown, there: unknown): boolean {
    if (isRecord(here) && "secure" in here) {
        return true;
    }
    if (isRecord(here) && isRecord(there)) {
        return [...new Set([...Object.keys(here), ...Object.keys(there)])].every((key) => isSame(here[key], there[key]));
    }
    if (Array.isArray(here) && Array.isArray(there)) {
        return here.length === there.length && here.every((item, index) => isSame(item, there[index]));
    }
    return (
        isDeepStrictEqual(here ?? "", there ?? "") ||
        (typeof there === "string" && (typeof here === "number" || typeof here === "boolean") && String(here) === there)
    );
}
