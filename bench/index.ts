import Table from "cli-table3";
import { Argument, Command } from "commander";
import pc from "picocolors";

import { type Benchmark, type Figure, keepsAim, ratioOf } from "./benchmark.ts";
import { judge } from "./judge.ts";
import { policies } from "./policies.ts";
import { step } from "./step.ts";

/** Every benchmark. */
const benchmarks: readonly Benchmark[] = [judge, policies, step];

const program = new Command("bench")
    .description(
        `Measure, and hold each figure against a reference from the same run.\n\n${benchmarks.map(({ name, description }) => `  ${name}: ${description}`).join("\n")}`,
    )
    .addArgument(new Argument("<name>", "which benchmark").choices(benchmarks.map(({ name }) => name)))
    .option("--json", "print one JSON object; progress goes to stderr")
    .showHelpAfterError()
    .action(async (name: string, options: { readonly json?: true }) => {
        const benchmark = benchmarks.find((one) => one.name === name);
        if (benchmark === undefined) {
            return;
        }
        const figures = await benchmark.run((line) => {
            console.error(pc.dim(line));
        });
        const passed = figures.every(keepsAim);
        console.log(options.json ? JSON.stringify({ benchmark: name, passed, figures: figures.map(withRatio) }, undefined, 2) : table(figures));
        process.exitCode = passed ? 0 : 1;
    });

function withRatio(figure: Figure): Figure & { readonly ratio?: number; readonly keepsAim: boolean } {
    const ratio = ratioOf(figure);
    return { ...figure, ...(ratio === undefined ? {} : { ratio }), keepsAim: keepsAim(figure) };
}

function table(figures: readonly Figure[]): string {
    const rows = new Table({ head: ["figure", "median", "samples", "reference", "ratio", "aim"], style: { head: [], border: [] } });
    for (const figure of figures) {
        const { name, value, unit, samples, reference, highestRatio } = figure;
        const aim = highestRatio === undefined ? "-" : `<= ${String(highestRatio)}: ${keepsAim(figure) ? pc.green("kept") : pc.red("missed")}`;
        const shownReference = reference === undefined ? "-" : `${reference.name}: ${reference.value.toFixed(2)} ${unit}`;
        rows.push([name, `${value.toFixed(2)} ${unit}`, String(samples.length), shownReference, ratioOf(figure)?.toFixed(2) ?? "-", aim]);
    }
    return rows.toString();
}

try {
    await program.parseAsync();
} catch (error) {
    console.error(pc.red(error instanceof Error ? error.message : String(error)));
    process.exitCode = 1;
}
