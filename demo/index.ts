import { Command } from "commander";
import { execa } from "execa";
import { Listr, type ListrLogLevels, ListrLogger, ProcessOutput } from "listr2";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import pc from "picocolors";

import { labLayout, readLabState, stopLab } from "../lab/api.ts";
import type { NodeKind } from "../lab/state.ts";
import { TrialStack } from "../lab/trial/trial-stack.ts";
import { wordsOf } from "../rollout/words.ts";
import { endOf, labSentence } from "./lab-end.ts";
import { type Reaction, type Row, sentence, table } from "./row.ts";
import { Story } from "./story.ts";

interface DemoOptions {
    readonly json?: true;
    readonly keep?: true;
    readonly rate?: number;
    readonly timeScale?: number;
}

/**
 * Requests of users a second, and the factor on soaks, unless asked for otherwise. Real containers on two processors bear fewer users than a simulation, so that the same evidence takes longer.
 */
const defaults: Readonly<Record<NodeKind, { readonly rate: number; readonly timeScale: number }>> = {
    real: { rate: 300, timeScale: 0.03 },
    simulated: { rate: 500, timeScale: 0.025 },
};

const nodesSentence: Readonly<Record<NodeKind, string>> = {
    real: "It ran on real nodes: each pod was a container, with PostgreSQL, Redis and Kafka behind it.",
    simulated: "It ran on simulated nodes: pods were objects, and one process answered for all of them. 'node lab/index.ts up' says why.",
};

/** Where the result is written, for other programs. */
const reportFile = join(labLayout().root, "demo.json");

const program = new Command("demo")
    .description(
        "A rollout in the lab with real traffic: a good release goes to 100 % because its live metrics allow it, and two that turn bad at 25 % are rolled back.",
    )
    .option("--json", "print the result as one JSON object; progress goes to stderr")
    .option("--keep", "keep the stack and the lab afterwards, to look at them")
    .option(
        "--rate <requests>",
        `requests of users a second (default: ${String(defaults.real.rate)}, with simulated nodes ${String(defaults.simulated.rate)})`,
        Number,
    )
    .option(
        "--time-scale <factor>",
        `factor on the plan's soaks and time limits; thresholds stay (default: ${String(defaults.real.timeScale)}, with simulated nodes ${String(defaults.simulated.timeScale)})`,
        Number,
    )
    .showHelpAfterError()
    .action(async (options: DemoOptions) => {
        const { checkout } = labLayout();
        const wasUp = readLabState() !== undefined;
        const lab = endOf({ wasUp, keep: options.keep === true });
        const play = async () => {
            await execa(process.execPath, [join(checkout, "lab/index.ts"), "up"], { cwd: checkout, stdio: ["ignore", options.json ? 2 : 1, 2] });
            const stack = await TrialStack.create("demo");
            const kind = readLabState()?.nodes ?? "simulated";
            return { nodes: kind, ...(await showAll(stack, options, kind)) };
        };
        const { nodes, rows, failures, reactions } = await play()
            .catch((error: unknown) => {
                console.error(labSentence[lab]);
                throw error;
            })
            .finally(async () => {
                if (lab === "stopped") {
                    await stopLab();
                }
            });
        const passed = failures.length === 0;
        const report = `${JSON.stringify({ passed, nodes, lab, steps: rows, reactions, failures }, undefined, 2)}\n`;
        writeFileSync(reportFile, report);
        console.log(options.json ? report.trimEnd() : table(rows));
        if (!options.json) {
            console.log(reactions.map(sentence).join("\n"));
            console.log(nodesSentence[nodes]);
            console.log(labSentence[lab]);
        }
        for (const failure of failures) {
            console.error(pc.red(failure));
        }
        process.exitCode = passed ? 0 : 1;
    });

/** Plays the scenes in order up to the first that fails, and cleans up. Whatever goes wrong is a failure, also what no scene expected. */
async function showAll(
    stack: TrialStack,
    options: DemoOptions,
    nodes: NodeKind,
): Promise<{ readonly rows: readonly Row[]; readonly failures: readonly string[]; readonly reactions: readonly Reaction[] }> {
    const rows: Row[] = [];
    const failures: string[] = [];
    const noting = async (title: string, work: () => Promise<void>): Promise<void> => {
        try {
            await work();
        } catch (error) {
            failures.push(`${title}: ${wordsOf(error)}`);
            throw error;
        }
    };
    const story = new Story(stack, {
        requestsPerSecond: options.rate ?? defaults[nodes].rate,
        timeScale: options.timeScale ?? defaults[nodes].timeScale,
        nodes,
    });
    const scenes = story.scenes().map((scene) => ({
        title: scene.title,
        skip: () => failures.length > 0 && "an earlier step failed",
        task: async (_context: unknown, task: { output: string; title: string }) =>
            noting(scene.title, async () => {
                const say = shownOn(options.json ? process.stderr : process.stdout, (line) => {
                    task.output = line;
                });
                const row = { ...(await scene.play(say)), step: scene.title };
                rows.push(row);
                if (!row.passed) {
                    throw new Error(row.problems.join("; "));
                }
                task.title = `${task.title} (${row.seconds.toFixed(1)} s, ${row.result})`;
            }),
    }));
    const cleanUp = {
        title: options.keep ? `kept: stack ${stack.name}, namespace ${stack.live.namespace}` : "clean up",
        task: async () =>
            noting("clean up", async () => {
                await story.end();
                if (!options.keep) {
                    await stack.remove();
                }
            }),
    };
    const tasks = [...scenes, cleanUp];
    const stderr = new ListrLogger<ListrLogLevels>({ processOutput: new ProcessOutput(process.stderr, process.stderr) });
    const list = options.json
        ? new Listr(tasks, { exitOnError: false, renderer: "simple", rendererOptions: { logger: stderr } })
        : new Listr(tasks, { exitOnError: false, fallbackRenderer: "simple", rendererOptions: { showErrorMessage: false } });
    await list.run();
    return { rows, failures, reactions: story.reactions };
}

/**
 * On a terminal, every line, since each takes the place of the one before. In a log, at most one in three seconds, but always what the guard says.
 * The CLI repeats messages at its end: each is shown once.
 */
function shownOn(stream: NodeJS.WriteStream, show: (line: string) => void): (line: string) => void {
    const shown = new Set<string>();
    let shownMs = Number.NEGATIVE_INFINITY;
    return (line) => {
        if (shown.has(line)) {
            return;
        }
        shown.add(line);
        if (stream.isTTY || performance.now() - shownMs > 3_000 || /refused|error|waiting/.test(line)) {
            shownMs = performance.now();
            show(line);
        }
    };
}

try {
    await program.parseAsync();
} catch (error) {
    console.error(pc.red(wordsOf(error)));
    process.exitCode = 1;
}
