import { hash } from "node:crypto";
import { lstat, readFile, readdir } from "node:fs/promises";
import { join, posix } from "node:path";

import dockerignore from "@balena/dockerignore";

/** A file of a build's folder, and where it goes. */
export interface ContextFile {
    /** Path on this machine. */
    readonly file: string;
    /** Absolute path in the image. */
    readonly to: string;
    /** Permissions that it has here and there. */
    readonly mode: number;
    readonly digest: string;
}

/**
 * Files that a COPY takes from a build's folder: what .dockerignore lets through, in a fixed order.
 *
 * @param folder the build's folder.
 * @param sources paths and patterns (`*` for any part of a name) relative to it.
 * @param to where they go: a folder if it ends with a slash, or if a source is one. Absolute.
 * @throws {Error} where a source is not there: so is one that .dockerignore hides.
 */
export async function contextFiles(folder: string, sources: readonly string[], to: string): Promise<readonly ContextFile[]> {
    const ignored = dockerignore.default().add(await readFile(join(folder, ".dockerignore"), "utf8").catch(() => ""));
    const files: ContextFile[] = [];
    for (const source of sources.map(relative)) {
        const before = files.length;
        for (const path of await matches(folder, source)) {
            const isFolder = (await lstat(join(folder, path))).isDirectory();
            for (const file of isFolder ? await filesBelow(folder, path) : [path]) {
                if (!ignored.ignores(file)) {
                    const target = isFolder ? posix.join(to, posix.relative(path, file)) : to.endsWith("/") ? posix.join(to, posix.basename(file)) : to;
                    files.push(await contextFile(folder, file, target));
                }
            }
        }
        if (files.length === before) {
            throw new Error(`there is no ${source} in ${folder}, or its .dockerignore hides it`);
        }
    }
    return files.toSorted((one, other) => (one.to < other.to ? -1 : 1));
}

/** A path inside the build's folder, without its dots. */
function relative(source: string): string {
    const path = posix.relative("/", posix.resolve("/", source));
    if (source.split("/").includes("..")) {
        throw new Error(`${source} leaves the build's folder`);
    }
    return path === "" ? "." : path;
}

/** Paths that a source stands for. */
async function matches(folder: string, source: string): Promise<readonly string[]> {
    let found = [""];
    for (const part of source.split("/")) {
        if (!part.includes("*")) {
            found = found.map((path) => posix.join(path, part));
            continue;
        }
        const literals = part.split("*").map((text) => text.replaceAll(/[.+^${}()|[\]\\]/g, "\\$&"));
        const pattern = new RegExp(`^${literals.join(".*")}$`);
        const entries = await Promise.all(
            found.map(async (path) => (await readdir(join(folder, path))).filter((name) => pattern.test(name)).map((name) => posix.join(path, name))),
        );
        found = entries.flat();
    }
    const there = await Promise.all(
        found.map(async (path) =>
            lstat(join(folder, path)).then(
                () => true,
                () => false,
            ),
        ),
    );
    return found.filter((_, index) => there[index]).sort();
}

/** All files below a folder: an empty folder is none. */
async function filesBelow(folder: string, path: string): Promise<readonly string[]> {
    const entries = await readdir(join(folder, path), { withFileTypes: true });
    const found = await Promise.all(
        entries.map(async (entry) => (entry.isDirectory() ? filesBelow(folder, posix.join(path, entry.name)) : [posix.join(path, entry.name)])),
    );
    return found.flat();
}

async function contextFile(folder: string, path: string, to: string): Promise<ContextFile> {
    const file = join(folder, path);
    const found = await lstat(file);
    if (!found.isFile()) {
        throw new Error(`${file} is neither a file nor a folder: the lab's builder copies no links`);
    }
    return { file, to, mode: found.mode & 0o777, digest: hash("sha256", await readFile(file)) };
}
