import { execa } from "execa";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";

import type { ProcessIdentity } from "../process.ts";
import { descendantsOf, endWithin } from "./descendants.ts";

/** How one run of the CLI is made. */
export interface EngineRun {
    /** Command and options, without the stack: `["up", "--yes"]`. */
    readonly args: readonly string[];
    /** Folder with Pulumi.yaml. */
    readonly workingDirectory: string;
    /** The whole environment of the CLI. */
    readonly environment: Readonly<Record<string, string>>;
    /** Longest time it may take, in milliseconds; it is killed then. @default 300000 */
    readonly withinMs?: number;
    /** Called with each line that the CLI prints. */
    readonly onLine?: (line: string) => void;
    /** Kills the CLI with SIGKILL when aborted: a crash in the middle, with no chance to clean up. */
    readonly kill?: AbortSignal;
    /** Asks the CLI to end when aborted, as Ctrl-C does. */
    readonly interrupt?: AbortSignal;
}

/** How the engine handled one resource. */
export interface ResourceStep {
    readonly operation: string;
    readonly urn: string;
    readonly type: string;
    /** Fields that made it differ. Empty for a resource that stays as it is. */
    readonly changed: readonly string[];
}

/** What a run of the CLI came to. */
export interface EngineResult {
    /** 0 is success. Undefined: it was killed. */
    readonly exitCode: number | undefined;
    /** Everything printed, stdout and stderr in their order. */
    readonly output: string;
    readonly seconds: number;
    /** Resources by operation, such as `{ same: 40, update: 3 }`; from the engine's own summary. Undefined where the run had none, because it failed early. */
    readonly summary: Readonly<Record<string, number>> | undefined;
    /** Steps in the order in which the engine began them. */
    readonly steps: readonly ResourceStep[];
    /** Seconds from the moment the engine was ready to the program's first resource: the start of Node, the imports, the config. Undefined where none came. */
    readonly programStartSeconds: number | undefined;
    /** Text of all errors that the engine reported. */
    readonly errors: string;
    /** The engine's events as it wrote them, one JSON document a line. */
    readonly eventLog: string;
}

/** Runs the Pulumi CLI once, and reads what happened from the engine's events, not from the text for people. Never throws for a failed run: look at `exitCode`. */
export async function runEngine(run: EngineRun): Promise<EngineResult> {
    const folder = mkdtempSync(join(tmpdir(), "nova-engine-"));
    const eventLogFile = join(folder, "events.jsonl");
    const logged = ["up", "preview", "refresh", "destroy"].includes(run.args[0] ?? "");
    try {
        const startedMs = performance.now();
        const child = execa("pulumi", [...run.args, "--non-interactive", "--color", "never", ...(logged ? ["--event-log", eventLogFile] : [])], {
            cwd: run.workingDirectory,
            extendEnv: false,
            // The flag for the event log is only there in the CLI's debug mode.
            env: { ...run.environment, PULUMI_DEBUG_COMMANDS: "true" },
            all: true,
            reject: false,
            timeout: run.withinMs ?? 300_000,
            killSignal: "SIGKILL",
        });
        const orphans: ProcessIdentity[] = [];
        run.kill?.addEventListener("abort", () => {
            orphans.push(...(child.pid === undefined ? [] : descendantsOf(child.pid)));
            child.kill("SIGKILL");
        });
        run.interrupt?.addEventListener("abort", () => child.kill("SIGINT"));
        const { onLine } = run;
        const programStart = new ProgramStart(eventLogFile);
        const [result] = await Promise.all([child, onLine === undefined ? undefined : follow(child.iterable({ from: "all" }), onLine)]);
        const seconds = (performance.now() - startedMs) / 1_000;
        // A killed CLI can't stop its plugins, and the Kubernetes provider goes on for good without it.
        await endWithin(3_000, orphans);
        return { exitCode: result.exitCode, output: result.all, seconds, programStartSeconds: programStart.stop(), ...readEventLog(textOf(eventLogFile)) };
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
}

/** Reads the events of the update itself: with a preview before it, without those of the preview. */
export function readEventLog(eventLog: string): Pick<EngineResult, "summary" | "steps" | "errors" | "eventLog"> {
    // What comes after the last line's end was being written when the CLI was killed.
    const events = eventLog
        .split("\n")
        .slice(0, -1)
        .map((line) => eventSchema.parse(JSON.parse(line)));
    const own = events.slice(
        Math.max(
            0,
            events.findLastIndex((event) => event.preludeEvent !== undefined),
        ),
    );
    return {
        summary: own.findLast((event) => event.summaryEvent !== undefined)?.summaryEvent?.resourceChanges,
        steps: own.flatMap(({ resourcePreEvent }) => {
            const step = resourcePreEvent?.metadata;
            return step === undefined
                ? []
                : [{ operation: step.op, urn: step.urn, type: step.type, changed: step.diffs ?? Object.keys(step.detailedDiff ?? {}) }];
        }),
        errors: events.flatMap(({ diagnosticEvent }) => (diagnosticEvent?.severity === "error" ? [diagnosticEvent.message] : [])).join("\n"),
        eventLog,
    };
}

/** Number of resources that a run changed: all operations of its summary but `same` and `read`. Not a number where there was no summary: unknown is not zero. */
export function changeCount({ summary }: Pick<EngineResult, "summary">): number {
    return summary === undefined
        ? Number.NaN
        : Object.entries(summary).reduce((total, [operation, count]) => (operation === "same" || operation === "read" ? total : total + count), 0);
}

const eventSchema = z.object({
    preludeEvent: z.unknown().optional(),
    diagnosticEvent: z.object({ severity: z.string(), message: z.string() }).optional(),
    summaryEvent: z.object({ resourceChanges: z.record(z.string(), z.number()) }).optional(),
    resourcePreEvent: z
        .object({
            metadata: z.object({
                op: z.string(),
                urn: z.string(),
                type: z.string(),
                diffs: z.array(z.string()).nullish(),
                detailedDiff: z.record(z.string(), z.unknown()).nullish(),
            }),
        })
        .optional(),
});

/** Watches the event log grow, since its own time stamps are whole seconds. Off by at most {@link everyMs} plus what the engine needs to write a line. */
class ProgramStart {
    readonly #timer: NodeJS.Timeout;
    #readyMs: number | undefined;
    #firstMs: number | undefined;

    constructor(eventLogFile: string) {
        this.#timer = setInterval(() => {
            const text = this.#firstMs === undefined ? textOf(eventLogFile) : "";
            if (this.#readyMs === undefined && text.includes('"preludeEvent"')) {
                this.#readyMs = performance.now();
            }
            // The engine itself registers the stack; the first resource of the program has another type.
            if (/"resourcePreEvent":\{"metadata":\{"op":"[^"]*","urn":"(?![^"]*pulumi:pulumi:Stack::)/.test(text)) {
                this.#firstMs = performance.now();
            }
        }, everyMs);
    }

    stop(): number | undefined {
        clearInterval(this.#timer);
        return this.#readyMs === undefined || this.#firstMs === undefined ? undefined : (this.#firstMs - this.#readyMs) / 1_000;
    }
}

const everyMs = 10;

async function follow(lines: AsyncIterable<unknown>, onLine: (line: string) => void): Promise<void> {
    try {
        for await (const line of lines) {
            onLine(String(line));
        }
    } catch {
        // The stream breaks when the CLI fails or is killed; the result tells of both.
    }
}

function textOf(file: string): string {
    try {
        return readFileSync(file, "utf8");
    } catch {
        return "";
    }
}
