import { copyFile, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";

import { downloadModule, ensureGo } from "./go.ts";
import type { ModuleFilesRecipe } from "./recipes.ts";
import type { Workplace } from "./workplace.ts";

/** Whether a file of such a folder is one for the API server or kwok: Kustomize's own lists are not. */
export function isManifest(name: string): boolean {
    return name.endsWith(".yaml") && name !== "kustomization.yaml";
}

/** Copies YAML files out of Go modules into the workplace's output. @throws {Error} when a folder holds none, or not those that are named. */
export async function copyModuleFiles(recipe: ModuleFilesRecipe, place: Workplace): Promise<void> {
    const go = await ensureGo(place.say);
    for (const { module, from, to, files: named } of recipe.sources) {
        place.say(`fetching ${module}`);
        const folder = join((await downloadModule(go, module, place.scratch)).Dir, from);
        const present = (await readdir(folder)).filter(isManifest);
        const missing = (named ?? []).filter((file) => !present.includes(file));
        if (present.length === 0 || missing.length > 0) {
            throw new Error(`${module} has no ${missing.length > 0 ? missing.join(", ") : "YAML files"} in ${from}`);
        }
        const files = named ?? present;
        await mkdir(join(place.output, to), { recursive: true });
        await Promise.all(files.map((file) => copyFile(join(folder, file), join(place.output, to, file))));
    }
}
