import { copyFile, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";

import { downloadModule, ensureGo } from "./go.ts";
import type { ModuleFilesRecipe } from "./recipes.ts";
import type { Workplace } from "./workplace.ts";

/** Whether a file of such a folder is one for the API server or kwok: Kustomize's own lists are not. */
export function isManifest(name: string): boolean {
    return name.endsWith(".yaml") && name !== "kustomization.yaml";
}

/** Copies YAML files out of Go modules into the workplace's output. @throws {Error} when a folder holds none. */
export async function copyModuleFiles(recipe: ModuleFilesRecipe, place: Workplace): Promise<void> {
    const go = await ensureGo(place.say);
    for (const { module, from, to } of recipe.sources) {
        place.say(`fetching ${module}`);
        const folder = join((await downloadModule(go, module, place.scratch)).Dir, from);
        const files = (await readdir(folder)).filter(isManifest);
        if (files.length === 0) {
            throw new Error(`${module} has no YAML files in ${from}`);
        }
        await mkdir(join(place.output, to), { recursive: true });
        await Promise.all(files.map((file) => copyFile(join(folder, file), join(place.output, to, file))));
    }
}
