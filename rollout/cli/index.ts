#!/usr/bin/env node
import { enableCompileCache } from "node:module";

import { Command, CommanderError } from "commander";

import { wordsOf } from "../words.ts";
import { exitCode } from "./exit-code.ts";
import { Output } from "./output.ts";

/**
 * Where each command is. Only the requested one is loaded: a rollback must not wait for, nor depend on, what a report or a preflight needs.
 */
const commands: Readonly<Record<string, () => Promise<(program: Command) => void>>> = {
    preflight: async () => (await import("./commands/preflight.ts")).addPreflight,
    doctor: async () => (await import("./commands/doctor.ts")).addDoctor,
    rights: async () => (await import("./commands/doctor-rights.ts")).addRights,
    checklist: async () => (await import("./commands/checklist.ts")).addChecklist,
    sign: async () => (await import("./commands/sign.ts")).addSign,
    checkpoint: async () => (await import("./commands/checkpoint.ts")).addCheckpoint,
    status: async () => (await import("./commands/status.ts")).addStatus,
    gate: async () => (await import("./commands/status.ts")).addGate,
    forecast: async () => (await import("./commands/forecast.ts")).addForecast,
    baseline: async () => (await import("./commands/baseline.ts")).addBaseline,
    watch: async () => (await import("./commands/watch.ts")).addWatch,
    advance: async () => (await import("./commands/advance.ts")).addAdvance,
    run: async () => (await import("./commands/advance.ts")).addRun,
    rollback: async () => (await import("./commands/rollback.ts")).addRollback,
    approve: async () => (await import("./commands/approve.ts")).addApprove,
    override: async () => (await import("./commands/override.ts")).addOverride,
    retry: async () => (await import("./commands/retry.ts")).addRetry,
    finish: async () => (await import("./commands/finish.ts")).addFinish,
    repair: async () => (await import("./commands/repair.ts")).addRepair,
    ledger: async () => (await import("./commands/ledger.ts")).addLedger,
    report: async () => (await import("./commands/report.ts")).addReport,
    serve: async () => (await import("./commands/serve.ts")).addServe,
    notify: async () => (await import("./commands/notify.ts")).addNotify,
    authors: async () => (await import("./commands/authors.ts")).addAuthors,
    preview: async () => (await import("./commands/preview.ts")).addPreview,
    direction: async () => (await import("./commands/direction.ts")).addDirection,
    comment: async () => (await import("./commands/comment.ts")).addComment,
};

/** Commands that say what they are at. Of any other it is said that it is still there: an API server that takes its time looks like a command that hangs. */
const speakingForThemselves: ReadonlySet<string> = new Set([
    "preflight",
    "doctor",
    "status",
    "gate",
    "forecast",
    "watch",
    "advance",
    "run",
    "rollback",
    "finish",
    "repair",
    "ledger",
    "report",
    "serve",
]);

const program = new Command("rollout")
    .description("Watch, gate, step and take back a rollout. Exit codes: 0 done or pass, 1 error, 2 bad usage, 3 hold, 4 rolled back.")
    .showHelpAfterError("See --help.")
    .exitOverride();

// Half of a start is reading TypeScript and compiling it; what was compiled once is kept in a folder for temporary files, or in NODE_COMPILE_CACHE.
enableCompileCache();

const output = new Output(process.argv.includes("--json"));
if (output.json) {
    // Node's own listener prints warnings as text.
    process.removeAllListeners("warning").on("warning", ({ name, message }) => {
        output.warn(`${name}: ${message}`);
    });
}

try {
    const asked = process.argv[2] ?? "";
    const wanted = Object.hasOwn(commands, asked) ? [commands[asked]] : Object.values(commands);
    for (const load of wanted) {
        (await load?.())?.(program);
    }
    const work = program.parseAsync();
    await (speakingForThemselves.has(asked) ? work : output.during(`rollout ${asked}`, work));
} catch (error) {
    if (error instanceof CommanderError) {
        process.exitCode = error.exitCode === 0 ? exitCode.done : exitCode.usage;
    } else {
        output.error(wordsOf(error));
        process.exitCode = isUsage(error) ? exitCode.usage : exitCode.error;
    }
}

/** Told by name: the classes live in modules that not every command loads. */
function isUsage(error: unknown): boolean {
    return error instanceof Error && ["UsageError", "ConfigError"].includes(error.constructor.name);
}
