import { duration, minutes } from "../rollout/gate/gateway-series/promql.ts";

/** Window of what is judged as it happens, in seconds. At a scrape each 15 s it holds 20 samples, so that two lost ones change little. */
export const rateWindowSeconds = minutes(5);
/** Window of what is counted for comparisons, in seconds: long enough for a few hundred requests of a canary. */
export const countWindowSeconds = minutes(10);
/** Window of a trend of memory, in seconds: shorter ones show a garbage collector at work. */
export const trendWindowSeconds = minutes(60);

/**
 * Names of the recorded series. Each carries `namespace`, `service` and, where it is about a revision, `revision`. What both count, the gateway and the pods,
 * carries `view` too: a sum over it would count each request twice.
 */
export const recorded = {
    /** With `view`, as all up to `availability`. */
    requests: "revision:http_requests:rate5m",
    failed: "revision:http_requests_failed:rate5m",
    errorRatio: "revision:http_requests_failed:ratio_rate5m",
    requestCount: "revision:http_requests:increase10m",
    failedCount: "revision:http_requests_failed:increase10m",
    /** With `status` too. */
    clientErrorCount: "revision:http_client_errors:increase10m",
    p95: "revision:http_request_duration_seconds:p95_rate5m",
    timeoutRatio: "revision:http_request_timeouts:ratio_rate5m",
    availability: "service:http_requests_answered:ratio_rate5m",
    /** By the pods alone, with `cache`: the gateway does not know what was a hit. */
    p95ByCache: "revision_cache:http_request_duration_seconds:p95_rate5m",
    cacheHitRatio: "revision:cache_lookups_found:ratio_rate5m",
    cacheLookupCount: "revision:cache_lookups:increase10m",
    cpuUtilisation: "revision:process_cpu:utilisation_rate5m",
    memory: "revision:process_resident_memory_bytes:max",
    memoryGrowth: "revision:process_resident_memory_bytes:growth_per_hour1h",
    poolUtilisation: "revision:database_pool_connections:utilisation",
    connectionErrorCount: "revision:database_connection_errors:increase5m",
    criticalLineCount: "revision:log_messages_critical:increase5m",
    eventsRecorded: "revision:engagement_events_recorded:ratio_increase10m",
} as const;

/** Name of the bad-event ratio of an objective over a window. */
export function badRatio(windowSeconds: number): string {
    return `slo:bad_events:ratio_rate${duration(windowSeconds)}`;
}
