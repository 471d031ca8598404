import { open } from "node:fs/promises";

import { parseDocument } from "yaml";

import { resourceOfManifest } from "../engine/resource.ts";
import type { Resource } from "../engine/subject.ts";

/** A manifest that can't be read: the message says which, why, and what to do. */
export class ManifestError extends Error {}

/** An object from a file, and where it stands there. */
export interface Manifest {
    readonly resource: Resource;
    readonly file: string;
    /** First line of its document, from 1. */
    readonly line: number;
}

/** The largest input, in bytes. Rendered manifests stay far below; above it, something else was handed in. */
export const largestInputBytes = 64 * 2 ** 20;

/** How many times aliases may repeat an anchor in one document. Manifests hardly use any; a document of many is one that means to fill the memory. */
const mostAliases = 100;

/**
 * The objects in a text of YAML documents, or of JSON.
 *
 * Documents are read one by one, so that the memory needed is that of the largest. Empty documents are skipped.
 *
 * @throws {@link ManifestError}
 */
export function* manifestsIn(content: string, file: string): Generator<Manifest> {
    for (const { text, line } of documentsIn(content)) {
        const value = read(text, `${file}:${String(line)}`);
        const found: readonly unknown[] = Array.isArray(value) ? value : [value];
        for (const manifest of found) {
            if (manifest === null || manifest === undefined) {
                continue;
            }
            if (typeof manifest !== "object" || !isText(manifest, "apiVersion") || !isText(manifest, "kind")) {
                throw new ManifestError(
                    `${file}:${String(line)}: this is no Kubernetes object: it has no apiVersion and kind. Hand in rendered manifests only`,
                );
            }
            yield { resource: resourceOfManifest(manifest, `${file}:${String(line)}`), file, line };
        }
    }
}

/** Reads a file or, for `-`, standard input. @throws {@link ManifestError} */
export async function contentOf(file: string, input: AsyncIterable<Uint8Array>): Promise<string> {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of file === "-" ? input : readFile(file)) {
        size += chunk.byteLength;
        if (size > largestInputBytes) {
            throw new ManifestError(`${file} is larger than ${String(largestInputBytes / 2 ** 20)} MiB: split it`);
        }
        chunks.push(chunk);
    }
    try {
        return new TextDecoder("utf8", { fatal: true }).decode(Buffer.concat(chunks));
    } catch {
        throw new ManifestError(`${file} is not UTF-8 text`);
    }
}

async function* readFile(file: string): AsyncGenerator<Uint8Array> {
    let handle;
    try {
        handle = await open(file);
        yield* handle.createReadStream({ autoClose: false });
    } catch (error) {
        throw new ManifestError(`${file} can't be read: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
        await handle?.close();
    }
}

/** The documents of a YAML stream, with the line each starts at. */
function* documentsIn(content: string): Generator<{ readonly text: string; readonly line: number }> {
    if (/^\s*[[{]/.test(content)) {
        yield { text: content, line: 1 };
        return;
    }
    let [start, line] = [0, 1];
    for (const separator of content.matchAll(/^---(?=\s|$)/gm)) {
        if (separator.index > start) {
            yield { text: content.slice(start, separator.index), line };
        }
        line += newlinesIn(content, start, separator.index);
        start = separator.index + separator[0].length;
    }
    yield { text: content.slice(start), line };
}

function newlinesIn(content: string, from: number, to: number): number {
    let count = 0;
    for (let at = content.indexOf("\n", from); at >= 0 && at < to; at = content.indexOf("\n", at + 1)) {
        count++;
    }
    return count;
}

function read(text: string, where: string): unknown {
    try {
        if (/^\s*[[{]/.test(text)) {
            try {
                return JSON.parse(text);
            } catch {
                // Braces also start YAML's flow style.
            }
        }
        const document = parseDocument(text, { logLevel: "silent", prettyErrors: true });
        const [problem] = document.errors;
        if (problem !== undefined) {
            throw new ManifestError(`${where}: this is no YAML: ${problem.message.split("\n", 1)[0] ?? ""}`);
        }
        return document.toJS({ maxAliasCount: mostAliases });
    } catch (error) {
        if (error instanceof ManifestError) {
            throw error;
        }
        throw new ManifestError(
            error instanceof RangeError
                ? `${where}: this nests too deep to be a Kubernetes object`
                : `${where}: this can't be read: ${error instanceof Error ? error.message : String(error)}. Write anchors out`,
        );
    }
}

function isText(value: object, key: string): boolean {
    const entry: unknown = Reflect.get(value, key);
    return typeof entry === "string" && entry !== "";
}
