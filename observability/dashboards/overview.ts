import { gatewaySeries } from "../../rollout/gate/gateway-series/series.ts";
import { like } from "../../rollout/gate/gateway-series/promql.ts";
import type { Scope } from "../scope.ts";
import { madeOfObjective } from "../slo.ts";
import { baselineLines } from "./lines.ts";
import { usersPanels } from "./overview-users.ts";
import type { DashboardSpec, PanelSpec } from "./panel.ts";
import { promises } from "./promises.ts";
import { own, percentile, rate, share, sumBy } from "./queries.ts";
import { serviceVariables } from "./variables.ts";

/** The service as users meet it: promises first, then what they are made of. */
export function overview(scope: Pick<Scope, "gateway" | "profile">): DashboardSpec {
    const atGateway = gatewaySeries(scope.gateway);
    return {
        name: "overview",
        title: "overview",
        description: "What users are promised and what they get, and what the service is short of.",
        from: "now-6h",
        variables: serviceVariables("http_requests_total"),
        marksSteps: true,
        rows: [
            { title: "Promises, over all that is shown", panels: promises(scope, atGateway) },
            {
                title: "Requests: users at the gateway, and what the pods say",
                panels: [
                    ...(atGateway === undefined ? [] : usersPanels(scope, atGateway)),
                    {
                        kind: "timeseries",
                        title: "Requests by route",
                        description: "Requests each second, by the pods. A route that falls to nothing is broken before it, or its callers are.",
                        unit: "reqps",
                        queries: [{ expression: sumBy("route", rate(own("http_requests_total"))), legend: "{{route}}" }],
                        runbook: "ServiceReceivesNoRequests",
                    },
                    {
                        kind: "timeseries",
                        title: "Failed by revision, by the pods",
                        description: "Share of requests that the pods answered with 500 to 599. The line is the baseline: above it no rollout begins.",
                        unit: "percentunit",
                        lines: baselineLines(scope, "error-ratio"),
                        queries: [
                            {
                                expression: share("revision", rate(own("http_requests_total", { code: like("5..") })), rate(own("http_requests_total"))),
                                legend: "{{revision}}",
                            },
                        ],
                        runbook: "AvailabilityBudgetBurnsFast",
                    },
                    {
                        kind: "timeseries",
                        title: "Failed requests by route",
                        description: "The same by route: it mostly points at the store that is at fault.",
                        unit: "percentunit",
                        queries: [
                            {
                                expression: share("route", rate(own("http_requests_total", { code: like("5..") })), rate(own("http_requests_total"))),
                                legend: "{{route}}",
                            },
                        ],
                        runbook: "StableErrorsAboveBaseline",
                    },
                    latency(scope, "hit", "Time to answer from the cache", "CachedLatencyBudgetBurnsFast"),
                    latency(scope, "miss", "Time to answer past the cache", "UncachedLatencyBudgetBurnsFast"),
                    {
                        kind: "timeseries",
                        title: "Timeouts by route",
                        description: "Requests each second that ran into a time limit of the service or of something it calls.",
                        unit: "reqps",
                        queries: [{ expression: sumBy("route", rate(own("http_request_timeouts_total"))), legend: "{{route}}" }],
                        runbook: "CandidateTimeoutsAboveGate",
                    },
                ],
            },
            {
                title: "What it depends on",
                panels: [
                    {
                        kind: "timeseries",
                        title: "Cache hits by revision",
                        description: "Share of lookups that found something. Each percent less is a fifth more load on the stores, at a hit ratio of 95 %.",
                        unit: "percentunit",
                        lines: baselineLines(scope, "cache-hit-ratio"),
                        wellIs: "above",
                        queries: [
                            {
                                expression: share(
                                    "revision",
                                    rate(own("cache_requests_total", { result: "hit" })),
                                    rate(own("cache_requests_total", { result: like("hit|miss") })),
                                ),
                                legend: "{{revision}}",
                            },
                        ],
                        runbook: "CacheHitsBudgetBurnsFast",
                    },
                    {
                        kind: "timeseries",
                        title: "Connections to the database",
                        description: "Connections in use, and requests that wait for one. Waiting is what users feel.",
                        unit: "short",
                        queries: [
                            { expression: sumBy("revision", own("database_pool_connections", { state: "in_use" })), legend: "{{revision}} in use" },
                            { expression: sumBy("revision", own("database_pool_waiting")), legend: "{{revision}} waiting" },
                        ],
                        runbook: "CandidateDatabasePoolFills",
                    },
                    {
                        kind: "timeseries",
                        title: "Engagement events",
                        description:
                            "Events each second that users sent, that Kafka confirmed, and that were lost. The first two lie on each other where all is well.",
                        unit: "ops",
                        queries: [{ expression: sumBy("result", rate(own("engagement_events_total"))), legend: "{{result}}" }],
                        runbook: "CandidateEventsNotRecorded",
                    },
                ],
            },
            {
                title: "Pods",
                panels: [
                    {
                        kind: "timeseries",
                        title: "CPU by revision",
                        description: "Cores in use. Compare with requests: a revision that needs more for the same load costs more.",
                        unit: "short",
                        queries: [{ expression: sumBy("revision", rate(own("process_cpu_seconds_total"))), legend: "{{revision}}" }],
                        runbook: "StableCpuAboveBaseline",
                    },
                    {
                        kind: "timeseries",
                        title: "Memory of the fullest pod",
                        description: "Resident memory. The line is the baseline; the limit, at which a pod is killed, lies a third higher.",
                        unit: "bytes",
                        lines: baselineLines(scope, "memory"),
                        queries: [{ expression: `max by (revision) (${own("process_resident_memory_bytes")})`, legend: "{{revision}}" }],
                        runbook: "StableMemoryAboveBaseline",
                    },
                    {
                        kind: "timeseries",
                        title: "Log lines by level",
                        description: "Lines each second. Critical ones hold a rollout.",
                        unit: "cps",
                        queries: [
                            { expression: sumBy("level", rate(own("log_messages_total", { level: like("warning|error|critical") }))), legend: "{{level}}" },
                        ],
                        runbook: "CandidateLogsCriticalLines",
                        linksToLog: true,
                    },
                ],
            },
        ],
    };
}

function latency(scope: Pick<Scope, "profile">, cache: "hit" | "miss", title: string, runbook: string): PanelSpec {
    const lines = madeOfObjective(scope, `latency-${cache}`, ({ boundSeconds = 0 }) => ({ value: boundSeconds, meaning: "limit" }) as const);
    const buckets = own("http_request_duration_seconds_bucket", { cache });
    return {
        kind: "timeseries",
        title,
        description: "Median, 95th and 99th percentile of both revisions together. The line is what 95 of 100 answers were promised.",
        unit: "s",
        lines,
        queries: [
            { expression: percentile(0.95, "", buckets), legend: "p95" },
            { expression: percentile(0.5, "", buckets), legend: "p50" },
            { expression: percentile(0.99, "", buckets), legend: "p99" },
        ],
        runbook,
    };
}
