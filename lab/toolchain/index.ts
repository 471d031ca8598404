import { pathToFileURL } from "node:url";

import { Command } from "commander";

import { wordsOf } from "../../rollout/words.ts";
import { ensureTools } from "./ensure.ts";
import { cacheRoot } from "./paths.ts";
import { choosePulumi } from "./pulumi.ts";
import { testTools } from "../tools.ts";
import { isTool, tools } from "./recipes.ts";

export { choosePulumi, type PulumiChoice } from "./pulumi.ts";
export { ensureTools, type EnsureOptions, type ToolResult } from "./ensure.ts";
export { cacheRoot, toolFolder, toolPath, type Tool } from "./paths.ts";
export { ensureCommands, findCommand, type SystemCommand } from "./system.ts";

/** Fills the cache from the command line. */
async function main(): Promise<void> {
    const command = new Command("toolchain")
        .description("Makes sure that the lab's tools are in the cache: builds or fetches those that are missing.")
        .argument("[TOOL...]", `what is wanted: ${tools.join(", ")} (default: all that 'make test' needs; a start of the lab makes those that it needs itself)`)
        .option("--json", "print the result as JSON on standard output, progress on standard error", false)
        .parse();
    const names = command.args;
    const unknown = names.filter((name) => !isTool(name));
    if (unknown.length > 0) {
        command.error(`unknown tool ${unknown.join(", ")}: choose from ${tools.join(", ")}`);
    }
    const wanted = names.length === 0 ? testTools : names.filter(isTool);
    const json = command.opts().json === true;
    const pulumi = await choosePulumi();
    const results = await ensureTools(wanted, json ? { progress: "stderr" } : {});
    if (json) {
        console.log(JSON.stringify({ cache: cacheRoot(), pulumi, tools: results }, undefined, 2));
        return;
    }
    for (const { tool, version, made, seconds, processorSeconds } of results) {
        const cost = `made in ${seconds.toFixed(0)} s, for ${processorSeconds.toFixed(0)} processor seconds`;
        console.log(`${tool.padEnd(26)} ${version.padEnd(16)} ${made ? cost : "in the cache"}`);
    }
    console.log(`Pulumi: ${pulumi.kind === "installed" ? "this machine's own will do" : "the lab's own"}, since ${pulumi.reason}`);
    const made = results.filter((result) => result.made).length;
    console.log(`toolchain: ${String(results.length)} tools ready, ${String(made)} of them made now, in ${cacheRoot()}`);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
    main().catch((error: unknown) => {
        console.error(`toolchain: ${wordsOf(error)}`);
        process.exitCode = 1;
    });
}
