import { mkdir, readFile, rename, rm, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";

import { z } from "zod";

/** A plugin that this folder stands in for. */
export interface StandIn {
    readonly kind: "language" | "resource";
    readonly name: string;
    /** The package whose version it reports: the engine warns on each run about a plugin that is older than its SDK. */
    readonly sdk: string;
}

/** All of them. Each has an executable in `bin/`, named as the engine looks for it. */
export const standIns: readonly StandIn[] = [
    { kind: "language", name: "nodejs", sdk: "@pulumi/pulumi" },
    { kind: "resource", name: "random", sdk: "@pulumi/random" },
    { kind: "resource", name: "postgresql", sdk: "@pulumi/postgresql" },
    { kind: "resource", name: "kafka", sdk: "@pulumi/kafka" },
];

/** Name of a plugin's executable. */
export function executableOf({ kind, name }: StandIn): string {
    return `pulumi-${kind}-${name}`;
}

/** The installed version of an SDK. */
export async function versionOf(sdk: string): Promise<string> {
    const path = createRequire(import.meta.url).resolve(`${sdk}/package.json`);
    return z.object({ version: z.string() }).parse(JSON.parse(await readFile(path, "utf8"))).version;
}

/**
 * Puts the stand-ins where the engine keeps downloaded plugins, as links. It then takes them without the warning that it prints on each run
 * for a plugin from PATH. Safe to repeat.
 *
 * @param pulumiHome the folder that PULUMI_HOME names.
 */
export async function linkStandIns(pulumiHome: string): Promise<void> {
    for (const standIn of standIns) {
        await linkPlugin(pulumiHome, standIn, join(import.meta.dirname, "bin", executableOf(standIn)));
    }
}

/** Puts one plugin where the engine keeps downloaded ones, under the version of its SDK: another would not be taken. Safe to repeat, also while a command runs. */
export async function linkPlugin(pulumiHome: string, plugin: StandIn, executable: string): Promise<void> {
    const folder = join(pulumiHome, "plugins", `${plugin.kind}-${plugin.name}-v${await versionOf(plugin.sdk)}`);
    const link = join(folder, executableOf(plugin));
    await mkdir(folder, { recursive: true });
    await rm(`${link}.draft`, { force: true });
    await symlink(executable, `${link}.draft`);
    await rename(`${link}.draft`, link);
}
