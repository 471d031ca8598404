import { createHash, hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { chmod, mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";

import { z } from "zod";

import { cacheRoot } from "../toolchain/paths.ts";
import { store } from "../toolchain/store.ts";
import { run, type Workplace } from "../toolchain/workplace.ts";

/** Files on top of others, in the cache. Images that have a layer in common have the same one. */
export interface Layer {
    /** For people. */
    readonly name: string;
    /** Key in the cache: made of all that goes into the layer. What is built on the layer has it in its own key. */
    readonly key: string;
    /** The files as a folder: what an overlay mount takes. A layer only ever adds files, so there are no marks of removed ones. */
    readonly files: string;
}

/** A layer in the form that an archive of images has. */
export interface PackedLayer {
    /** Not compressed: nothing travels over a network, and each node would have to decompress it. */
    readonly tar: string;
    /** Digest of the tar, which an image calls the layer by: `sha256:...`. */
    readonly digest: string;
    readonly bytes: number;
}

const record = z.object({ digest: z.string().regex(/^sha256:[0-9a-f]{64}$/), bytes: z.int().positive() });

/** A short key of anything that is plain data. */
export function keyOf(...parts: readonly unknown[]): string {
    return hash("sha256", JSON.stringify(parts)).slice(0, 16);
}

/** Digest of a file, as images have it. */
export async function digestOf(file: string): Promise<string> {
    const sum = createHash("sha256");
    await pipeline(createReadStream(file), sum);
    return `sha256:${sum.digest("hex")}`;
}

/**
 * Takes a layer from the cache, and makes it where it is not there.
 *
 * @param name for people, and for the cache's folders.
 * @param key of all that goes into it: {@link keyOf}.
 * @param make puts the layer's files into the folder that it is given, with the owners and modes that they have in the image.
 */
export async function ensureLayer(
    name: string,
    key: string,
    say: (line: string) => void,
    make: (files: string, place: Workplace) => Promise<void>,
): Promise<Layer> {
    const folder = join(cacheRoot(), "images", `layer-${name}-${key}`);
    await store(folder, said(name, say), async (place) => {
        const files = join(place.output, "files");
        await mkdir(files);
        await chmod(files, 0o755);
        await make(files, place);
    });
    return { name, key, files: join(folder, "files") };
}

/** Packs a layer, unless the cache has it packed. Layers of a build's earlier stages are in no image, and stay as they are. */
export async function ensurePacked(layer: Layer, say: (line: string) => void): Promise<PackedLayer> {
    const folder = join(cacheRoot(), "images", `packed-${layer.name}-${layer.key}`);
    await store(folder, said(layer.name, say), async (place) => {
        const tar = join(place.output, "layer.tar");
        await pack(layer.files, tar, place);
        const entry: z.infer<typeof record> = { digest: await digestOf(tar), bytes: (await stat(tar)).size };
        await writeFile(join(place.output, "layer.json"), JSON.stringify(entry));
    });
    return { tar: join(folder, "layer.tar"), ...record.parse(JSON.parse(await readFile(join(folder, "layer.json"), "utf8"))) };
}

function said(name: string, say: (line: string) => void): (line: string) => void {
    return (line) => {
        say(`layer ${name}: ${line}`);
    };
}

/** Packs a folder so that the same files give the same bytes: sorted, and without times. */
async function pack(folder: string, file: string, place: Workplace): Promise<void> {
    await run(place, "tar", ["--create", "--file", file, "--sort=name", "--mtime=@0", "--numeric-owner", "--format=gnu", "--directory", folder, "."], {
        cwd: place.scratch,
    });
}
