import { Counter, Gauge, Histogram, Registry } from "prom-client";

import { type LogLevel, logLevels } from "./log.ts";
import { type Route, routes } from "./route.ts";

/** Who asked: testers' requests are counted in series of their own. */
export type Audience = "users" | "testers";

/** What the cache gave; `none` where it was not asked. */
export type CacheResult = "hit" | "miss" | "none";

/** The pool of connections to the database. */
export interface PoolState {
    readonly inUse: number;
    readonly idle: number;
    readonly waiting: number;
    readonly max: number;
}

/** Upper bounds of the histogram, in seconds. Part of the contract. */
const bucketsSeconds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1, 2.5, 5];

/** What a read is answered with, and whether the cache was asked before. */
const readAnswers: readonly (readonly [code: number, caches: readonly CacheResult[]])[] = [
    [200, ["hit", "miss"]],
    [400, ["none"]],
    [404, ["hit", "miss"]],
    [500, ["hit", "miss"]],
    [504, ["miss"]],
];

/** What an event is answered with. */
const eventAnswers: readonly (readonly [code: number, caches: readonly CacheResult[]])[] = [202, 400, 500, 503, 504].map((code) => [code, ["none"]]);

/** The metrics of docs/service-contract.md. Every series that users can cause is there from the start with 0; those of testers come with the first of them. */
export class Metrics {
    readonly #registry = new Registry();
    readonly #requests = this.#counter("http_requests_total", "Requests answered.", ["route", "code", "cache", "audience"]);
    readonly #durations = new Histogram({
        name: "http_request_duration_seconds",
        help: "Time to answer, in seconds.",
        labelNames: ["route", "cache", "audience"],
        buckets: bucketsSeconds,
        registers: [this.#registry],
    });
    readonly #inFlight = this.#gauge("http_requests_in_flight", "Requests that came and are not answered.", ["audience"]);
    readonly #timeouts = this.#counter("http_request_timeouts_total", "Requests that ran into a time limit.", ["route", "audience"]);
    readonly #lookups = this.#counter("cache_requests_total", "Lookups in Redis.", ["result", "audience"]);
    readonly #connectionErrors = this.#counter("database_connection_errors_total", "Connections that could not be made or broke.", ["audience"]);
    readonly #events = this.#counter("engagement_events_total", "Engagement events.", ["result", "audience"]);
    readonly #lines = this.#counter("log_messages_total", "Lines written to the log.", ["level", "audience"]);

    /**
     * @param version what runs, for `service_info`.
     * @param pool asked for each scrape.
     */
    constructor(version: string, pool: () => PoolState) {
        const connections = new Gauge({
            name: "database_pool_connections",
            help: "Connections of the pool.",
            labelNames: ["state"],
            registers: [this.#registry],
            collect() {
                const { inUse, idle } = pool();
                this.set({ state: "in_use" }, inUse);
                this.set({ state: "idle" }, idle);
            },
        });
        connections.set({ state: "in_use" }, 0);
        this.#read("database_pool_connections_max", "Size of the pool.", () => pool().max);
        this.#read("database_pool_waiting", "Requests that wait for a connection.", () => pool().waiting);
        this.#read("process_resident_memory_bytes", "Resident memory, in bytes.", () => process.memoryUsage.rss());
        this.#gauge("process_start_time_seconds", "Start of the process, in seconds since the epoch.", []).set(Date.now() / 1_000 - process.uptime());
        this.#gauge("service_info", "What runs; always 1.", ["version"]).set({ version }, 1);
        new Counter({
            name: "process_cpu_seconds_total",
            help: "CPU time used, in seconds.",
            registers: [this.#registry],
            collect() {
                const { user, system } = process.cpuUsage();
                this.reset();
                this.inc((user + system) / 1_000_000);
            },
        });
        this.#startAtZero();
    }

    /** Counts an answered request. */
    answered(audience: Audience, route: Route, code: number, cache: CacheResult, seconds: number): void {
        this.#requests.inc({ route, code: String(code), cache, ...labelOf(audience) });
        this.#durations.observe({ route, cache, ...labelOf(audience) }, seconds);
    }

    /** Counts a request as under way. The function that it gives takes it out again. */
    underWay(audience: Audience): () => void {
        this.#inFlight.inc(labelOf(audience));
        return () => {
            this.#inFlight.dec(labelOf(audience));
        };
    }

    /** Counts a request that ran into a time limit, besides its answer. */
    timedOut(audience: Audience, route: Route): void {
        this.#timeouts.inc({ route, ...labelOf(audience) });
    }

    /** Counts a lookup in the cache. */
    lookedUp(audience: Audience, result: "hit" | "miss" | "error"): void {
        this.#lookups.inc({ result, ...labelOf(audience) });
    }

    /** Counts a connection to the database that could not be made or broke. */
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
        return this.#registry.metrics();
    }

    /** Media type of {@link text}. */
    get contentType(): string {
        return this.#registry.contentType;
    }

    #startAtZero(): void {
        for (const route of routes) {
            this.#timeouts.inc({ route }, 0);
            for (const [code, caches] of route === "engagement" ? eventAnswers : readAnswers) {
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
        for (const level of logLevels) {
            this.#lines.inc({ level }, 0);
        }
        this.#connectionErrors.inc({}, 0);
        this.#inFlight.inc({}, 0);
    }

    #read(name: string, help: string, value: () => number): void {
        new Gauge({
            name,
            help,
            registers: [this.#registry],
            collect() {
                this.set(value());
            },
        });
    }

    #counter<Label extends string>(name: string, help: string, labelNames: readonly Label[]): Counter<Label> {
        return new Counter({ name, help, labelNames: [...labelNames], registers: [this.#registry] });
    }

    #gauge<Label extends string>(name: string, help: string, labelNames: readonly Label[]): Gauge<Label> {
        return new Gauge({ name, help, labelNames: [...labelNames], registers: [this.#registry] });
    }
}

/** Series of users have no such label. */
function labelOf(audience: Audience): { readonly audience?: "testers" } {
    return audience === "testers" ? { audience } : {};
}
