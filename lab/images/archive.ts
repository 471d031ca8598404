import { hash } from "node:crypto";
import { link, mkdir, writeFile } from "node:fs/promises";
import { arch } from "node:os";
import { join } from "node:path";

import { cacheRoot } from "../toolchain/paths.ts";
import { store } from "../toolchain/store.ts";
import { run } from "../toolchain/workplace.ts";
import { keyOf, type PackedLayer } from "./layers.ts";
import { keepRecent } from "./recent.ts";

/** How a container of an image starts unless its pod says otherwise. */
export interface ImageConfig {
    readonly environment: Readonly<Record<string, string>>;
    readonly entrypoint: readonly string[];
    readonly command: readonly string[];
    /** Absolute. */
    readonly workingDirectory: string;
    /** Name or number, with a group after a colon where one is given. "" for root. */
    readonly user: string;
    /** Such as `9090/tcp`. */
    readonly ports: readonly string[];
}

/** PATH of a container whose image says nothing of it. */
const path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** What an image that says nothing has. */
export const plainConfig: ImageConfig = { environment: { PATH: path }, entrypoint: [], command: [], workingDirectory: "/", user: "", ports: [] };

/** An image: its layers from the bottom up, and its config. */
export interface Image {
    readonly name: string;
    readonly layers: readonly PackedLayer[];
    readonly config: ImageConfig;
}

/** The config as images carry it: https://github.com/opencontainers/image-spec/blob/main/config.md. Its digest is the image's id. */
export function configJson(image: Pick<Image, "layers" | "config">): string {
    const { environment, entrypoint, command, workingDirectory, user, ports } = image.config;
    return JSON.stringify({
        architecture: arch() === "x64" ? "amd64" : arch(),
        os: "linux",
        config: {
            User: user,
            ExposedPorts: Object.fromEntries(ports.map((port) => [port, {}])),
            Env: Object.entries(environment).map(([name, value]) => `${name}=${value}`),
            Entrypoint: entrypoint,
            Cmd: command,
            WorkingDir: workingDirectory,
        },
        rootfs: { type: "layers", diff_ids: image.layers.map(({ digest }) => digest) },
    });
}

/** Name and tag: the tag is made of all that is in the image. The host is one that no registry has, so that a node that lacks the image can't fetch another. */
export function referenceOf(image: Image): string {
    return `lab.example.com/${image.name}:${hash("sha256", configJson(image)).slice(0, 12)}`;
}

/**
 * manifest.json of an archive with several images, and each config under its file's name.
 *
 * @see https://github.com/moby/docker-image-spec/blob/main/spec.md#combined-image-json--filesystem-changeset-format
 */
export function archiveManifest(images: readonly Image[]): { readonly manifest: string; readonly configs: Readonly<Record<string, string>> } {
    const entries = images.map((image) => {
        const config = configJson(image);
        return { file: `${hash("sha256", config)}.json`, config, image };
    });
    return {
        manifest: JSON.stringify(
            entries.map(({ file, image }) => ({ Config: file, RepoTags: [referenceOf(image)], Layers: image.layers.map(({ digest }) => layerFile(digest)) })),
        ),
        configs: Object.fromEntries(entries.map(({ file, config }) => [file, config])),
    };
}

/** Path of a layer in an archive. */
function layerFile(digest: string): string {
    return `${digest.replace("sha256:", "")}/layer.tar`;
}

/** One archive of several images, in which a layer that they share lies once. @returns its path in the cache. */
export async function ensureArchive(images: readonly Image[], say: (line: string) => void): Promise<string> {
    const { manifest, configs } = archiveManifest(images);
    const folder = join(cacheRoot(), "images", `archive-${keyOf(manifest)}`);
    await store(folder, say, async (place) => {
        const layers = new Map(images.flatMap((image) => image.layers).map((layer) => [layer.digest, layer]));
        say(
            `packing ${images.map(({ name }) => name).join(", ")}: ${String(Math.round([...layers.values()].reduce((sum, { bytes }) => sum + bytes, 0) / 1e6))} MB`,
        );
        for (const [file, text] of Object.entries({ "manifest.json": manifest, ...configs })) {
            await writeFile(join(place.scratch, file), text);
        }
        for (const { digest, tar } of layers.values()) {
            const path = join(place.scratch, layerFile(digest));
            await mkdir(join(path, ".."));
            await link(tar, path);
        }
        await run(place, "tar", ["--create", "--file", join(place.output, "images.tar"), "--sort=name", "--mtime=@0", "--numeric-owner", "."], {
            cwd: place.scratch,
        });
    });
    await keepRecent(folder);
    return join(folder, "images.tar");
}
