import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";

import { execa } from "execa";
import { parse } from "yaml";
import { z } from "zod";

const stepSchema = z.looseObject({
    id: z.string().optional(),
    if: z.string().optional(),
    uses: z.string().optional(),
    run: z.string().optional(),
    with: z.record(z.string(), z.unknown()).default({}),
    env: z.record(z.string(), z.string()).default({}),
});
const jobSchema = z.looseObject({
    needs: z.union([z.string(), z.array(z.string())]).default([]),
    if: z.string().default(""),
    outputs: z.record(z.string(), z.string()).default({}),
    steps: z.array(stepSchema),
});
const workflowSchema = z.looseObject({ jobs: z.record(z.string(), jobSchema) });

/** Values of expressions, by the path that names them: `secrets.KUBECONFIG`. */
type Contexts = ReadonlyMap<string, string>;

/** What a workflow is run on. */
export interface WorkflowRun {
    /** The repository with the workflow, as files. It is cloned for each job. */
    readonly origin: string;
    /** Path of the workflow in it. */
    readonly workflow: string;
    /** What secrets, variables and the event are, by their paths. What is not there is empty, as on GitHub. */
    readonly contexts: Readonly<Record<string, string>>;
    /** The runner's own environment. */
    readonly environment: Readonly<Record<string, string>>;
    /** The stack that takes production's place: the environment of steps names `prod`. */
    readonly stack: string;
    /** Packages that are installed already: fetching them for each job is no part of what is tried. */
    readonly packages: string;
}

/** How a job ended. */
export interface JobEnd {
    readonly result: "success" | "failure" | "skipped";
    /** Commands that were run, in order. */
    readonly ran: readonly string[];
    /** What they printed. */
    readonly output: string;
}

/**
 * Runs a workflow's own steps, job after job, as a runner of GitHub does: each job in a clone of its own, of the depth that it asks for; each step by bash, with its own environment.
 * It knows the expressions that this repository's workflows have, and stops at any other. It knows nothing of permissions, environments with reviewers and queues.
 */
export async function runWorkflow(run: WorkflowRun): Promise<Readonly<Record<string, JobEnd>>> {
    const { jobs } = workflowSchema.parse(parse(readFileSync(join(run.origin, run.workflow), "utf8")));
    const contexts = new Map(Object.entries(run.contexts));
    const ends: Record<string, JobEnd> = {};
    for (const [name, job] of Object.entries(jobs)) {
        const needs = [job.needs].flat();
        const asked = job.if.includes("always()") || needs.every((need) => ends[need]?.result === "success");
        const end: JobEnd = asked && holds(job.if, contexts) ? await runJob(run, name, job, contexts) : { result: "skipped", ran: [], output: "" };
        ends[name] = end;
        contexts.set(`needs.${name}.result`, end.result);
    }
    return ends;
}

async function runJob(run: WorkflowRun, name: string, job: z.infer<typeof jobSchema>, contexts: Map<string, string>): Promise<JobEnd> {
    const place = mkdtempSync(join(tmpdir(), `runner-${name}-`));
    const folder = join(place, "work");
    const [ran, output]: [string[], string[]] = [[], []];
    let result: JobEnd["result"] = "success";
    try {
        for (const { id, if: condition = "", uses, run: command, with: options, env } of job.steps) {
            if ((result === "failure" && !condition.includes("always()")) || !holds(condition, contexts)) {
                continue;
            }
            if (uses?.startsWith("actions/checkout@") === true) {
                const depth = options["fetch-depth"] === 0 ? [] : ["--depth", "1", "--no-tags"];
                await execa("git", ["clone", "--quiet", ...depth, `file://${run.origin}`, folder]);
                symlinkSync(run.packages, join(folder, "node_modules"));
            } else if (command !== undefined) {
                const outputs = join(place, "outputs");
                writeFileSync(outputs, "");
                const given = Object.entries(env).map(([key, value]) => [key, key === "STACK" ? run.stack : interpolated(value, contexts)] as const);
                const { exitCode, all } = await execa("bash", ["-e", "-o", "pipefail", "-c", command], {
                    cwd: folder,
                    extendEnv: false,
                    env: { ...run.environment, ...Object.fromEntries(given), CI: "true", GITHUB_OUTPUT: outputs },
                    all: true,
                    reject: false,
                });
                ran.push(command);
                output.push(`$ ${command}`, stripVTControlCharacters(all));
                result = exitCode === 0 ? result : "failure";
                for (const [, key = "", value = ""] of readFileSync(outputs, "utf8").matchAll(/^(\w+)=(.*)$/gm)) {
                    contexts.set(`steps.${id ?? ""}.outputs.${key}`, value);
                }
            }
        }
        for (const [key, value] of Object.entries(job.outputs)) {
            contexts.set(`needs.${name}.outputs.${key}`, interpolated(value, contexts));
        }
        return { result, ran, output: output.join("\n") };
    } finally {
        rmSync(place, { recursive: true, force: true });
    }
}

/** A text with each expression replaced by its value. */
function interpolated(text: string, contexts: Contexts): string {
    return text.replaceAll(/\$\{\{ ([^}]+) \}\}/g, (_, expression: string) => {
        const [, path = "", otherwise = ""] = /^([\w.-]+)(?: \|\| '([^']*)')?$/.exec(expression) ?? unknown(expression);
        const value = contexts.get(path) ?? "";
        return value === "" ? otherwise : value;
    });
}

/** Whether a condition holds: comparisons and `always()`, joined by `&&`. */
function holds(condition: string, contexts: Contexts): boolean {
    return condition
        .split(" && ")
        .filter((part) => part !== "" && part !== "always()")
        .every((part) => {
            const [, path = "", operator = "", value = ""] = /^([\w.-]+) (==|!=) '([^']*)'$/.exec(part) ?? unknown(part);
            return ((contexts.get(path) ?? "") === value) === (operator === "==");
        });
}

function unknown(expression: string): never {
    throw new Error(`this runner does not know the expression '${expression}'`);
}
