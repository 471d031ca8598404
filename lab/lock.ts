import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import type { LabLayout } from "./layout.ts";
import type { ProcessIdentity } from "./process.ts";
import { identityOf, identitySchema, isRunning } from "./process.ts";

/**
 * Runs `work` while no other command changes this checkout's lab. The lock of a command that was killed counts for nothing.
 * @throws Error where another command is at work.
 */
export async function withLock<T>(layout: LabLayout, work: () => Promise<T>): Promise<T> {
    acquire(layout);
    try {
        return await work();
    } finally {
        rmSync(layout.lockFile, { force: true });
    }
}

function acquire(layout: LabLayout): void {
    mkdirSync(layout.root, { recursive: true });
    const mine = JSON.stringify(identityOf(process.pid));
    for (;;) {
        try {
            writeFileSync(layout.lockFile, mine, { flag: "wx" });
            return;
        } catch (error) {
            if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) {
                throw error;
            }
        }
        const holder = readHolder(layout.lockFile);
        if (holder !== undefined && isRunning(holder)) {
            throw new Error(`another lab command (process ${String(holder.pid)}) is at work in ${layout.checkout}: wait for it and try again`);
        }
        rmSync(layout.lockFile, { force: true });
    }
}

function readHolder(file: string): ProcessIdentity | undefined {
    try {
        return identitySchema.parse(JSON.parse(readFileSync(file, "utf8")));
    } catch {
        return undefined;
    }
}
