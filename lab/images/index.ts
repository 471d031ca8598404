import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { getuid } from "node:process";

import { ensureTools } from "../toolchain/ensure.ts";
import { toolPath, type Tool } from "../toolchain/paths.ts";
import { recipeKey, recipes as tools } from "../toolchain/recipes.ts";
import { ensureArchive, referenceOf, type Image } from "./archive.ts";
import { openDebian, type Debian } from "./debian.ts";
import { ensureLayer, keyOf, type Layer } from "./layers.ts";
import { imageRecipes, type ImageName } from "./recipes.ts";

export { imageNames, type ImageName } from "./recipes.ts";

/** Images of the lab in one file. */
export interface ImageArchive {
    /** A tar that `ctr --namespace k8s.io images import` takes. */
    readonly file: string;
    readonly images: readonly Image[];
    /** What the archive calls each image: host, name, and a tag that is made of the image's content. */
    readonly references: ReadonlyMap<ImageName, string>;
}

/**
 * Makes sure that images are in the cache, all in one archive: layers that they share are in it, and go to a node, once. Quick and offline for what is there.
 *
 * Needs root: files in an image have their owners, and the steps of a Dockerfile run in a root folder of their own.
 *
 * @param say progress, a line at a time.
 * @throws {Error} of the first image that can't be made; what was made before stays in the cache.
 */
export async function ensureImages(names: readonly ImageName[], say: (line: string) => void): Promise<ImageArchive> {
    if (getuid?.() !== 0) {
        throw new Error("container images are made by root alone: run the lab as root");
    }
    await ensureTools(names.map((name) => imageRecipes[name]).flatMap((recipe) => (recipe.kind === "tool" ? [recipe.tool] : [])));
    const debian = openDebian(say);
    try {
        const images = new Map<ImageName, Image>();
        for (const name of new Set(names)) {
            const recipe = imageRecipes[name];
            images.set(name, {
                name,
                config: recipe.config,
                layers: recipe.kind === "tool" ? [await toolLayer(recipe.tool, say)] : await debianLayers(name, recipe.contents, debian),
            });
        }
        const file = await ensureArchive([...images.values()], say);
        return { file, images: [...images.values()], references: new Map([...images].map(([name, image]) => [name, referenceOf(image)])) };
    } finally {
        await debian.close();
    }
}

/** A program of the toolchain by itself, at the root: it needs no library. */
async function toolLayer(tool: Tool, say: (line: string) => void): Promise<Layer> {
    return ensureLayer(tool, keyOf(tool, recipeKey(tools[tool])), say, async (files) => copyFile(toolPath(tool), join(files, tool)));
}

async function debianLayers(name: string, contents: Parameters<Debian["onBase"]>[1], debian: Debian): Promise<readonly Layer[]> {
    return [await debian.base(), await debian.onBase(name, contents)];
}
