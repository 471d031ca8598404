import { Counter, Gauge, Histogram, Registry } from "prom-client";

import type { CacheResult } from "./outcome.ts";
import { type Route, methodOf } from "./route.ts";
import type { Audience, ProcessReading, Telemetry } from "./telemetry.ts";

/**
 * The metrics of one process as OpenTelemetry's conventions have them, under the names that its Prometheus exporter gives them. A series appears with its first request, as
 * there. For caches, pools, events and log lines the conventions have no name, and none for who asked.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/http/http-metrics/#metric-httpserverrequestduration
 */
export class OpenTelemetryMetrics implements Telemetry {
    readonly #registry = new Registry();
    readonly #durations = new Histogram({
        name: "http_server_request_duration_seconds",
        help: "Duration of HTTP server requests.",
        labelNames: ["http_request_method", "http_route", "http_response_status_code", "url_scheme", "error_type"],
        // The boundaries that the conventions advise.
        buckets: [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
        registers: [this.#registry],
    });
    readonly #show: () => void;

    /**
     * @param version what runs, for `target_info`.
     * @param read asked for each scrape.
     */
    constructor(version: string, read: () => ProcessReading) {
        const registers = [this.#registry];
        const cpu = new Counter({ name: "process_cpu_time_seconds_total", help: "Total CPU seconds.", registers });
        const memory = new Gauge({ name: "process_memory_usage_bytes", help: "The amount of physical memory in use.", registers });
        const active = new Gauge({ name: "http_server_active_requests", help: "Number of active HTTP server requests.", registers });
        new Gauge({ name: "target_info", help: "Target metadata", labelNames: ["service_version"], registers }).set({ service_version: version }, 1);
        this.#show = () => {
            const { cpuSeconds, memoryBytes, inFlight, testersInFlight } = read();
            cpu.reset();
            cpu.inc(cpuSeconds);
            memory.set(memoryBytes);
            active.set(inFlight + testersInFlight);
        };
    }

    answered(_audience: Audience, route: Route, status: number, _cache: CacheResult, seconds: number): void {
        const labels = { http_request_method: methodOf(route), http_route: route, http_response_status_code: String(status), url_scheme: "http" };
        this.#durations.observe(status >= 500 ? { ...labels, error_type: String(status) } : labels, seconds);
    }

    async text(): Promise<string> {
        this.#show();
        return this.#registry.metrics();
    }

    get contentType(): string {
        return this.#registry.contentType;
    }
}
