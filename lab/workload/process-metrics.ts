import { Counter, Gauge, Histogram, Registry } from "prom-client";

import type { CacheResult } from "./outcome.ts";
import { type Route, type RouteName, routeNames } from "./route.ts";
import type { Audience, LogLevel, ProcessReading, Telemetry } from "./telemetry.ts";

/** Upper bounds of the histogram, in seconds. Part of the contract: the plan's bounds are among them. */
const bucketsSeconds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5];

/** Connections of one pod's pool. The application's role may have 100 (index.ts), which is enough for the ten pods of the largest fleet. */
export const poolSize = 10;

const levels: readonly LogLevel[] = ["info", "warning", "error", "critical"];

/** Statuses that a route answers with. 400 to 404 and 503 are given before the cache is read. */
const statuses: Readonly<Record<RouteName, readonly (readonly [code: number, caches: readonly CacheResult[]])[]>> = {
    ...readStatuses(),
    engagement: [202, 400, 401, 403, 404, 500, 503, 504].map((code) => [code, ["none"]]),
};

function readStatuses(): Readonly<Record<Exclude<RouteName, "engagement">, readonly (readonly [number, readonly CacheResult[]])[]>> {
    const list = [
        ...[200, 500, 504].map((code): readonly [number, readonly CacheResult[]] => [code, ["hit", "miss"]]),
        ...[400, 401, 403, 404, 503].map((code): readonly [number, readonly CacheResult[]] => [code, ["none"]]),
    ];
    return { feed: list, search: list, trending: list, creators: list, similar: list };
}

/** The metrics of one process, as docs/service-contract.md has them. Every series exists from the start with 0. They begin anew with each process. */
export class ProcessMetrics implements Telemetry {
    readonly #registry = new Registry();
    readonly #requests = this.#counter("http_requests_total", "Requests answered.", ["route", "code", "cache", "audience"]);
    readonly #durations = new Histogram({
        name: "http_request_duration_seconds",
        help: "Time to answer, in seconds.",
        labelNames: ["route", "cache", "audience"],
        buckets: bucketsSeconds,
        registers: [this.#registry],
    });
    readonly #timeouts = this.#counter("http_request_timeouts_total", "Requests that ran into a time limit.", ["route", "audience"]);
    readonly #lookups = this.#counter("cache_requests_total", "Lookups in the cache.", ["result", "audience"]);
    readonly #connectionErrors = this.#counter("database_connection_errors_total", "Connections that could not be made.", ["audience"]);
    readonly #events = this.#counter("engagement_events_total", "Engagement events.", ["result", "audience"]);
    readonly #lines = this.#counter("log_messages_total", "Lines written to the log.", ["level", "audience"]);

    /**
     * @param version what runs, for `service_info`.
     * @param startedAtMs start of the process, in milliseconds since the epoch.
     * @param read asked for each scrape.
     */
    constructor(version: string, startedAtMs: number, read: () => ProcessReading) {
        const cpu = this.#counter("process_cpu_seconds_total", "CPU time used, in seconds.", []);
        const memory = this.#gauge("process_resident_memory_bytes", "Resident memory, in bytes.", []);
        const pool = this.#gauge("database_pool_connections", "Connections of the pool.", ["state"]);
        const inFlight = this.#gauge("http_requests_in_flight", "Requests under way.", ["audience"]);
        const waiting = this.#gauge("database_pool_waiting", "Requests that wait for a connection.", []);
        this.#gauge("database_pool_connections_max", "Size of the pool.", []).set(poolSize);
        this.#gauge("process_start_time_seconds", "Start of the process, in seconds since the epoch.", []).set(startedAtMs / 1_000);
        this.#gauge("service_info", "What runs; always 1.", ["version"]).set({ version }, 1);
        let testersSeen = false;
        this.#show = () => {
            const { cpuSeconds, memoryBytes, inFlight: underWay, testersInFlight, pool: connections } = read();
            cpu.reset();
            cpu.inc(cpuSeconds);
            memory.set(memoryBytes);
            inFlight.set({}, underWay);
            if (testersInFlight > 0 || testersSeen) {
                testersSeen = true;
                inFlight.set({ audience: "testers" }, testersInFlight);
            }
            pool.set({ state: "in_use" }, connections.inUse);
            pool.set({ state: "idle" }, connections.idle);
            waiting.set(connections.waiting);
        };
        this.#startAtZero();
    }

    readonly #show: () => void;

    /** Counts an answered request. */
    answered(audience: Audience, route: Route, status: number, cache: CacheResult, seconds: number): void {
        this.#requests.inc({ route, code: String(status), cache, ...labelOf(audience) });
        this.#durations.observe({ route, cache, ...labelOf(audience) }, seconds);
    }

    /** Counts a request that ran into a time limit, besides its answer. */
    timedOut(audience: Audience, route: Route): void {
        this.#timeouts.inc({ route, ...labelOf(audience) });
    }

    /** Counts a lookup in the cache. */
    lookedUp(audience: Audience, result: "hit" | "miss" | "error"): void {
        this.#lookups.inc({ result, ...labelOf(audience) });
    }

    /** Counts a connection to the database that could not be made. */
    connectionFailed(audience: Audience): void {
        this.#connectionErrors.inc(labelOf(audience));
    }

    /** Counts an engagement event. */
    event(audience: Audience, result: "accepted" | "recorded" | "failed"): void {
        this.#events.inc({ result, ...labelOf(audience) });
    }

    /** Counts a line in the log. */
    line(audience: Audience, level: LogLevel): void {
        this.#lines.inc({ level, ...labelOf(audience) });
    }

    /** Everything in the Prometheus text format. */
    async text(): Promise<string> {
        this.#show();
        return this.#registry.metrics();
    }

    /** Media type of {@link text}. */
    get contentType(): string {
        return this.#registry.contentType;
    }

    #startAtZero(): void {
        for (const route of routeNames) {
            this.#timeouts.inc({ route }, 0);
            for (const [code, caches] of statuses[route]) {
                for (const cache of caches) {
                    this.#requests.inc({ route, code: String(code), cache }, 0);
                    this.#durations.zero({ route, cache });
                }
            }
        }
        for (const result of ["hit", "miss", "error"]) {
            this.#lookups.inc({ result }, 0);
        }
        for (const result of ["accepted", "recorded", "failed"]) {
            this.#events.inc({ result }, 0);
        }
        for (const level of levels) {
            this.#lines.inc({ level }, 0);
        }
        this.#connectionErrors.inc({}, 0);
    }

    #counter<Label extends string>(name: string, help: string, labelNames: readonly Label[]): Counter<Label> {
        return new Counter({ name, help, labelNames: [...labelNames], registers: [this.#registry] });
    }

    #gauge<Label extends string>(name: string, help: string, labelNames: readonly Label[]): Gauge<Label> {
        return new Gauge({ name, help, labelNames: [...labelNames], registers: [this.#registry] });
    }
}

/** Series of users have no such label, as those of a service that knows no testers. */
function labelOf(audience: Audience): { readonly audience?: "testers" } {
    return audience === "testers" ? { audience } : {};
}
