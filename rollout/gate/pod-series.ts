import { defined } from "../defined.ts";
import { type ServiceMetrics, defaultMetrics } from "./service-metrics.ts";

/** The series that a service's pods show, each by its name. What is absent is not asked for. */
export interface PodSeries {
    /** Counter of answers, told apart by {@link statusLabel}. */
    readonly requests: string;
    readonly statusLabel: string;
    /** What an answer without a status is: `refused` as no measurement, or failed where its series has the label `error_type`. */
    readonly withoutStatus: "refused" | "failed-with-error-type";
    /** Histogram of the time to answer, in seconds, without `_bucket`. */
    readonly duration: string;
    /** Gauge of when a process started. Absent: counters that fall are a restart, and series begin with the first request. */
    readonly start?: string;
    readonly cacheLabel?: string;
    readonly inFlight?: string;
    readonly timeouts?: string;
    readonly cache?: string;
    readonly databasePool?: { readonly connections: string; readonly maximum: string; readonly waiting: string };
    readonly connectionErrors?: string;
    readonly events?: string;
    readonly logLines?: string;
    readonly cpu?: string;
    readonly memory?: string;
    readonly testersLabel?: string;
}

/** The series of a service; undefined where its pods show none. */
export function podSeriesOf(metrics: ServiceMetrics = defaultMetrics): PodSeries | undefined {
    switch (metrics.kind) {
        case "gateway-alone":
            return undefined;
        case "prometheus":
            return {
                requests: "http_requests_total",
                statusLabel: "code",
                withoutStatus: "refused",
                duration: "http_request_duration_seconds",
                cpu: "process_cpu_seconds_total",
                memory: "process_resident_memory_bytes",
                start: "process_start_time_seconds",
                ...metrics.names,
                ...defined({ testersLabel: metrics.testersLabel }),
            };
        case "opentelemetry": {
            const shows = new Set<string>(metrics.shows);
            return {
                requests: "http_server_request_duration_seconds_count",
                statusLabel: "http_response_status_code",
                withoutStatus: "failed-with-error-type",
                duration: "http_server_request_duration_seconds",
                ...(shows.has("active-requests") ? { inFlight: "http_server_active_requests" } : {}),
                ...(shows.has("cpu") ? { cpu: "process_cpu_time_seconds_total" } : {}),
                ...(shows.has("memory") ? { memory: "process_memory_usage_bytes" } : {}),
                ...defined({ testersLabel: metrics.testersLabel }),
            };
        }
    }
}

/** Label of an answer without a status, in OpenTelemetry's conventions. */
export const errorTypeLabel = "error_type";

/** The series of the histogram's buckets. */
export function bucketsOf({ duration }: Pick<PodSeries, "duration">): string {
    return `${duration}_bucket`;
}

/** The series of the sum of all that the histogram counted, in seconds. */
export function sumOf({ duration }: Pick<PodSeries, "duration">): string {
    return `${duration}_sum`;
}

/** Every counter, in the order in which it is asked for. */
export function countersOf(series: PodSeries): readonly string[] {
    const { requests, timeouts, cache, connectionErrors, events, logLines, cpu } = series;
    return [requests, bucketsOf(series), sumOf(series), timeouts, cache, connectionErrors, events, logLines, cpu].filter((name) => name !== undefined);
}

/** What it means that a process shows no series of requests: with OpenTelemetry that there was no request yet. */
export function absenceOf({ start }: Pick<PodSeries, "start">): "missing" | "none" {
    return start === undefined ? "none" : "missing";
}
