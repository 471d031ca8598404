import type { Audience, LogLevel } from "./telemetry.ts";
import type { SimulatedPod } from "./simulated-pod.ts";

/** What a line tells of a request. */
export interface RequestFacts {
    readonly requestId: string;
    readonly route: string;
    readonly status: number;
    readonly durationMs: number;
}

/** Writes a line of a pod's log, as docs/service-contract.md has it, unless its process wrote too many of them in this second. */
export function log(pod: SimulatedPod, level: LogLevel, message: string, request?: RequestFacts, audience: Audience = "users"): void {
    const nowMs = Date.now();
    if (pod.process?.mayLog(level, nowMs, audience) === false) {
        return;
    }
    const { namespace, service, revision, name } = pod.facts;
    write({ time: new Date(nowMs).toISOString(), level, message, namespace, service, revision, pod: name, ...request });
}

/** Writes a line of the simulator itself. */
export function logOwn(level: LogLevel, message: string): void {
    write({ time: new Date().toISOString(), level, message });
}

function write(line: Readonly<Record<string, unknown>>): void {
    process.stdout.write(`${JSON.stringify(line)}\n`);
}
