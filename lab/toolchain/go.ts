import { chmod, copyFile, cp, readFile, readdir, writeFile } from "node:fs/promises";
import { arch } from "node:os";
import { basename, join } from "node:path";

import { execa } from "execa";
import { z } from "zod";

import { defined } from "../../rollout/defined.ts";
import { cacheRoot } from "./paths.ts";
import type { GoRecipe } from "./recipes.ts";
import { exists, store } from "./store.ts";
import { versions } from "./versions.ts";
import { checkVersion, run, type Workplace } from "./workplace.ts";

/** Environment of every build: no C compiler is needed, and no other Go is fetched behind our back. Proxy and flags stay as the machine has them. */
const buildEnvironment = { CGO_ENABLED: "0", GOTOOLCHAIN: "local", GOWORK: "off" };

/** Whether Go `version` ("go1.26.8") is at least `minimum` ("1.26.0"). Anything that is no release ("devel ...") is not. */
export function isGoAtLeast(version: string, minimum: string): boolean {
    const parse = (text: string) =>
        /^(?:go)?(\d+)\.(\d+)(?:\.(\d+))?(?:[ -].*)?$/
            .exec(text.trim())
            ?.slice(1, 4)
            .map((part) => Number(part || "0"));
    const [have, want] = [parse(version), parse(minimum)];
    if (have === undefined || want === undefined) {
        return false;
    }
    const differing = have.findIndex((part, index) => part !== want[index]);
    return differing === -1 || (have[differing] ?? 0) > (want[differing] ?? 0);
}

/** Version of a go command ("go1.26.8"), or undefined when there is none. */
async function goVersion(go: string): Promise<string | undefined> {
    const result = await execa(go, ["env", "GOVERSION"], { env: { GOTOOLCHAIN: "local" }, reject: false });
    return result.failed ? undefined : result.stdout;
}

function fetchedGoFolder(): string {
    return join(cacheRoot(), "tools", `go-${versions.go}`);
}

/** Whether the cache has the pinned Go, so that the machine needs none. */
export async function hasFetchedGo(): Promise<boolean> {
    return exists(fetchedGoFolder());
}

/**
 * A go command that is new enough: the machine's own, else the pinned one, which any older Go can fetch as a module.
 * Where the machine has no Go at all and none is fetched, {@link hasFetchedGo} says so beforehand.
 *
 * @returns the command's path or name.
 */
export async function ensureGo(say: (line: string) => void): Promise<string> {
    const installed = await goVersion("go");
    if (installed !== undefined && isGoAtLeast(installed, versions.goMinimum)) {
        return "go";
    }
    const folder = fetchedGoFolder();
    const go = join(folder, "bin", "go");
    if (await exists(go)) {
        return go;
    }
    say(`fetching Go ${versions.go} (the machine has ${installed ?? "none"})`);
    await store(folder, say, async (place) => {
        const platform = arch() === "x64" ? "amd64" : arch();
        const { Dir: source } = await downloadModule("go", `golang.org/toolchain@v0.0.1-go${versions.go}.linux-${platform}`, place.scratch);
        await cp(source, place.output, { recursive: true });
        // A module's files lose their mode: what is run must get it back.
        const programs = (await readdir(place.output, { recursive: true, withFileTypes: true })).filter(
            (entry) => entry.isFile() && /\/(bin|pkg\/tool\/[^/]+)$/.test(entry.parentPath),
        );
        await Promise.all(programs.map((entry) => chmod(join(entry.parentPath, entry.name), 0o755)));
    });
    return go;
}

const downloadedModule = z.object({ Dir: z.string(), GoMod: z.string() });

/**
 * Fetches a module into Go's own cache.
 *
 * @param module path@version
 * @param cwd a folder outside of any module.
 * @returns its folder and its go.mod, both read-only.
 */
export async function downloadModule(go: string, module: string, cwd: string): Promise<{ readonly Dir: string; readonly GoMod: string }> {
    const result = await execa(go, ["mod", "download", "-json", module], { cwd, env: buildEnvironment, reject: false });
    if (result.failed) {
        throw new Error(`go mod download ${module} failed: ${result.stderr === "" ? result.stdout : result.stderr}`);
    }
    return downloadedModule.parse(JSON.parse(result.stdout));
}

/** Modules that a go.mod requires at exactly v0.0.0. */
export function stagingModules(goMod: string): readonly string[] {
    return [...new Set([...goMod.matchAll(/^\s*(?:require\s+)?([\w./-]+) v0\.0\.0$/gm)].map((match) => match[1] ?? ""))].sort();
}

/**
 * Compiles a Go program into the workplace's output, under `name`.
 *
 * @param inTurn starts the compiler when no other build has it: fetching goes on beside it.
 */
export async function buildGo(name: string, recipe: GoRecipe, place: Workplace, inTurn: (compile: () => Promise<void>) => Promise<void>): Promise<void> {
    const go = await ensureGo(place.say);
    const cwd = place.scratch;
    const step = async (args: readonly string[], say?: (line: string) => void) => run(place, go, args, { cwd, env: buildEnvironment, ...defined({ say }) });

    let goMod = `module toolchain/${name}\n\ngo ${versions.goMinimum}\n`;
    if (recipe.staging !== undefined) {
        place.say(`fetching ${recipe.staging.module}`);
        const { version, module } = recipe.staging;
        const staged = stagingModules(await readFile((await downloadModule(go, module, cwd)).GoMod, "utf8"));
        goMod += staged.map((path) => `\nreplace ${path} => ${path} ${version}\n`).join("");
    }
    await writeFile(join(cwd, "go.mod"), goMod);
    if (recipe.ownMain !== undefined) {
        await writeFile(join(cwd, "main.go"), recipe.ownMain.source);
        for (const { module, path, set } of recipe.ownMain.embeds) {
            await embed(join((await downloadModule(go, module, cwd)).Dir, path), join(cwd, basename(path)), set);
        }
    }

    place.say("fetching modules");
    await step(["get", ...recipe.packages]);
    const flags = Object.entries(recipe.variables).map(([variable, value]) => `-X ${variable}=${value}`);
    place.say("waits for its turn to compile");
    await inTurn(async () => {
        place.say("compiling");
        let packages = 0;
        await step(
            [
                "build",
                "-v",
                ...(recipe.tags.length > 0 ? ["-tags", recipe.tags.join(",")] : []),
                "-ldflags",
                ["-s", "-w", ...flags].join(" "),
                "-o",
                join(place.output, name),
                recipe.main,
            ],
            (line) => {
                packages += 1;
                place.say(`${String(packages)} packages compiled, ${line}`);
            },
        );
    });
    await checkVersion(join(place.output, name), recipe);
}

/** Copies a JSON file with some top-level keys set; with none to set, as it is. */
async function embed(from: string, to: string, set: Readonly<Record<string, string>>): Promise<void> {
    if (Object.keys(set).length === 0) {
        await copyFile(from, to);
        return;
    }
    const content = z.record(z.string(), z.unknown()).parse(JSON.parse(await readFile(from, "utf8")));
    await writeFile(to, JSON.stringify({ ...content, ...set }));
}
