import { resolve } from "node:path";
import { pathToFileURL } from "node:url";

import { defined } from "../../../defined.ts";
import { wordsOf } from "../../../words.ts";
import type { FunctionProbe, Probe } from "../../probe.ts";
import { answerProblem } from "./answer.ts";
import type { ProbeContext, ProbeFunction } from "./context.ts";

/** Runs one probe. @param folder where modules of the program are. @throws saying what is wrong. */
export async function runProbe(probe: Probe, context: ProbeContext, folder: string): Promise<void> {
    switch (probe.kind) {
        case "http": {
            const { path, method, headers, json, expect } = probe;
            const problem = answerProblem(expect, await context.ask({ path, ...defined({ method, headers, json }) }), context.revision);
            if (problem !== undefined) {
                throw new Error(`${method ?? "GET"} ${path}: ${problem}`);
            }
            return;
        }
        case "function": {
            const run = await loaded(probe, folder);
            await run(context);
        }
    }
}

/** @throws when the module can't be loaded, or has no such function. */
async function loaded({ module, export: name = "default" }: FunctionProbe, folder: string): Promise<ProbeFunction> {
    const path = resolve(folder, module);
    let exported: Readonly<Record<string, unknown>>;
    try {
        exported = (await import(pathToFileURL(path).href)) as Readonly<Record<string, unknown>>;
    } catch (error) {
        throw new Error(`its module ${path} can't be loaded: ${wordsOf(error)}`, { cause: error });
    }
    const found = exported[name];
    if (!isProbeFunction(found)) {
        throw new Error(`its module ${path} has no function '${name}'; it exports ${Object.keys(exported).toSorted().join(", ") || "nothing"}`);
    }
    return found;
}

function isProbeFunction(value: unknown): value is ProbeFunction {
    return typeof value === "function";
}
