import { type Matchers, duration, like, minutes, select } from "./promql.ts";
import type { Recording, RuleGroup } from "./rule.ts";
import { type Scope, ofService } from "./scope.ts";

/** Window of what is judged as it happens, in seconds. At a scrape each 15 s it holds 20 samples, so that two lost ones change little. */
export const rateWindowSeconds = minutes(5);
/** Window of what is counted for comparisons, in seconds: long enough for a few hundred requests of a canary. */
export const countWindowSeconds = minutes(10);
/** Window of a trend of memory, in seconds: shorter ones show a garbage collector at work. */
export const trendWindowSeconds = minutes(60);

/** Names of the recorded series. Each carries `namespace`, `service` and, where it is about a revision, `revision`. */
export const recorded = {
    requests: "revision:http_requests:rate5m",
    failed: "revision:http_requests_failed:rate5m",
    errorRatio: "revision:http_requests_failed:ratio_rate5m",
    requestCount: "revision:http_requests:increase10m",
    failedCount: "revision:http_requests_failed:increase10m",
    p95: "revision:http_request_duration_seconds:p95_rate5m",
    /** With `cache` too. */
    p95ByCache: "revision_cache:http_request_duration_seconds:p95_rate5m",
    cacheHitRatio: "revision:cache_lookups_found:ratio_rate5m",
    cacheLookupCount: "revision:cache_lookups:increase10m",
    timeoutRatio: "revision:http_request_timeouts:ratio_rate5m",
    cpuUtilisation: "revision:process_cpu:utilisation_rate5m",
    memory: "revision:process_resident_memory_bytes:max",
    memoryGrowth: "revision:process_resident_memory_bytes:growth_per_hour1h",
    poolUtilisation: "revision:database_pool_connections:utilisation",
    connectionErrorCount: "revision:database_connection_errors:increase5m",
    criticalLineCount: "revision:log_messages_critical:increase5m",
    eventsRecorded: "revision:engagement_events_recorded:ratio_increase10m",
    availability: "service:http_requests_answered:ratio_rate5m",
} as const;

/** What is known of each revision, evaluated once and read by alerts. */
export function revisionRecordings(scope: Scope): RuleGroup {
    const own = ofService(scope);
    const by = "by (namespace, service, revision)";
    const sum = (metric: string, matchers: Matchers, how: "rate" | "increase", windowSeconds: number): string =>
        `sum ${by} (${how}(${select(metric, { ...own, ...matchers }, windowSeconds)}))`;
    const rate = (metric: string, matchers: Matchers = {}): string => sum(metric, matchers, "rate", rateWindowSeconds);
    const count = (metric: string, matchers: Matchers = {}): string => sum(metric, matchers, "increase", countWindowSeconds);
    const quantile = (labels: string): string =>
        `histogram_quantile(0.95, sum by (${labels}, le) (rate(${select("http_request_duration_seconds_bucket", own, rateWindowSeconds)})))`;
    const requested = select("kube_pod_container_resource_requests", { namespace: scope.namespace, container: "api", resource: "cpu" });
    const failed = { code: like("5..") };

    const recordings: readonly Recording[] = [
        { record: recorded.requests, expression: rate("http_requests_total") },
        { record: recorded.failed, expression: rate("http_requests_total", failed) },
        { record: recorded.errorRatio, expression: `${select(recorded.failed, own)} / ${select(recorded.requests, own)}` },
        { record: recorded.requestCount, expression: count("http_requests_total") },
        { record: recorded.failedCount, expression: count("http_requests_total", failed) },
        { record: recorded.p95, expression: quantile("namespace, service, revision") },
        { record: recorded.p95ByCache, expression: quantile("namespace, service, revision, cache") },
        {
            record: recorded.cacheHitRatio,
            expression: `${rate("cache_requests_total", { result: "hit" })} / ${rate("cache_requests_total", { result: like("hit|miss") })}`,
        },
        { record: recorded.cacheLookupCount, expression: count("cache_requests_total", { result: like("hit|miss") }) },
        { record: recorded.timeoutRatio, expression: `${rate("http_request_timeouts_total")} / ${rate("http_requests_total")}` },
        {
            record: recorded.cpuUtilisation,
            expression: [
                rate("process_cpu_seconds_total"),
                `/ sum ${by} (max by (namespace, service, revision, pod) (${select("service_info", own)})`,
                `* on (namespace, pod) group_left () max by (namespace, pod) (${requested}))`,
            ].join(" "),
        },
        { record: recorded.memory, expression: `max ${by} (${select("process_resident_memory_bytes", own)})` },
        {
            record: recorded.memoryGrowth,
            expression: `max ${by} (deriv(${select("process_resident_memory_bytes", own, trendWindowSeconds)})) * 3600`,
        },
        {
            record: recorded.poolUtilisation,
            expression: [
                `max ${by} (sum by (namespace, service, revision, pod) (${select("database_pool_connections", { ...own, state: "in_use" })})`,
                `/ sum by (namespace, service, revision, pod) (${select("database_pool_connections_max", own)}))`,
            ].join(" "),
        },
        { record: recorded.connectionErrorCount, expression: sum("database_connection_errors_total", {}, "increase", rateWindowSeconds) },
        { record: recorded.criticalLineCount, expression: sum("log_messages_total", { level: "critical" }, "increase", rateWindowSeconds) },
        {
            record: recorded.eventsRecorded,
            expression: `${count("engagement_events_total", { result: "recorded" })} / ${count("engagement_events_total", { result: "accepted" })}`,
        },
        {
            record: recorded.availability,
            expression: `1 - sum by (namespace, service) (${select(recorded.failed, own)}) / sum by (namespace, service) (${select(recorded.requests, own)})`,
        },
    ];
    return { name: "recordings", title: "What each revision does", intervalSeconds: 15, recordings, alerts: [] };
}

/** Name of the bad-event ratio of an objective over a window. */
export function badRatio(windowSeconds: number): string {
    return `slo:bad_events:ratio_rate${duration(windowSeconds)}`;
}
