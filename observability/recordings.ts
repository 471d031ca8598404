import { withoutTesters } from "./audience.ts";
import { type Matchers, like, select } from "../rollout/gate/gateway-series/promql.ts";
import { countWindowSeconds, rateWindowSeconds, recorded, trendWindowSeconds } from "./recorded.ts";
import { requestRecordings } from "./request-recordings.ts";
import type { Recording, RuleGroup } from "./rule.ts";
import { type Scope, ofService } from "./scope.ts";

/** What is known of each revision, evaluated once and read by alerts. */
export function revisionRecordings(scope: Scope): RuleGroup {
    const own = ofService(scope);
    const by = "by (namespace, service, revision)";
    const sum = (metric: string, matchers: Matchers, how: "rate" | "increase", windowSeconds: number): string =>
        `sum ${by} (${how}(${select(metric, { ...own, ...withoutTesters(metric), ...matchers }, windowSeconds)}))`;
    const rate = (metric: string, matchers: Matchers = {}): string => sum(metric, matchers, "rate", rateWindowSeconds);
    const count = (metric: string, matchers: Matchers = {}): string => sum(metric, matchers, "increase", countWindowSeconds);
    const buckets = "http_request_duration_seconds_bucket";
    const requested = select("kube_pod_container_resource_requests", { namespace: scope.namespace, container: "api", resource: "cpu" });

    const recordings: readonly Recording[] = [
        ...requestRecordings(scope),
        {
            record: recorded.p95ByCache,
            expression: `histogram_quantile(0.95, sum by (namespace, service, revision, cache, le) (rate(${select(buckets, { ...own, ...withoutTesters(buckets) }, rateWindowSeconds)})))`,
        },
        {
            record: recorded.cacheHitRatio,
            expression: `${rate("cache_requests_total", { result: "hit" })} / ${rate("cache_requests_total", { result: like("hit|miss") })}`,
        },
        { record: recorded.cacheLookupCount, expression: count("cache_requests_total", { result: like("hit|miss") }) },
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
    ];
    return { name: "recordings", title: "What each revision does", intervalSeconds: 15, recordings, alerts: [] };
}
