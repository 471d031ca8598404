import { chmod, glob, mkdir, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { execa } from "execa";

import { wordsOf } from "../../rollout/words.ts";
import type { DebianRecipe } from "./recipes.ts";
import { findCommand } from "./system.ts";
import { checkVersion, run, type Workplace } from "./workplace.ts";

/**
 * Unpacks Debian packages as the workplace's output: nothing is installed, no script of a package runs, and no service starts. `bin` has the programs, which find the libraries
 * that were unpacked beside them wherever the folder is copied to.
 *
 * @throws {Error} when the machine's apt does not serve the packages, or a program does not say its version.
 */
export async function unpackDebianPackages(recipe: DebianRecipe, place: Workplace): Promise<void> {
    await download(recipe, place);
    place.say("unpacking");
    for (const file of (await readdir(place.scratch)).filter((name) => name.endsWith(".deb"))) {
        await run(place, "dpkg-deb", ["--extract", join(place.scratch, file), place.output], { cwd: place.scratch });
    }
    await Promise.all(recipe.without.map(async (path) => rm(join(place.output, path), { recursive: true, force: true })));
    await writeFile(join(place.output, launcher), launcherScript(recipe.programs, await libraryFolders(place.output)));
    await chmod(join(place.output, launcher), 0o755);
    await mkdir(join(place.output, "bin"));
    const programs = await readdir(join(place.output, recipe.programs));
    await Promise.all(programs.map(async (name) => symlink(`../${launcher}`, join(place.output, "bin", name))));
    await checkVersion(join(place.output, "bin", recipe.check.program), { version: recipe.version, check: recipe.check.arguments });
}

const launcher = "launch.sh";

/** A server that was updated has replaced the packages that an old list names, and a fresh machine has no list at all: both are right after an update. */
async function download({ packages }: DebianRecipe, place: Workplace): Promise<void> {
    if ((await findCommand("apt-get")) === undefined) {
        throw new Error("it is unpacked from Debian's packages, and this machine has no apt-get: use Debian 12");
    }
    place.say(`fetching ${String(packages.length)} Debian packages`);
    const fetch = async (): Promise<void> => run(place, "apt-get", ["--quiet", "download", ...packages], { cwd: place.scratch });
    try {
        await fetch();
    } catch (error) {
        // Only root may update the lists. What the second attempt says is what counts.
        await execa("apt-get", ["--quiet", "update"], { reject: false, stdin: "ignore" });
        await fetch().catch((still: unknown) => {
            throw new Error(`${wordsOf(still)}\nThese are packages of Debian 12. As root, 'apt-get update' fetches its lists.`, { cause: error });
        });
    }
}

/** Folders with shared libraries, relative to `root`. */
async function libraryFolders(root: string): Promise<readonly string[]> {
    const found: string[] = [];
    for await (const folder of glob(["usr/lib/*-linux-gnu", "lib/*-linux-gnu"], { cwd: root })) {
        found.push(folder);
    }
    // usr/lib first.
    return found.toSorted().toReversed();
}

function launcherScript(programs: string, libraries: readonly string[]): string {
    return `#!/bin/sh
# Runs the program by whose name this is called, with the libraries that came with it: a bare machine lacks some of them.
top="$(dirname "$(readlink -f "$0")")"
export LD_LIBRARY_PATH="${libraries.map((folder) => `$top/${folder}`).join(":")}"
exec "$top/${programs}/$(basename "$0")" "$@"
`;
}
