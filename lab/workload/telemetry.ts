import type { CacheResult } from "./outcome.ts";
import type { Route } from "./route.ts";

/** Level of a line in the log. */
export type LogLevel = "info" | "warning" | "error" | "critical";

/** What a process knows of itself when its metrics are read. */
export interface ProcessReading {
    readonly cpuSeconds: number;
    readonly memoryBytes: number;
    /** Requests that it works on. */
    readonly inFlight: number;
    readonly testersInFlight: number;
    readonly pool: { readonly inUse: number; readonly idle: number; readonly waiting: number };
}

/** Who asked, as the gateway says in `x-audience`. What testers ask is counted in series of its own, so that it can't be taken for what users got. */
export type Audience = "users" | "testers";

/** What a process counts, and shows to Prometheus. A kind that has no name for something leaves out its method. */
export interface Telemetry {
    /** Counts an answered request. */
    answered(audience: Audience, route: Route, status: number, cache: CacheResult, seconds: number): void;
    /** Counts a request that ran into a time limit, besides its answer. */
    timedOut?(audience: Audience, route: Route): void;
    /** Counts a lookup in the cache. */
    lookedUp?(audience: Audience, result: "hit" | "miss" | "error"): void;
    /** Counts a connection to the database that could not be made. */
    connectionFailed?(audience: Audience): void;
    /** Counts an engagement event. */
    event?(audience: Audience, result: "accepted" | "recorded" | "failed"): void;
    /** Counts a line in the log. */
    line?(audience: Audience, level: LogLevel): void;
    /** Everything in the Prometheus text format. */
    text(): Promise<string>;
    /** Media type of {@link text}. */
    readonly contentType: string;
}
