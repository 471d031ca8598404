import { mkdir, rename, rm, symlink } from "node:fs/promises";
import { arch } from "node:os";
import { join } from "node:path";

import { execa } from "execa";
import { z } from "zod";

import { cacheRoot } from "../toolchain/paths.ts";
import { exists, store } from "../toolchain/store.ts";
import { versions } from "../toolchain/versions.ts";
import { run } from "../toolchain/workplace.ts";
import type { Root } from "./root.ts";

/** Folder of the pinned Node in the cache: where lab/bootstrap.sh keeps it too. */
export async function ensureNode(say: (line: string) => void): Promise<string> {
    return ensurePackage(`node-linux-${arch()}`, versions.node, `node-${versions.node}-${arch()}`, say);
}

/** Folder of npm in the cache. `command/npm` in it is npm's command wherever the folder is seen as /run/npm: the package's own looks for an installation. */
async function ensureNpm(say: (line: string) => void): Promise<string> {
    return ensurePackage("npm", versions.npm, `npm-${versions.npm}`, say, async (folder) => {
        await mkdir(join(folder, "command"));
        await symlink("/run/npm/bin/npm-cli.js", join(folder, "command/npm"));
    });
}

/** Takes an npm package by itself, no script of it run, from the registry that the machine's npm is set up for. */
async function ensurePackage(
    name: string,
    version: string,
    entry: string,
    say: (line: string) => void,
    finish: (folder: string) => Promise<void> = () => Promise.resolve(),
): Promise<string> {
    const folder = join(cacheRoot(), "tools", entry);
    await store(folder, say, async (place) => {
        say(`fetching ${name} ${version}`);
        await run(place, "npm", ["install", "--prefix", place.scratch, "--no-save", "--ignore-scripts", "--no-audit", "--no-fund", `${name}@${version}`], {
            cwd: place.scratch,
            say: () => undefined,
        });
        await rm(place.output, { recursive: true });
        await rename(join(place.scratch, "node_modules", name), place.output);
        await finish(place.output);
    });
    return folder;
}

/** What a command in a build gets for its run alone: none of it is in the image. */
export interface BuildSettings {
    /** Folder with commands, after those of the image. */
    readonly commands: string;
    readonly environment: Readonly<Record<string, string>>;
    readonly mounts: Required<Root>["mounts"];
}

const npmConfig = z.object({ userconfig: z.string(), globalconfig: z.string(), cache: z.string(), cafile: z.string().nullish() });

/** Of the machine's environment: which registry, how to get there, and whom to trust. */
const passedOn = /^(npm_config_(registry|strict_ssl|proxy|https_proxy|noproxy|.*:registry|\/\/.*)|https?_proxy|no_proxy|all_proxy)$/i;

/**
 * npm, and how the machine's own npm reaches its registry: its files, its environment, its certificates, and its cache of what was downloaded before. The official image has npm in it;
 * here it is there while the image is built, and not in a container.
 */
export async function npmForBuilds(say: (line: string) => void): Promise<BuildSettings> {
    const npm = await ensureNpm(say);
    const { stdout } = await execa("npm", ["config", "list", "--long", "--json"], { cwd: "/", stdin: "ignore" });
    const config = npmConfig.parse(JSON.parse(stdout));
    const authorities = [config.cafile ?? undefined, process.env.NODE_EXTRA_CA_CERTS];
    const candidates: readonly (readonly [string, string, string | undefined])[] = [
        ["NPM_CONFIG_USERCONFIG", "/run/npm-settings/user", config.userconfig],
        ["NPM_CONFIG_GLOBALCONFIG", "/run/npm-settings/global", config.globalconfig],
        ["NPM_CONFIG_CACHE", "/run/npm-cache", config.cache],
        ["NPM_CONFIG_CAFILE", "/run/npm-settings/authorities", authorities[0]],
        ["NODE_EXTRA_CA_CERTS", "/run/npm-settings/node-authorities", authorities[1]],
    ];
    const there = await Promise.all(candidates.map(async ([, , from]) => from !== undefined && from !== "" && (await exists(from))));
    const settings = candidates.flatMap(([name, to, from], index) => (there[index] === true && from !== undefined ? [{ name, to, from }] : []));
    const environment = Object.entries(process.env).flatMap(([name, value]): [string, string][] =>
        passedOn.test(name) && value !== undefined ? [[name, value]] : [],
    );
    return {
        commands: "/run/npm/command",
        environment: { ...Object.fromEntries(environment), ...Object.fromEntries(settings.map(({ name, to }) => [name, to])) },
        mounts: { "/run/npm": npm, ...Object.fromEntries(settings.map(({ to, from }) => [to, from])) },
    };
}
