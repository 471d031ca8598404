import { like } from "../../rollout/gate/gateway-series/promql.ts";
import { gateLines } from "./lines.ts";
import type { PanelQuery, PanelSpec, RowSpec } from "./panel.ts";
import { ofNamespace, own, rate, sumBy } from "./queries.ts";
import type { Scope } from "../scope.ts";

/** What the candidate does to the stores, and how its pods do. */
export function candidateRows(scope: Pick<Scope, "profile">): readonly RowSpec[] {
    return [
        {
            title: "Stores",
            panels: [
                {
                    kind: "timeseries",
                    title: "Cache hits",
                    description: "Share of lookups that found something. A new revision begins cold and catches up within the entries' time to live.",
                    unit: "percentunit",
                    queries: [
                        ...both(
                            (revision) =>
                                `sum(${rate(own("cache_requests_total", { revision, result: "hit" }))}) / sum(${rate(own("cache_requests_total", { revision, result: like("hit|miss") }))})`,
                        ),
                        ...gateLines(scope, "cache-hit-ratio"),
                    ],
                    runbook: "CandidateCacheHitsBelowStable",
                },
                {
                    kind: "timeseries",
                    title: "Database pool of the fullest pod",
                    description: "Connections in use over the size of the pool.",
                    unit: "percentunit",
                    queries: [
                        ...both(
                            (revision) =>
                                `max(sum by (pod) (${own("database_pool_connections", { revision, state: "in_use" })}) / sum by (pod) (${own("database_pool_connections_max", { revision })}))`,
                        ),
                        ...gateLines(scope, "database-pool-utilisation"),
                    ],
                    runbook: "CandidateDatabasePoolFills",
                },
                {
                    kind: "timeseries",
                    title: "Engagement events recorded",
                    description: "Share of accepted events that Kafka confirmed. What is missing is lost.",
                    unit: "percentunit",
                    queries: [
                        ...both(
                            (revision) =>
                                `sum(${rate(own("engagement_events_total", { revision, result: "recorded" }))}) / sum(${rate(own("engagement_events_total", { revision, result: "accepted" }))})`,
                        ),
                        ...gateLines(scope, "events-recorded"),
                    ],
                    runbook: "CandidateEventsNotRecorded",
                },
            ],
        },
        {
            title: "Pods",
            panels: [
                {
                    kind: "timeseries",
                    title: "CPU for each request",
                    description: "Seconds of CPU for a request. More is a price that is paid at every step.",
                    unit: "s",
                    queries: both(
                        (revision) => `sum(${rate(own("process_cpu_seconds_total", { revision }))}) / sum(${rate(own("http_requests_total", { revision }))})`,
                    ),
                    runbook: "CandidateCpuAboveGate",
                },
                {
                    kind: "timeseries",
                    title: "Memory of the fullest pod",
                    description: "Resident memory. What rises hour after hour is a leak.",
                    unit: "bytes",
                    queries: [...both((revision) => `max(${own("process_resident_memory_bytes", { revision })})`), ...gateLines(scope, "memory")],
                    runbook: "CandidateMemoryGrows",
                },
                {
                    kind: "timeseries",
                    title: "Available pods",
                    description: "Pods of each revision. The line is what the stable revision needs to take over all traffic.",
                    unit: "short",
                    lines: [{ value: scope.profile.plan.fullReplicas, meaning: "caution" }],
                    wellIs: "above",
                    queries: [
                        {
                            expression: `max by (deployment) (${ofNamespace("kube_deployment_status_replicas_available", { deployment: like("$service-($stable|$candidate)") })})`,
                            legend: "{{deployment}}",
                        },
                    ],
                    runbook: "StableCapacityBelowPlan",
                },
                {
                    kind: "timeseries",
                    title: "Restarts",
                    width: 12,
                    description: "Restarts of containers within five minutes. One holds the step; three within ten minutes roll the candidate back.",
                    unit: "short",
                    queries: [
                        {
                            expression: sumBy(
                                "pod",
                                `increase(${ofNamespace("kube_pod_container_status_restarts_total", { container: "api" })}[$__rate_interval])`,
                            ),
                            legend: "{{pod}}",
                        },
                    ],
                    runbook: "CandidateCrashLoops",
                },
                {
                    kind: "timeseries",
                    title: "Lost connections to the database",
                    width: 12,
                    description: "Connections that could not be made or broke, each second.",
                    unit: "cps",
                    queries: both((revision) => `sum(${rate(own("database_connection_errors_total", { revision }))})`),
                    runbook: "CandidateDatabaseConnectionsFail",
                },
            ],
        },
        {
            title: "Log",
            panels: [
                {
                    kind: "timeseries",
                    title: "Critical lines",
                    description: "Lines each second. One is enough to hold the step.",
                    unit: "cps",
                    queries: both((revision) => `sum(${rate(own("log_messages_total", { revision, level: "critical" }))})`),
                    runbook: "CandidateLogsCriticalLines",
                    linksToLog: true,
                },
                lines("The candidate's lines by level", "$candidate", "CandidateLogsCriticalLines"),
                lines("The stable revision's lines by level", "$stable", "StableLogsCriticalLines"),
            ],
        },
    ];
}

/** Lines that say that something is wrong: what the service counts, so that it is seen where no log is collected. */
function lines(title: string, revision: string, runbook: string): PanelSpec {
    return {
        kind: "timeseries",
        title,
        description: "Lines each second that say that something is wrong. Compare both revisions: what only the candidate writes is new.",
        unit: "cps",
        queries: [{ expression: sumBy("level", rate(own("log_messages_total", { revision, level: like("warning|error|critical") }))), legend: "{{level}}" }],
        runbook,
        linksToLog: true,
    };
}

/** The same of both revisions, so that they share an axis. */
export function both(expression: (revision: string) => string): readonly [PanelQuery, PanelQuery] {
    return [
        { expression: expression("${stable}"), legend: "stable ($stable)" },
        { expression: expression("${candidate}"), legend: "candidate ($candidate)" },
    ];
}
