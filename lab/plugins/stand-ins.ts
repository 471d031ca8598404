import { mkdir, readFile, rm, symlink } from "node:fs/promises";
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
        const folder = join(pulumiHome, "plugins", `${standIn.kind}-${standIn.name}-v${await versionOf(standIn.sdk)}`);
        const link = join(folder, executableOf(standIn));
        await mkdir(folder, { recursive: true });
        await rm(link, { force: true });
        await symlink(join(import.meta.dirname, "bin", executableOf(standIn)), link);
    }
}
