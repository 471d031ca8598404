import { chmod, copyFile, mkdir } from "node:fs/promises";
import { arch } from "node:os";
import { join } from "node:path";
import { getuid } from "node:process";

import { ensureTools } from "../toolchain/ensure.ts";
import { toolPath, type Tool } from "../toolchain/paths.ts";
import { recipeKey, recipes as tools } from "../toolchain/recipes.ts";
import { versions } from "../toolchain/versions.ts";
import { ensureArchive, plainConfig, referenceOf, type Image } from "./archive.ts";
import { buildDockerfile, type Built } from "./build.ts";
import { openDebian, type Debian } from "./debian.ts";
import { ensureLayer, ensurePacked, keyOf, type Layer, type PackedLayer } from "./layers.ts";
import { ensureNode, npmForBuilds, type BuildSettings } from "./npm.ts";
import { imageRecipes, type ImageName } from "./recipes.ts";

export { imageNames, type ImageName } from "./recipes.ts";

/** Images of the lab in one file. */
export interface ImageArchive {
    /** A tar that `ctr --namespace k8s.io images import` takes. */
    readonly file: string;
    /** What the archive calls each image: host, name, and a tag that is made of the image's content. */
    readonly references: ReadonlyMap<ImageName, string>;
}

/**
 * Makes sure that images are in the cache, all in one archive: layers that they share are in it, and go to a node, once. Quick and offline for what is there.
 *
 * Needs root: files in an image have their owners, and the commands of a Dockerfile run in a root folder of their own.
 *
 * @param say progress, a line at a time.
 * @throws {Error} of the first image that can't be made; what was made before stays in the cache.
 */
export async function ensureImages(names: readonly ImageName[], say: (line: string) => void): Promise<ImageArchive> {
    if (getuid?.() !== 0) {
        throw new Error("container images are made by root alone: run the lab as root");
    }
    await ensureTools(names.map((name) => imageRecipes[name]).flatMap((recipe) => (recipe.kind === "tool" ? [recipe.tool] : [])));
    const maker = openImages(say);
    try {
        const images = new Map<ImageName, Image>();
        for (const name of new Set(names)) {
            const { layers, config } = await maker.make(name);
            const packed: PackedLayer[] = [];
            for (const layer of layers) {
                packed.push(await ensurePacked(layer, say));
            }
            images.set(name, { name, layers: packed, config });
        }
        const file = await ensureArchive([...images.values()], say);
        return { file, references: new Map([...images].map(([name, image]) => [name, referenceOf(image)])) };
    } finally {
        await maker.close();
    }
}

/** Makes images and what they lie on, and fetches an index or a setting once for all of them. */
export interface ImageMaker {
    /** An image of the table. */
    readonly make: (name: ImageName) => Promise<Built>;
    /** What the Dockerfile of a folder says. */
    readonly build: (name: string, folder: string) => Promise<Built>;
    /** Removes what was downloaded. */
    readonly close: () => Promise<void>;
}

/** @param say progress, a line at a time. */
export function openImages(say: (line: string) => void): ImageMaker {
    const debian = openDebian(say);
    let settings: Promise<BuildSettings> | undefined;
    const build = async (name: string, folder: string): Promise<Built> =>
        buildDockerfile({
            name,
            folder,
            say,
            imageOf: async (reference) => nodeImage(reference, debian, say),
            settings: () => (settings ??= npmForBuilds(say)),
        });
    return {
        build,
        make: async (name) => {
            const recipe = imageRecipes[name];
            switch (recipe.kind) {
                case "tool":
                    return { layers: [...(recipe.onBase === true ? [await debian.base()] : []), await toolLayer(recipe.tool, say)], config: recipe.config };
                case "debian":
                    return { layers: [await debian.base(), await debian.onBase(name, recipe.contents)], config: recipe.config };
                case "dockerfile":
                    return build(name, join(import.meta.dirname, "../..", recipe.folder));
            }
        },
        close: debian.close,
    };
}

/** A program of the toolchain by itself, at the root. */
async function toolLayer(tool: Tool, say: (line: string) => void): Promise<Layer> {
    return ensureLayer(tool, keyOf(tool, recipeKey(tools[tool])), say, async (files) => copyFile(toolPath(tool), join(files, tool)));
}

/** The official image of Node, which Dockerfiles name, in its small form. */
const officialNode = /^(?:docker\.io\/)?(?:library\/)?node:(?<version>\d+(?:\.\d+){0,2})-(?:bookworm-)?slim(?:@sha256:[0-9a-f]{64})?$/;

/**
 * What stands for the official image of Node: the same version on the base layer, with the commands that make users. npm is there for the commands of a build alone.
 *
 * @throws {Error} for another image or another version.
 */
async function nodeImage(reference: string, debian: Debian, say: (line: string) => void): Promise<Built> {
    const version = officialNode.exec(reference)?.groups?.version;
    if (version === undefined || !`${versions.node}.`.startsWith(`${version}.`)) {
        throw new Error(`FROM ${reference}: the lab has node:${versions.node}-slim alone`);
    }
    const users = await debian.onBase("users", { packages: ["login", "passwd"], without: [] });
    const node = await ensureLayer("node", keyOf("node", versions.node, arch()), say, async (files) => {
        const target = join(files, "usr/local/bin");
        await mkdir(target, { recursive: true });
        await Promise.all(["usr", "usr/local", "usr/local/bin"].map(async (folder) => chmod(join(files, folder), 0o755)));
        await copyFile(join(await ensureNode(say), "bin/node"), join(target, "node"));
    });
    const environment = { ...plainConfig.environment, NODE_VERSION: versions.node };
    return { layers: [await debian.base(), users, node], config: { ...plainConfig, environment, command: ["node"] } };
}
