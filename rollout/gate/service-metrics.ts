import { z } from "zod";

/** What the pods of a service say of themselves, and what it is called. What users got, the gateway says: the stack's `metrics.gateway`. */
export type ServiceMetrics = PrometheusMetrics | OpenTelemetryMetrics | GatewayAlone;

/** The pods count themselves, with names of their own. Each process shows when it started. */
export interface PrometheusMetrics {
    readonly kind: "prometheus";
    readonly names?: MetricNames;
    /** Label whose value `testers` marks what testers and probes asked: such series are left out. @default none: their requests count with those of users */
    readonly testersLabel?: string;
}

/** Names of metrics. What has no default is shown only where it is named, and no criterion may need it elsewhere. */
export interface MetricNames {
    /** Counter of answered requests. @default "http_requests_total" */
    readonly requests?: string;
    /** Its label with the status. @default "code" */
    readonly statusLabel?: string;
    /** Histogram of the time to answer, in seconds, without `_bucket`. @default "http_request_duration_seconds" */
    readonly duration?: string;
    /** Label of the histogram with `hit` and `miss`: whether a cache answered. */
    readonly cacheLabel?: string;
    /** Gauge of requests under way: the quick detector sees by it what hangs. */
    readonly inFlight?: string;
    /** Counter of requests that ran into a time limit. */
    readonly timeouts?: string;
    /** Counter of lookups in a cache, with the label `result`: `hit`, `miss` or `error`. */
    readonly cache?: string;
    readonly databasePool?: {
        /** Gauge with the label `state`, of which `in_use` is read. */
        readonly connections: string;
        /** Gauge: size of the pool. */
        readonly maximum: string;
        /** Gauge: requests that wait for a connection. */
        readonly waiting: string;
    };
    /** Counter of connections to the database that could not be made, or broke. */
    readonly connectionErrors?: string;
    /** Counter of events that users sent, with the label `result`: `accepted`, `recorded` or `failed`. */
    readonly events?: string;
    /** Counter of lines written to the log, with the label `level`, of which `critical` is read. */
    readonly logLines?: string;
    /** Counter of CPU seconds. @default "process_cpu_seconds_total" */
    readonly cpu?: string;
    /** Gauge of memory, in bytes. @default "process_resident_memory_bytes" */
    readonly memory?: string;
    /** Gauge of when the process started, in seconds since 1970. @default "process_start_time_seconds" */
    readonly start?: string;
}

/** What an OpenTelemetry service may show besides its HTTP server's histogram. */
const openTelemetryParts = ["active-requests", "cpu", "memory"] as const;

/**
 * The pods keep OpenTelemetry's semantic conventions for HTTP servers, in the names that a Prometheus exporter makes of them: `http.server.request.duration` is
 * `http_server_request_duration_seconds`, with the label `http_response_status_code`. An answer without a status counts as failed where it has an `error_type`.
 *
 * Series begin with the first request, and no metric says when a process started: counters that fall are a restart.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/http/http-metrics/
 * @see https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/
 */
export interface OpenTelemetryMetrics {
    readonly kind: "opentelemetry";
    /**
     * What the service shows besides: `active-requests` is `http_server_active_requests`, `cpu` is `process_cpu_time_seconds_total` and `memory` is
     * `process_memory_usage_bytes`.
     *
     * @default none
     */
    readonly shows?: readonly (typeof openTelemetryParts)[number][];
    /** As {@link PrometheusMetrics.testersLabel}. @default none */
    readonly testersLabel?: string;
}

/** The pods show nothing. Requests are judged by the gateway's view alone, which the stack may then not waive. */
export interface GatewayAlone {
    readonly kind: "gateway-alone";
}

/** Of a profile that says nothing of its metrics. */
export const defaultMetrics: ServiceMetrics = { kind: "gateway-alone" };

const name = z.string().regex(/^[a-zA-Z_:][a-zA-Z0-9_:]*$/, "is no name of a metric or a label");

/** {@link ServiceMetrics} as JSON. */
export const serviceMetricsSchema: z.ZodType<ServiceMetrics> = z.discriminatedUnion("kind", [
    z.strictObject({
        kind: z.literal("prometheus"),
        names: z
            .strictObject({
                requests: name.exactOptional(),
                statusLabel: name.exactOptional(),
                duration: name.exactOptional(),
                cacheLabel: name.exactOptional(),
                inFlight: name.exactOptional(),
                timeouts: name.exactOptional(),
                cache: name.exactOptional(),
                databasePool: z.strictObject({ connections: name, maximum: name, waiting: name }).exactOptional(),
                connectionErrors: name.exactOptional(),
                events: name.exactOptional(),
                logLines: name.exactOptional(),
                cpu: name.exactOptional(),
                memory: name.exactOptional(),
                start: name.exactOptional(),
            })
            .exactOptional(),
        testersLabel: name.exactOptional(),
    }),
    z.strictObject({
        kind: z.literal("opentelemetry"),
        shows: z.array(z.enum(openTelemetryParts)).exactOptional(),
        testersLabel: name.exactOptional(),
    }),
    z.strictObject({ kind: z.literal("gateway-alone") }),
]);
