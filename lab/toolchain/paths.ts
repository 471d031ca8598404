import { homedir } from "node:os";
import { join } from "node:path";

import { recipeKey, recipes, type Tool } from "./recipes.ts";

export type { Tool } from "./recipes.ts";

/** The toolchain's cache, outside every checkout: $NOVA_CACHE, else nova-delivery in $XDG_CACHE_HOME or ~/.cache. */
export function cacheRoot(): string {
    const { NOVA_CACHE: own, XDG_CACHE_HOME: caches } = process.env;
    return own !== undefined && own !== "" ? own : join(caches !== undefined && caches !== "" ? caches : join(homedir(), ".cache"), "nova-delivery");
}

/** The folder of a tool in the cache, whether it is there yet or not. Nothing is ever changed in it: another version or recipe is another folder. */
export function toolFolder(tool: Tool): string {
    return join(cacheRoot(), "tools", `${tool}-${recipeKey(recipes[tool])}`);
}

/**
 * Where a tool is: the executable of a program, or a folder for kafka (jars), postgres (bin with the server's and the clients' programs), crds and flagger-crds (YAML files), chdb (Python packages) and
 * kwok-stages (node, pod and volume folders of YAML files). It exists once `ensureTools` has made it.
 */
export function toolPath(tool: Tool): string {
    const recipe = recipes[tool];
    if (recipe.kind === "debian" && recipe.main !== undefined) {
        return join(toolFolder(tool), "bin", recipe.main);
    }
    return recipe.kind === "go" || recipe.kind === "wheel" ? join(toolFolder(tool), tool) : toolFolder(tool);
}
