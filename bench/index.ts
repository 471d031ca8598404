import Table from "cli-table3";
import { Argument, Command, InvalidArgumentError } from "commander";
import pc from "picocolors";

import { defined } from "../rollout/defined.ts";
import { wordsOf } from "../rollout/words.ts";
import { type Benchmark, type BenchmarkOptions, type Figure, keepsAim, ratioOf } from "./benchmark.ts";
import { alerts } from "./alerts.ts";
import { judge } from "./judge.ts";
import { policies } from "./policies.ts";
import { rollback } from "./rollback.ts";
import { step } from "./step.ts";

/** Every benchmark. */
const benchmarks: readonly Benchmark[] = [alerts, judge, policies, rollback, step];

const program = new Command("bench")
    .description(
        `Measure, and hold each figure against a reference from the same run.\n\n${benchmarks.map(({ name, description }) => `  ${name}: ${description}`).join("\n")}`,
    )
    .addArgument(new Argument("<name>", "which benchmark").choices(benchmarks.map(({ name }) => name)))
    .option("--json", "print one JSON object; progress goes to stderr")
    .option("--runs <count>", "rollback: bad releases to measure, for each kind of fault", countOf)
    .option("--healthy <count>", "rollback: healthy releases to watch, at each scrape interval", countOf)
    .option("--scrapes <seconds>", "rollback: watch healthy releases at this scrape interval alone, 1 or 15", countOf)
    .option("--no-flagger", "rollback: leave Flagger out")
    .showHelpAfterError("See --help.")
    .action(async (name: string, options: BenchmarkOptions & { readonly json?: true }) => {
        const benchmark = benchmarks.find((one) => one.name === name);
        if (benchmark === undefined) {
            return;
        }
        const figures = await benchmark.run((line) => {
            console.error(pc.dim(line));
        }, options);
        const passed = figures.every(keepsAim);
        console.log(options.json ? JSON.stringify({ benchmark: name, passed, figures: figures.map(withRatio) }, undefined, 2) : table(figures));
        process.exitCode = passed ? 0 : 1;
    });

function countOf(text: string): number {
    const count = Number(text);
    if (!Number.isInteger(count) || count < 0) {
        throw new InvalidArgumentError("use a whole number, 0 or more");
    }
    return count;
}

function withRatio(figure: Figure): Figure & { readonly ratio?: number; readonly keepsAim: boolean } {
    const ratio = ratioOf(figure);
    return { ...figure, ...defined({ ratio }), keepsAim: keepsAim(figure) };
}

function table(figures: readonly Figure[]): string {
    const rows = new Table({ head: ["figure", "value", "samples", "reference", "ratio", "aim"], style: { head: [], border: [], compact: true } });
    for (const figure of figures) {
        const { name, value, unit, samples, reference, highestRatio, highestValue } = figure;
        const aims = [
            ...(highestRatio === undefined ? [] : [`ratio <= ${String(highestRatio)}`]),
            ...(highestValue === undefined ? [] : [`<= ${String(highestValue)} ${unit}`]),
        ];
        const aim = aims.length === 0 ? "-" : `${aims.join(", ")}: ${keepsAim(figure) ? pc.green("kept") : pc.red("missed")}`;
        const shownReference = reference === undefined ? "-" : `${reference.name}: ${reference.value.toFixed(2)} ${unit}`;
        rows.push([name, `${value.toFixed(2)} ${unit}`, String(samples.length), shownReference, ratioOf(figure)?.toFixed(2) ?? "-", aim]);
    }
    return rows.toString();
}

try {
    await program.parseAsync();
} catch (error) {
    console.error(pc.red(wordsOf(error)));
    process.exitCode = 1;
}

// Connections to the lab's API server stay open after the last figure, and nothing waits for them.
process.exit();
