import { usualMemoryBytes } from "./life.ts";
import type { Outcome } from "./outcome.ts";
import { OpenTelemetryMetrics } from "./open-telemetry-metrics.ts";
import { poolSize, ProcessMetrics } from "./process-metrics.ts";
import type { TelemetryKind } from "./revision-settings.ts";
import type { Route } from "./route.ts";
import type { Audience, LogLevel, ProcessReading, Telemetry } from "./telemetry.ts";

/** CPU time that a request costs, and that an idle process uses in a second, in seconds: 6 pods at 500 requests/s use a fifth of the 250m that each asks for. */
const cpuSecondsPerRequest = 0.0006;
const idleCpuShare = 0.005;

/** Width of the noise on memory, in bytes: without a trend. */
const memoryNoiseBytes = 3 * 2 ** 20;

/** Most lines of one level that are written in a second. A service that logs each of thousands of equal errors would fill the disk. */
const linesPerSecondAtMost = 20;

/** What the pod around a process tells it. */
export interface Surroundings {
    /** Leaked until now. */
    readonly leakedBytes: () => number;
    /** Whether the database gives no more connections. */
    readonly poolExhausted: () => boolean;
}

/** One process of a simulated container: its counters, and the requests that it works on. A restart makes a new one. */
export class PodProcess {
    readonly metrics: Telemetry;
    readonly startedAtMs: number;
    #cpuSeconds = 0;
    #databaseRequests = 0;
    readonly #inFlight: Record<Audience, number> = { users: 0, testers: 0 };
    #lines: { readonly second: number; readonly counts: Record<LogLevel, number> } = { second: 0, counts: noLines() };

    constructor(version: string, startedAtMs: number, telemetry: TelemetryKind, around: Surroundings, now: () => number = Date.now) {
        this.startedAtMs = startedAtMs;
        const read = (): ProcessReading => {
            const busy = this.#databaseRequests;
            return {
                cpuSeconds: this.#cpuSeconds + (Math.max(0, now() - startedAtMs) / 1_000) * idleCpuShare,
                memoryBytes: Math.round(usualMemoryBytes + around.leakedBytes() + (Math.random() - 0.5) * memoryNoiseBytes),
                inFlight: this.#inFlight.users,
                testersInFlight: this.#inFlight.testers,
                pool: around.poolExhausted()
                    ? { inUse: poolSize, idle: 0, waiting: Math.max(1, busy) }
                    : { inUse: Math.min(poolSize, busy), idle: Math.max(0, poolSize - busy), waiting: Math.max(0, busy - poolSize) },
            };
        };
        this.metrics = telemetry === "opentelemetry" ? new OpenTelemetryMetrics(version, read) : new ProcessMetrics(version, startedAtMs, read);
    }

    /** A request came that will end like this. */
    begin(audience: Audience, { cache, failure }: Outcome): void {
        this.#cpuSeconds += cpuSecondsPerRequest;
        this.#inFlight[audience] += 1;
        if (cache !== "none") {
            this.metrics.lookedUp?.(audience, cache);
        }
        if (cache !== "hit") {
            this.#databaseRequests += 1;
        }
        if (failure === "no-connection") {
            this.metrics.connectionFailed?.(audience);
        }
    }

    /** A request came that is never answered. Returns a function to call when its caller has given up: nothing counts it but the requests in flight. */
    hang(audience: Audience): () => void {
        this.#inFlight[audience] += 1;
        return () => {
            this.#inFlight[audience] -= 1;
        };
    }

    /** That request is answered. */
    end(audience: Audience, route: Route, status: number, { cache, failure, latencyMs }: Outcome): void {
        this.#inFlight[audience] -= 1;
        if (cache !== "hit") {
            this.#databaseRequests -= 1;
        }
        if (failure === "timeout") {
            this.metrics.timedOut?.(audience, route);
        }
        this.metrics.answered(audience, route, status, cache, latencyMs / 1_000);
    }

    /** Whether a line of that level may be written now. If so, it is counted. */
    mayLog(level: LogLevel, nowMs: number, audience: Audience = "users"): boolean {
        const second = Math.floor(nowMs / 1_000);
        if (second !== this.#lines.second) {
            this.#lines = { second, counts: noLines() };
        }
        if (this.#lines.counts[level] >= linesPerSecondAtMost) {
            return false;
        }
        this.#lines.counts[level] += 1;
        this.metrics.line?.(audience, level);
        return true;
    }
}

function noLines(): Record<LogLevel, number> {
    return { info: 0, warning: 0, error: 0, critical: 0 };
}
