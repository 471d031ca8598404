import { readFileSync } from "node:fs";
import { join } from "node:path";
import { wordsOf } from "../rollout/words.ts";
import type { LabLayout } from "./layout.ts";
import { insideNetwork } from "./network.ts";
import { isRunning, startDetached, stopProcess } from "./process.ts";
import { services } from "./services/index.ts";
import type { Lab } from "./services/service.ts";
import type { LabState, ServiceName } from "./state.ts";
import { serviceNames, writeLabState } from "./state.ts";
import { stopWaves } from "./steps.ts";
import { waitUntil } from "./wait.ts";

/** How a service is doing: `stopped` on purpose or never started, `dead` though it should run, `unhealthy` though its process runs. */
export type Health = { readonly kind: "healthy" | "stopped" | "dead" } | { readonly kind: "unhealthy"; readonly reason: string };

/** How long a running service may take to answer before it counts as hung and is started anew, in milliseconds. */
const answerWithinMs = 10_000;
const shownLogLines = 15;

/** Log of a service's process. */
export function logFile(layout: LabLayout, name: ServiceName): string {
    return join(layout.logs, `${name}.log`);
}

/** Asks a service how it is. */
export async function healthOf(lab: Lab, name: ServiceName): Promise<Health> {
    const identity = lab.state.processes[name];
    if (identity === undefined) {
        return { kind: "stopped" };
    }
    if (!isRunning(identity)) {
        return { kind: "dead" };
    }
    try {
        await services[name].check(lab);
        return { kind: "healthy" };
    } catch (error) {
        return { kind: "unhealthy", reason: wordsOf(error) };
    }
}

/**
 * Makes a service run and waits until it answers. Leaves a healthy one alone; starts a hung one anew.
 * @returns what was done.
 * @throws Error with the last lines of the process's log, where it does not become ready.
 */
export async function ensureRunning(lab: Lab, name: ServiceName): Promise<"already running" | "started"> {
    const service = services[name];
    const known = lab.state.processes[name];
    if (known !== undefined && isRunning(known)) {
        try {
            await waitUntil(() => service.check(lab), { what: name, withinMs: answerWithinMs });
            return "already running";
        } catch {
            await stopService(lab, name);
        }
    }
    await service.prepare?.(lab);
    const log = logFile(lab.layout, name);
    const command = service.command(lab);
    const identity = await startDetached(service.inside ? insideNetwork(lab.layout, command) : command, log);
    lab.state.processes[name] = identity;
    writeLabState(lab.layout, lab.state);
    try {
        await waitUntil(() => service.check(lab), {
            what: name,
            withinMs: service.readyWithinMs,
            giveUp: () => (isRunning(identity) ? undefined : "its process has ended"),
        });
    } catch (error) {
        throw new Error(`${wordsOf(error)}\n${lastLines(log)}\n  whole log: ${log}`, { cause: error });
    }
    return "started";
}

/** Stops one service and forgets its process; the data stays. Returns whether it ran. */
export async function stopService(lab: Lab, name: ServiceName): Promise<boolean> {
    const ran = await stopServiceProcess(lab.state.processes, name);
    // The key goes, so that `dead` (crashed) and `stopped` (on purpose) stay apart.
    Reflect.deleteProperty(lab.state.processes, name);
    writeLabState(lab.layout, lab.state);
    return ran;
}

/** Stops every process of a lab, each before those it needs. Returns the names of those that ran. */
export async function stopAll(processes: LabState["processes"]): Promise<readonly ServiceName[]> {
    const stopped: ServiceName[] = [];
    for (const wave of stopWaves(serviceNames, (name) => services[name].needs)) {
        const ran = await Promise.all(wave.map(async (name) => ((await stopServiceProcess(processes, name)) ? [name] : [])));
        stopped.push(...ran.flat());
    }
    return stopped;
}

async function stopServiceProcess(processes: LabState["processes"], name: ServiceName): Promise<boolean> {
    const identity = processes[name];
    return identity !== undefined && (await stopProcess(identity, { signal: services[name].stopSignal ?? "SIGTERM" }));
}

function lastLines(file: string): string {
    const text = readFileSync(file, "utf8");
    const ofThisStart = text.slice(text.lastIndexOf("\n--- ") + 1);
    return ofThisStart
        .trimEnd()
        .split("\n")
        .slice(-shownLogLines)
        .map((line) => `  | ${line.slice(0, 300)}`)
        .join("\n");
}
