import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

import { execa } from "execa";

import packages from "../../package.json" with { type: "json" };
import { cacheRoot, toolPath } from "./paths.ts";
import { findCommand } from "./system.ts";

/** Which Pulumi CLI the lab runs, and why. With "installed", its language host and downloaded plugins are used too; with "built", the lab's own. */
export type PulumiChoice =
    { readonly kind: "installed"; readonly path: string; readonly reason: string } | { readonly kind: "built"; readonly path: string; readonly reason: string };

/** What is known of the machine's own Pulumi. Later facts are only asked for when the earlier ones allow it. */
export interface PulumiFacts {
    /** `pulumi` on PATH. */
    readonly path: string | undefined;
    /** As `pulumi version` prints it ("v3.274.1"). */
    readonly version: () => Promise<string | undefined>;
    /** Whether pulumi-language-nodejs is on PATH. */
    readonly hasLanguageHost: () => Promise<boolean>;
    /** Whether plugins can be downloaded. */
    readonly canDownloadPlugins: () => Promise<boolean>;
}

/** The oldest CLI that the pinned @pulumi/pulumi is used with. */
const oldestMinor = 270;

/** How long the download of one small plugin may take before plugins count as out of reach. */
const probeTimeoutMs = 20_000;

/** Decides which Pulumi the lab runs. @param given for tests; default: those of this machine. */
export async function choosePulumi(given?: PulumiFacts): Promise<PulumiChoice> {
    const facts = given ?? (await machineFacts());
    const built = (reason: string): PulumiChoice => ({ kind: "built", path: toolPath("pulumi"), reason });
    if (facts.path === undefined) {
        return built("there is no pulumi on PATH");
    }
    const version = await facts.version();
    const [, major, minor] = /^v?(\d+)\.(\d+)\./.exec(version ?? "") ?? [];
    if (major !== "3" || Number(minor) < oldestMinor) {
        return built(`${facts.path} is ${version ?? "of an unknown version"}: 3.${String(oldestMinor)} or a later 3.x is needed`);
    }
    if (!(await facts.hasLanguageHost())) {
        return built(`${facts.path} comes without pulumi-language-nodejs`);
    }
    if (!(await facts.canDownloadPlugins())) {
        return built(`${facts.path} could not download a plugin within ${String(probeTimeoutMs / 1_000)} s`);
    }
    return { kind: "installed", path: facts.path, reason: `${facts.path} is ${version ?? ""}, has its language host, and plugins can be downloaded` };
}

/** Looks at this machine. What the lab itself puts on PATH (its cache, this checkout) does not count as installed. */
async function machineFacts(): Promise<PulumiFacts> {
    const own = [`${cacheRoot()}/`, fileURLToPath(new URL("../../", import.meta.url))];
    const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => !own.some((prefix) => `${folder}/`.startsWith(prefix)));
    const searchPath = folders.join(delimiter);
    const path = await findCommand("pulumi", searchPath);
    return {
        path,
        version: async () => {
            const result = await execa(path ?? "pulumi", ["version"], { reject: false, timeout: probeTimeoutMs, stdin: "ignore" });
            return result.failed ? undefined : result.stdout.trim();
        },
        hasLanguageHost: async () => (await findCommand("pulumi-language-nodejs", searchPath)) !== undefined,
        canDownloadPlugins: async () => canDownloadPlugins(path ?? "pulumi"),
    };
}

/** Tries to download the smallest plugin the stack needs, into a folder that is thrown away. */
async function canDownloadPlugins(pulumi: string): Promise<boolean> {
    const home = await mkdtemp(join(tmpdir(), "nova-plugin-probe-"));
    try {
        const env = { PULUMI_HOME: home, PULUMI_SKIP_UPDATE_CHECK: "true" };
        const result = await execa(pulumi, ["plugin", "install", "resource", "random", packages.dependencies["@pulumi/random"]], {
            env,
            reject: false,
            timeout: probeTimeoutMs,
            stdin: "ignore",
        });
        return !result.failed;
    } finally {
        await rm(home, { recursive: true, force: true });
    }
}
