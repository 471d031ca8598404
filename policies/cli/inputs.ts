import { open, readdir, realpath, stat } from "node:fs/promises";
import { join } from "node:path";

import { type Manifest, manifestsIn, type Unreadable } from "./manifests.ts";

/** The largest input, in bytes. Rendered manifests stay far below; above it, something else was handed in. */
export const largestInputBytes = 64 * 2 ** 20;

/** What was read, and what could not be. */
export interface Read {
    readonly manifests: readonly Manifest[];
    readonly unreadable: readonly Unreadable[];
}

/**
 * Reads files, folders (`*.yaml`, `*.yml` and `*.json` in them, at any depth, but not in `node_modules` and `.git`) and, for `-`, standard input. What can't be read does not keep the rest from being read.
 *
 * @param onProgress is called after each file with the number of objects so far.
 */
export async function readInputs(
    names: readonly string[],
    input: AsyncIterable<Uint8Array>,
    onProgress: (file: string, objects: number) => void,
): Promise<Read> {
    const manifests: Manifest[] = [];
    const unreadable: Unreadable[] = [];
    for await (const file of filesOf(names)) {
        if (typeof file !== "string") {
            unreadable.push(file);
            continue;
        }
        const content = await contentOf(file, input);
        if (typeof content !== "string") {
            unreadable.push(content);
            continue;
        }
        for (const found of manifestsIn(content, file)) {
            if ("problem" in found) {
                unreadable.push(found);
            } else {
                manifests.push(found);
            }
        }
        onProgress(file, manifests.length);
    }
    if (manifests.length === 0 && unreadable.length === 0) {
        unreadable.push({ problem: "there is no Kubernetes object in it: nothing was checked", file: names.join(", ") });
    }
    return { manifests, unreadable };
}

/** The files that the names stand for, each once, and the folders that hold none. */
async function* filesOf(names: readonly string[]): AsyncGenerator<string | Unreadable> {
    const seen = new Set<string>();
    for (const name of names) {
        yield* name === "-" ? [name] : filesAt(name, true, seen);
    }
}

/** Folders that hold no manifests of their own, and thousands of files. */
const without: ReadonlySet<string> = new Set([".git", "node_modules"]);

async function* filesAt(path: string, isNamed: boolean, seen: Set<string>): AsyncGenerator<string | Unreadable> {
    try {
        const real = await realpath(path);
        if (seen.has(real)) {
            return;
        }
        seen.add(real);
        if (!(await stat(real)).isDirectory()) {
            if (isNamed || /\.(ya?ml|json)$/.test(path)) {
                yield path;
            }
            return;
        }
        let isEmpty = true;
        for (const entry of (await readdir(path)).filter((name) => !without.has(name)).toSorted()) {
            for await (const found of filesAt(join(path, entry), false, seen)) {
                isEmpty = false;
                yield found;
            }
        }
        if (isNamed && isEmpty) {
            yield { problem: "there is no *.yaml, *.yml or *.json in this folder", file: path };
        }
    } catch (error) {
        yield { problem: `it can't be read: ${messageOf(error)}`, file: path };
    }
}

async function contentOf(file: string, input: AsyncIterable<Uint8Array>): Promise<string | Unreadable> {
    const chunks: Uint8Array[] = [];
    let size = 0;
    try {
        for await (const chunk of file === "-" ? input : bytesOf(file)) {
            size += chunk.byteLength;
            if (size > largestInputBytes) {
                return { problem: `it is larger than ${String(largestInputBytes / 2 ** 20)} MiB: split it`, file };
            }
            chunks.push(chunk);
        }
    } catch (error) {
        return { problem: `it can't be read: ${messageOf(error)}`, file };
    }
    try {
        return new TextDecoder("utf8", { fatal: true }).decode(Buffer.concat(chunks));
    } catch {
        return { problem: "it is not UTF-8 text", file };
    }
}

async function* bytesOf(file: string): AsyncGenerator<Uint8Array> {
    const handle = await open(file);
    try {
        yield* handle.createReadStream({ autoClose: false });
    } finally {
        await handle.close();
    }
}

function messageOf(error: unknown): string {
    return error instanceof Error ? error.message : String(error);
}
