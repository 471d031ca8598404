import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";

/** Shape of an identity in a file. */
export const identitySchema = z.object({
    pid: z.int().positive(),
    /** Start time in clock ticks since boot: field 22 of /proc/PID/stat. */
    startTicks: z.int(),
    /** The boot that the ticks count from: /proc/sys/kernel/random/boot_id. */
    bootId: z.string(),
});

/**
 * A process, told apart from a later one that got the same number. A pid is used again some day, and another process than ours must never be signalled;
 * pid, start time and boot together are unique.
 */
export type ProcessIdentity = z.infer<typeof identitySchema>;

/** What to start. */
export interface Command {
    readonly file: string;
    readonly args: readonly string[];
    /** Environment, in place of the caller's. PATH and HOME are always passed on. */
    readonly environment?: Readonly<Record<string, string>>;
    readonly workingDirectory: string;
    /** User to run as. Defaults to the caller. */
    readonly user?: { readonly uid: number; readonly gid: number };
}

/** Reads the identity of the process that has this pid now; undefined where none has, or where it is a zombie. */
export function identityOf(pid: number): ProcessIdentity | undefined {
    let stat: string;
    try {
        stat = readFileSync(`/proc/${String(pid)}/stat`, "utf8");
    } catch {
        return undefined;
    }
    return parseStat(pid, stat, bootId());
}

/** Reads /proc/PID/stat. The command's name may hold spaces and brackets, so fields are counted from its last bracket. */
export function parseStat(pid: number, stat: string, boot: string): ProcessIdentity | undefined {
    const [state, ...rest] = stat
        .slice(stat.lastIndexOf(")") + 2)
        .trim()
        .split(" ");
    const startTicks = Number(rest[18]);
    return state === "Z" || state === "X" || !Number.isInteger(startTicks) ? undefined : { pid, startTicks, bootId: boot };
}

function bootId(): string {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
}

/** Whether exactly that process still runs. */
export function isRunning(identity: ProcessIdentity): boolean {
    const now = identityOf(identity.pid);
    return now?.startTicks === identity.startTicks && now.bootId === identity.bootId;
}

/**
 * Starts a process that outlives the caller: in a session and process group of its own, output appended to `logFile`.
 * @throws Error where the file cannot be run.
 */
export async function startDetached(command: Command, logFile: string): Promise<ProcessIdentity> {
    mkdirSync(dirname(logFile), { recursive: true });
    const log = openSync(logFile, "a");
    writeSync(log, `--- ${new Date().toISOString()} start: ${command.file} ${command.args.join(" ")}\n`);
    try {
        const child = spawn(command.file, command.args, {
            cwd: command.workingDirectory,
            detached: true,
            stdio: ["ignore", log, log],
            env: { PATH: process.env.PATH ?? "/usr/bin:/bin", HOME: process.env.HOME ?? "/", ...command.environment },
            ...command.user,
        });
        await new Promise<void>((resolve, reject) => {
            child.once("spawn", resolve);
            child.once("error", reject);
        });
        child.unref();
        const identity = child.pid === undefined ? undefined : identityOf(child.pid);
        if (identity === undefined) {
            throw new Error(`${command.file} ended as soon as it started; see ${logFile}`);
        }
        return identity;
    } finally {
        closeSync(log);
    }
}

/**
 * Stops the process and its group: asks first, and kills what is left after `graceMs`. Does nothing where the process is gone or its pid belongs to another now.
 * @returns whether there was something to stop.
 */
export async function stopProcess(identity: ProcessIdentity, options: { readonly signal?: NodeJS.Signals; readonly graceMs?: number } = {}): Promise<boolean> {
    if (!isRunning(identity)) {
        return false;
    }
    signalGroup(identity.pid, options.signal ?? "SIGTERM");
    const deadline = Date.now() + (options.graceMs ?? 5_000);
    while (isRunning(identity) && Date.now() < deadline) {
        await sleep(25);
    }
    if (isRunning(identity)) {
        signalGroup(identity.pid, "SIGKILL");
        while (isRunning(identity)) {
            await sleep(25);
        }
    }
    return true;
}

function signalGroup(leader: number, signal: NodeJS.Signals): void {
    try {
        process.kill(-leader, signal);
    } catch (error) {
        // ESRCH: the group ended by itself between the check and the signal, which is what we want.
        if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) {
            throw error;
        }
    }
}
