#!/usr/bin/env node
import { readFile } from "node:fs/promises";

import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import pc from "picocolors";
import { z } from "zod";

import { type Configuration, readConfiguration } from "../engine/configuration.ts";
import { authorVariable } from "../engine/environment.ts";
import type { Environment } from "../engine/rule.ts";
import { rules } from "../rules/index.ts";
import { newestMinor, oldestMinor } from "../shapes/pod-security.ts";
import { check } from "./check.ts";
import { writeDocumentation } from "./documentation.ts";
import { readInputs } from "./inputs.ts";
import { asJson } from "./json-report.ts";
import { asSarif, placeOf } from "./sarif-report.ts";
import { asText, type Grouping } from "./text-report.ts";

/** What the command ends with. */
const exitCodes = { clean: 0, mandatory: 1, unreadable: 2, usage: 3, failed: 4 } as const;

/** The command was called in a wrong way, or with a wrong configuration. */
class UsageError extends Error {}

interface CheckFlags {
    readonly environment: Environment;
    readonly config?: string;
    readonly kubernetes?: number;
    readonly author?: string;
    readonly group: Grouping;
    readonly json?: true;
    readonly sarif?: true;
    readonly docs: string;
}

const packageFile = z.object({ version: z.string() });

async function run(): Promise<void> {
    const { version } = packageFile.parse(JSON.parse(await readFile(packagePath(), "utf8")));
    const program = new Command("policies")
        .description("Check rendered Kubernetes manifests with the rules of the policy pack.")
        .version(version)
        .showHelpAfterError("See --help.")
        .exitOverride();

    program
        .command("check")
        .description(
            "check YAML or JSON. Exit code: 0 nothing mandatory, 1 mandatory violations, 2 input that can't be read (the rest is checked), 3 wrong usage, 4 the check itself failed",
        )
        .argument("<files...>", "files and folders to check together; - is standard input")
        .addOption(new Option("--environment <name>", "where the manifests are for").choices(["prod", "staging", "lab"]).default("prod"))
        .option("--config <file>", "levels and settings, as for `pulumi preview --policy-pack-config`")
        .option("--kubernetes <version>", "version of the cluster, such as 1.36", minorOf)
        .addOption(new Option("--author <name>", "who made the change: never the owner of a waiver").env(authorVariable))
        .addOption(new Option("--group <by>", "one block an object, or one a rule").choices(["object", "rule"]).default("object"))
        .addOption(new Option("--json", "print one JSON object").conflicts("sarif"))
        .option("--sarif", "print SARIF 2.1.0 for code scanning")
        .option("--docs <url>", "where the page about the rules stands, for the links in SARIF", placeOf.page)
        .action(async (files: readonly string[], flags: CheckFlags) => {
            process.exitCode = await runCheck(files, flags, version);
        });

    program
        .command("docs")
        .description("write docs/policies.md")
        .option("--check", "fail when the page is not current, and write nothing")
        .action(async (flags: { readonly check?: true }) => {
            await writeDocumentation(flags.check === true);
        });

    await program.parseAsync();
}

async function runCheck(files: readonly string[], flags: CheckFlags, version: string): Promise<number> {
    const configuration = await configurationOf(flags);
    let shownAtMs = Date.now();
    const { manifests, unreadable } = await readInputs(files, process.stdin, (file, objects) => {
        if (Date.now() - shownAtMs > 2_000) {
            shownAtMs = Date.now();
            console.error(pc.dim(`${file}: ${String(objects)} objects read`));
        }
    });
    const { environment, author, kubernetes } = flags;
    const result = check(manifests, { rules, environment, configuration, nowMs: Date.now(), kubernetesMinor: kubernetes, author });
    for (const { file, line, problem } of unreadable) {
        console.error(pc.red(`${file}${line === undefined ? "" : `:${String(line)}`}: ${problem}`));
    }
    if (flags.json) {
        console.log(asJson(result, unreadable));
    } else if (flags.sarif) {
        console.log(asSarif(result, unreadable, { rules, version, page: flags.docs, folder: process.cwd() }));
    } else if (manifests.length > 0) {
        console.log(asText(result, flags.group));
    }
    return unreadable.length > 0 ? exitCodes.unreadable : result.reported.some(({ level }) => level === "mandatory") ? exitCodes.mandatory : exitCodes.clean;
}

async function configurationOf({ config, environment }: CheckFlags): Promise<Configuration> {
    try {
        return readConfiguration(config === undefined ? {} : JSON.parse(await readFile(config, "utf8")), rules, environment);
    } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        throw new UsageError(message.startsWith("policy configuration") ? message : `the configuration ${config ?? ""} can't be read: ${message}`, {
            cause: error,
        });
    }
}

function minorOf(version: string): number {
    const minor = Number(/^v?1\.(\d+)(\.\d+)?$/.exec(version)?.[1]);
    if (!(minor >= oldestMinor && minor <= newestMinor)) {
        throw new InvalidArgumentError(`write a version from 1.${String(oldestMinor)} to 1.${String(newestMinor)}, such as 1.36`);
    }
    return minor;
}

/** The package's own file, beside the sources or beside `dist`. */
function packagePath(): URL {
    return new URL(import.meta.url.endsWith(".ts") ? "../package.json" : "../../package.json", import.meta.url);
}

try {
    await run();
} catch (error) {
    if (error instanceof CommanderError) {
        // It has printed why already.
        process.exitCode = error.exitCode === 0 ? exitCodes.clean : exitCodes.usage;
    } else {
        console.error(pc.red(error instanceof Error ? error.message : String(error)));
        process.exitCode = error instanceof UsageError ? exitCodes.usage : exitCodes.failed;
    }
}
