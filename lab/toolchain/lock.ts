import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/**
 * Takes an exclusive lock on a file, and waits for it as long as it takes.
 *
 * The kernel's lock is held by a small `flock` process that lives as long as the pipe to it, so it is gone the moment this process
 * is, however it dies: there are no stale locks to guess about. (Node has no flock of its own; util-linux is on every Debian.)
 *
 * @param onWait called once when another process holds it.
 * @returns gives the lock back.
 * @throws {Error} when flock is not installed or the file cannot be made.
 */
export async function lockFile(path: string, onWait: () => void): Promise<() => void> {
    const waiting = setTimeout(onWait, 1_000);
    const holder = spawn("flock", [path, "sh", "-c", "echo locked; cat"], { stdio: ["pipe", "pipe", "inherit"], detached: true });
    try {
        await new Promise<void>((resolve, reject) => {
            holder.once("error", (error) => {
                reject(new Error(`cannot lock ${path}: ${error.message}; the command flock is part of util-linux: install that`, { cause: error }));
            });
            holder.once("exit", (code) => {
                reject(new Error(`cannot lock ${path}: flock ended with ${String(code)}`));
            });
            createInterface({ input: holder.stdout }).once("line", () => {
                resolve();
            });
        });
    } finally {
        clearTimeout(waiting);
    }
    return () => {
        holder.stdin.end();
    };
}
