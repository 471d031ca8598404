import { readFileSync, readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

import { type ProcessIdentity, identityOf, isRunning } from "../process.ts";

/** The processes that `pid` started, and those that they started. Read from /proc; without what ends meanwhile. */
export function descendantsOf(pid: number): readonly ProcessIdentity[] {
    return childrenOf(pid).flatMap((child) => {
        const identity = identityOf(child);
        return [...(identity === undefined ? [] : [identity]), ...descendantsOf(child)];
    });
}

/** Gives processes a moment to end by themselves, and kills those that do not. */
export async function endWithin(graceMs: number, processes: readonly ProcessIdentity[]): Promise<void> {
    const deadline = Date.now() + graceMs;
    while (processes.some(isRunning) && Date.now() < deadline) {
        await sleep(50);
    }
    for (const identity of processes.filter(isRunning)) {
        process.kill(identity.pid, "SIGKILL");
    }
}

function childrenOf(pid: number): readonly number[] {
    try {
        const threads = readdirSync(`/proc/${String(pid)}/task`);
        return threads.flatMap((thread) =>
            readFileSync(`/proc/${String(pid)}/task/${thread}/children`, "utf8")
                .split(" ")
                .filter((text) => text !== "")
                .map(Number),
        );
    } catch {
        return [];
    }
}
