import { cp, mkdir, readFile, symlink } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";

import { execa } from "execa";
import { z } from "zod";

const root = resolve(import.meta.dirname, "../..");

/** A package of this checkout. */
export const installedPackage = (name: string): string => join(root, "node_modules", name);

const manifestSchema = z.object({
    bin: z.record(z.string(), z.string()),
    dependencies: z.record(z.string(), z.string()),
    peerDependencies: z.record(z.string(), z.string()).default({}),
});

/** A package of this checkout that others install. */
export type PackedFolder = "rollout" | "policies";

/**
 * Builds and packs a copy of a package in `folder`, so that the checkout stays as it is.
 *
 * @returns path of the tarball.
 */
export async function packLibrary(folder: string, source: PackedFolder = "rollout"): Promise<string> {
    const checkout = join(folder, "checkout");
    await mkdir(checkout);
    await cp(join(root, "tsconfig.json"), join(checkout, "tsconfig.json"));
    await symlink(join(root, "node_modules"), join(checkout, "node_modules"));
    const library = join(checkout, source);
    await cp(join(root, source), library, { recursive: true, filter: (source) => !/\/(dist|docs|node_modules)$/.test(source) });
    // The sources are checked by `make lint`.
    await execa("npm", ["run", "build", "--", "--noCheck"], { cwd: library });
    // The build ran already, and a tarball for a test needs no reference of the API.
    const { stdout } = await execa("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], { cwd: library });
    return join(folder, tarballName(JSON.parse(stdout)));
}

/** npm 12 lists what it packed by name, npm 11 in an array. */
function tarballName(packed: unknown): string {
    const entry = z.object({ filename: z.string() });
    const entries = z.union([z.array(entry), z.record(z.string(), entry)]).parse(packed);
    return z.tuple([entry]).parse(Object.values(entries))[0].filename;
}

/**
 * Installs a packed library in the folder `app`. No registry is asked: the packages that it names, and no others, are links to those of this checkout.
 *
 * @returns path of its command.
 */
export async function installLibrary(
    tarball: string,
    app: string,
    { peers, name = "progressive-rollout" }: { readonly peers: boolean; readonly name?: string },
): Promise<string> {
    const library = join(app, "node_modules", name);
    await mkdir(library, { recursive: true });
    await execa("tar", ["--extract", "--file", tarball, "--directory", library, "--strip-components", "1"]);
    const { bin, dependencies, peerDependencies } = manifestSchema.parse(JSON.parse(await readFile(join(library, "package.json"), "utf8")));
    for (const dependency of Object.keys({ ...dependencies, ...(peers ? peerDependencies : {}) })) {
        await mkdir(dirname(join(app, "node_modules", dependency)), { recursive: true });
        await symlink(installedPackage(dependency), join(app, "node_modules", dependency));
    }
    return join(library, z.tuple([z.string()]).parse(Object.values(bin))[0]);
}

/** What the compiler has to say of the program in `app`, by its own tsconfig.json. */
export async function compileProgram(app: string): Promise<string> {
    await mkdir(join(app, "node_modules/@types"), { recursive: true });
    await symlink(installedPackage("@types/node"), join(app, "node_modules/@types/node"));
    const { all } = await execa("node", [installedPackage("typescript/bin/tsc"), "--project", app], { all: true, reject: false });
    return all;
}
