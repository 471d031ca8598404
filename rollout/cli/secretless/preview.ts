import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { parse, stringify } from "yaml";
import { z } from "zod";

import { placeholder, secretlessConfig, secretlessState } from "./state.ts";

export interface SecretlessArgs {
    /** Folder with Pulumi.yaml. */
    readonly folder: string;
    readonly stack: string;
    /** Further options of `pulumi preview`. */
    readonly options: readonly string[];
    readonly variables: Readonly<Record<string, string | undefined>>;
}

/** What a preview printed on standard output, as JSON, and how it ended. */
export interface SecretlessPreview {
    readonly json: string;
    readonly errors: string;
    readonly exitCode: number;
}

/**
 * `pulumi preview --json` by an identity that can decrypt nothing. The engine opens every secret of a stack before it previews, so it gets another stack: a copy of the state with a placeholder for each
 * secret, under a passphrase that is made for it, in a folder that goes away. The real state is only read, as it is encrypted, and no passphrase of the environment is handed on.
 *
 * @throws where the state can't be read or copied.
 */
export async function secretlessPreview({ folder, stack, options, variables }: SecretlessArgs): Promise<SecretlessPreview> {
    const { execa } = await import("execa");
    const temporary = mkdtempSync(join(tmpdir(), "preview-"));
    const outside = Object.fromEntries(Object.entries(variables).filter(([name]) => !name.startsWith("PULUMI_CONFIG_PASSPHRASE")));
    const backend = join(temporary, "backend");
    const inside = { ...outside, PULUMI_BACKEND_URL: `file://${backend}`, PULUMI_CONFIG_PASSPHRASE: randomBytes(16).toString("hex") };
    const pulumi = async (args: readonly string[], env: Readonly<Record<string, string | undefined>>, cwd: string): Promise<string> => {
        const { stdout } = await execa("pulumi", [...args, "--stack", stack, "--non-interactive"], { cwd, env, extendEnv: false, stdin: "ignore" });
        return stdout;
    };
    try {
        mkdirSync(backend);
        const { name } = projectSchema.parse(parse(readFileSync(join(folder, "Pulumi.yaml"), "utf8")));
        const stackFile = join(temporary, `Pulumi.${stack}.yaml`);
        const config = secretlessConfig(fileSchema.parse(parse(readFileSync(join(folder, `Pulumi.${stack}.yaml`), "utf8"))));
        writeFileSync(join(temporary, "Pulumi.yaml"), stringify({ name, runtime: "nodejs" }));
        writeFileSync(stackFile, stringify(config.file));
        const exported: unknown = JSON.parse(await pulumi(["stack", "export"], outside, folder));
        await pulumi(["stack", "init", "--no-select"], inside, temporary);
        for (const path of config.secrets) {
            await pulumi(["config", "set", "--secret", "--path", path, placeholder], inside, temporary);
        }
        const { encryptionsalt } = saltSchema.parse(parse(readFileSync(stackFile, "utf8")));
        const state = join(temporary, "state.json");
        writeFileSync(state, JSON.stringify(secretlessState(exported, encryptionsalt)));
        await pulumi(["stack", "import", "--file", state], inside, temporary);
        const preview = await execa("pulumi", ["preview", "--json", "--stack", stack, "--config-file", stackFile, "--non-interactive", ...options], {
            cwd: folder,
            env: inside,
            extendEnv: false,
            stdin: "ignore",
            reject: false,
        });
        return { json: preview.stdout, errors: preview.stderr, exitCode: preview.exitCode ?? 1 };
    } finally {
        rmSync(temporary, { recursive: true, force: true });
    }
}

const projectSchema = z.object({ name: z.string() });
const fileSchema = z.record(z.string(), z.unknown());
const saltSchema = z.object({ encryptionsalt: z.string() });
