import { readFile, writeFile } from "node:fs/promises";

import { Command, InvalidArgumentError, Option } from "commander";
import pc from "picocolors";

import { readConfiguration } from "../engine/configuration.ts";
import type { Environment } from "../engine/rule.ts";
import { rules } from "../rules/index.ts";
import { check } from "./check.ts";
import { documentation } from "./documentation.ts";
import { contentOf, type Manifest, ManifestError, manifestsIn } from "./manifests.ts";
import { asJson, asSarif, asText } from "./report.ts";

interface CheckFlags {
    readonly environment: Environment;
    readonly config?: string;
    readonly kubernetes?: number;
    readonly json?: true;
    readonly sarif?: true;
}

const page = new URL("../../docs/policies.md", import.meta.url);

const program = new Command("policies").description("Check rendered Kubernetes manifests with the rules of the policy pack.").showHelpAfterError();

program
    .command("check")
    .description("check YAML or JSON. Exit code: 0 nothing mandatory, 1 mandatory violations, 2 input that can't be read")
    .argument("<files...>", "files to check together; - is standard input")
    .addOption(new Option("--environment <name>", "where the manifests are for").choices(["prod", "staging", "lab"]).default("prod"))
    .option("--config <file>", "levels and settings, as for `pulumi preview --policy-pack-config`")
    .option("--kubernetes <version>", "version of the cluster, such as 1.36", minorOf)
    .addOption(new Option("--json", "print one JSON object").conflicts("sarif"))
    .option("--sarif", "print SARIF 2.1.0 for code scanning")
    .action(async (files: readonly string[], flags: CheckFlags) => {
        const configuration = readConfiguration(flags.config === undefined ? {} : await jsonIn(flags.config), rules, flags.environment);
        const manifests = await readAll(files);
        const result = check(manifests, { rules, environment: flags.environment, configuration, nowMs: Date.now(), kubernetesMinor: flags.kubernetes });
        console.log(flags.json ? asJson(result) : flags.sarif ? asSarif(result, rules, "0.1.0") : asText(result));
        process.exitCode = result.reported.some(({ level }) => level === "mandatory") ? 1 : 0;
    });

program
    .command("docs")
    .description("write docs/policies.md")
    .option("--check", "fail when the page is not current, and write nothing")
    .action(async (flags: { readonly check?: true }) => {
        const wanted = documentation();
        if (flags.check !== true) {
            await writeFile(page, wanted);
        } else if ((await readFile(page, "utf8").catch(() => "")) !== wanted) {
            throw new Error("docs/policies.md is not current: run `npm run policies -- docs` and commit the page");
        }
    });

async function readAll(files: readonly string[]): Promise<readonly Manifest[]> {
    const manifests: Manifest[] = [];
    let shownAtMs = Date.now();
    for (const file of files) {
        for (const manifest of manifestsIn(await contentOf(file, process.stdin), file)) {
            manifests.push(manifest);
            if (Date.now() - shownAtMs > 2_000) {
                shownAtMs = Date.now();
                console.error(pc.dim(`${file}: ${String(manifests.length)} objects read`));
            }
        }
    }
    if (manifests.length === 0) {
        throw new ManifestError(`there is no Kubernetes object in ${files.join(", ")}: nothing was checked`);
    }
    return manifests;
}

async function jsonIn(file: string): Promise<unknown> {
    try {
        return JSON.parse(await readFile(file, "utf8"));
    } catch (error) {
        throw new Error(`the configuration ${file} can't be read: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
}

function minorOf(version: string): number {
    const minor = /^v?1\.(\d+)(\.\d+)?$/.exec(version)?.[1];
    if (minor === undefined) {
        throw new InvalidArgumentError("write a version such as 1.36");
    }
    return Number(minor);
}

try {
    await program.parseAsync();
} catch (error) {
    console.error(pc.red(error instanceof Error ? error.message : String(error)));
    process.exitCode = 2;
}
