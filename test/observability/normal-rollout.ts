import type { Weight } from "../../rollout/plan/plan.ts";
import { type CaseSeries, ofBackend, ofExporter, ofObject, ofPod, ofStore, ofWatcher } from "../../observability/cases.ts";
import { documented as example } from "../../config/observability-pages.ts";
import { exampleCandidate } from "../../observability/example.ts";
import { minutes } from "../../rollout/gate/gateway-series/promql.ts";
import { backupJobs } from "../../observability/scope.ts";
import { plan } from "../../service/plan.ts";

/** Length of the rollout, in minutes: a dark hour, the steps with their soaks and a little more, and the first hours at full weight. */
export const rolloutMinutes = 300;

/** When the candidate gets each weight, in minutes from the beginning. */
const entered: readonly { readonly weightPercent: Weight; readonly atMinute: number }[] = [
    { weightPercent: 0, atMinute: 0 },
    { weightPercent: 10, atMinute: 60 },
    { weightPercent: 25, atMinute: 80 },
    { weightPercent: 50, atMinute: 115 },
    { weightPercent: 100, atMinute: 150 },
];

/** Moments at which every alert must be quiet: within each step, right after each change, and at the end, in minutes. */
export const quietMinutes: readonly number[] = [59, 62, 75, 82, 95, 110, 117, 135, 148, 152, 165, 240, 295];

/** Requests of the service in a minute. */
const requests = 6_000;
const mebibyte = 2 ** 20;

/** Everything that Prometheus sees of a rollout in which nothing goes wrong: now and then a request fails, a cache is cold, and pods take minutes to start. */
export function normalRollout(): CaseSeries {
    const revisions = [
        { revision: example.stable, share: (minute: number) => 1 - weightAt(minute) / 100, pods: () => 6, ready: () => 6 },
        {
            revision: exampleCandidate,
            share: (minute: number) => weightAt(minute) / 100,
            pods: podsAt,
            ready: (minute: number) => podsAt(Math.max(0, minute - 2)),
        },
    ];
    return Object.assign({}, ...revisions.map(revisionSeries), watcherSeries(), storeSeries(), clusterSeries()) as CaseSeries;
}

interface RevisionHistory {
    readonly revision: string;
    readonly share: (minute: number) => number;
    /** Pods that are wanted. */
    readonly pods: (minute: number) => number;
    readonly ready: (minute: number) => number;
}

function revisionSeries({ revision, share, pods, ready }: RevisionHistory): CaseSeries {
    const counter = (eachMinute: number): string => counted((minute) => eachMinute * share(minute));
    const cold = (minute: number): number => (revision === exampleCandidate && minute < 64 ? 0.9 : 0.97);
    const hits = counted((minute) => requests * share(minute) * cold(minute));
    const misses = counted((minute) => requests * share(minute) * (1 - cold(minute)));
    const buckets = (cache: string, eachMinute: number, upTo: Readonly<Record<string, number>>): CaseSeries => ({
        ...Object.fromEntries(
            Object.entries(upTo).map(([le, ratio]) => [
                ofPod("http_request_duration_seconds_bucket", revision, { route: "feed", cache, le }),
                counter(eachMinute * ratio),
            ]),
        ),
        [ofPod("http_request_duration_seconds_count", revision, { route: "feed", cache })]: counter(eachMinute),
    });
    const deployment = `${example.service}-${revision}`;
    const pod = `${deployment}-6c5f-a`;
    return {
        [ofPod("up", revision)]: gauged(() => 1),
        [ofPod("http_requests_total", revision, { route: "feed", code: "200", cache: "hit" })]: counter(requests * 0.9798),
        [ofPod("http_requests_total", revision, { route: "feed", code: "404", cache: "none" })]: counter(requests * 0.02),
        [ofPod("http_requests_total", revision, { route: "feed", code: "500", cache: "none" })]: counter(requests * 0.0002),
        ...buckets("hit", requests * 0.97, { "0.05": 0.8, "0.075": 0.97, "0.1": 0.99, "0.3": 1, "+Inf": 1 }),
        ...buckets("miss", requests * 0.03, { "0.1": 0.5, "0.2": 0.93, "0.25": 0.98, "0.3": 0.995, "0.5": 1, "+Inf": 1 }),
        [ofPod("http_request_timeouts_total", revision, { route: "feed" })]: counter(requests * 0.00005),
        ...backendSeries(revision, counter),
        [ofPod("cache_requests_total", revision, { result: "hit" })]: hits,
        [ofPod("cache_requests_total", revision, { result: "miss" })]: misses,
        [ofPod("database_pool_connections", revision, { state: "in_use" })]: gauged((minute) => 6 + (minute % 3)),
        [ofPod("database_pool_connections_max", revision)]: gauged(() => 20),
        [ofPod("database_pool_waiting", revision)]: gauged(() => 0),
        [ofPod("database_connection_errors_total", revision)]: gauged(() => 0),
        [ofPod("engagement_events_total", revision, { result: "accepted" })]: counter(600),
        [ofPod("engagement_events_total", revision, { result: "recorded" })]: counter(599.9),
        [ofPod("log_messages_total", revision, { level: "critical" })]: gauged(() => 0),
        [ofPod("log_messages_total", revision, { level: "error" })]: counter(1),
        // A garbage collector at work, with no trend in it.
        [ofPod("process_resident_memory_bytes", revision)]: gauged((minute) => (190 + 5 * Math.sin(minute)) * mebibyte),
        [ofPod("process_cpu_seconds_total", revision)]: counted(() => 5),
        [ofPod("service_info", revision, { version: revision })]: gauged(() => 1),
        [ofObject("kube_pod_container_resource_requests", { pod, container: "api", resource: "cpu", unit: "core" })]: gauged(() => 0.25),
        [ofObject("kube_pod_container_status_restarts_total", { pod, container: "api" })]: gauged(() => 0),
        [ofObject("kube_deployment_spec_replicas", { deployment })]: gauged(pods),
        [ofObject("kube_deployment_status_replicas_available", { deployment })]: gauged(ready),
        [ofObject("kube_horizontalpodautoscaler_status_current_replicas", { horizontalpodautoscaler: deployment })]: gauged(ready),
        [ofObject("kube_horizontalpodautoscaler_spec_max_replicas", { horizontalpodautoscaler: deployment })]: gauged(() => 10),
        [ofObject("kube_horizontalpodautoscaler_status_condition", { horizontalpodautoscaler: deployment, condition: "ScalingActive", status: "false" })]:
            gauged(() => 0),
        [ofObject("kube_poddisruptionbudget_status_current_healthy", { poddisruptionbudget: deployment })]: gauged(ready),
        [ofObject("kube_poddisruptionbudget_status_desired_healthy", { poddisruptionbudget: deployment })]: gauged((minute) => pods(minute) - 1),
    };
}

/** What users got at the gateway: what the pods answered, but for a few connections that were lost on the way. */
function backendSeries(revision: string, counter: (eachMinute: number) => string): CaseSeries {
    const shares: Readonly<Record<string, number>> = { "200": 0.9797, "404": 0.02, "500": 0.0002, "503": 0.0001 };
    const ofClass = (first: string): number => Object.entries(shares).reduce((sum, [status, ratio]) => sum + (status.startsWith(first) ? ratio : 0), 0);
    const upTo = { "25": 0.4, "50": 0.76, "100": 0.976, "250": 0.999, "500": 1, "+Inf": 1 };
    return Object.fromEntries([
        [ofBackend("envoy_cluster_upstream_rq_total", revision), counter(requests)],
        [ofBackend("envoy_cluster_upstream_rq_timeout", revision), counter(requests * 0.00002)],
        ...Object.entries(shares).map(([status, ratio]) => [
            ofBackend("envoy_cluster_upstream_rq", revision, { envoy_response_code: status }),
            counter(requests * ratio),
        ]),
        ...["2", "4", "5"].map((first) => [
            ofBackend("envoy_cluster_upstream_rq_xx", revision, { envoy_response_code_class: first }),
            counter(requests * ofClass(first)),
        ]),
        ...Object.entries(upTo).map(([le, ratio]) => [ofBackend("envoy_cluster_upstream_rq_time_bucket", revision, { le }), counter(requests * ratio)]),
    ]) as CaseSeries;
}

function watcherSeries(): CaseSeries {
    const required = (minute: number): number => minutes(plan.steps.find(({ weightPercent }) => weightPercent === weightAt(minute))?.soakMinutes ?? 0);
    const passes = (minute: number): number => (soakedMinutes(minute) >= 5 ? 1 : 0);
    return {
        [ofWatcher("rollout_step_weight_percent")]: gauged(weightAt),
        [ofWatcher("rollout_observed_share_ratio")]: gauged((minute) => (weightAt(minute) === 100 ? 1 : (weightAt(minute) / 100) * 0.99)),
        [ofWatcher("rollout_verdict", { verdict: "pass" })]: gauged(passes),
        [ofWatcher("rollout_verdict", { verdict: "hold" })]: gauged((minute) => 1 - passes(minute)),
        [ofWatcher("rollout_verdict", { verdict: "rollback" })]: gauged(() => 0),
        [ofWatcher("rollout_soak_seconds")]: gauged((minute) => minutes(soakedMinutes(minute))),
        [ofWatcher("rollout_soak_required_seconds")]: gauged(required),
        [ofWatcher("rollout_hold_seconds")]: gauged(() => 0),
        [ofWatcher("rollout_hold_limit_seconds")]: gauged(() => minutes(30)),
        [ofWatcher("rollout_blind_seconds")]: gauged(() => 0),
        [ofWatcher("rollout_blind_limit_seconds")]: gauged(() => minutes(5)),
        [ofWatcher("rollout_alarm_blind_seconds")]: gauged(() => 0),
        [ofWatcher("rollout_rollback_failed")]: gauged(() => 0),
        [ofWatcher("rollout_approvals_missing")]: gauged((minute) => (soakedMinutes(minute) < 10 && weightAt(minute) >= 25 ? 2 : 0)),
        [ofWatcher("rollout_ledger_valid")]: gauged(() => 1),
        [ofWatcher("rollout_status_update_timestamp_seconds")]: gauged((minute) => minutes(minute - (minute % 15))),
        [ofWatcher("rollout_watch_heartbeat_timestamp_seconds")]: gauged((minute) => minutes(minute)),
    };
}

function storeSeries(): CaseSeries {
    const { jobs, database } = example;
    const [one, nothing] = [gauged(() => 1), gauged(() => 0)];
    const topic = { topic: "video-ranking.engagement-events", partition: "0" };
    return {
        ...Object.fromEntries(
            [0, 1, 2].flatMap((index): readonly (readonly [string, string])[] => {
                const pod = `video-ranking-stores-redis-${String(index)}`;
                return [
                    [ofStore("up", jobs.redis, pod), one],
                    [ofStore("redis_up", jobs.redis, pod), one],
                    [ofStore("redis_instance_info", jobs.redis, pod, { role: index === 0 ? "master" : "slave" }), one],
                    [ofStore("redis_aof_last_write_status", jobs.redis, pod), one],
                    [ofStore("redis_rejected_connections_total", jobs.redis, pod), nothing],
                    [ofStore("redis_evicted_keys_total", jobs.redis, pod), counted(() => 120)],
                    ...(index === 0 ? [] : [[ofStore("redis_master_link_up", jobs.redis, pod), one] as const]),
                ];
            }),
        ),
        [ofExporter("pg_up", jobs.postgres)]: one,
        [ofExporter("pg_stat_activity_count", jobs.postgres, { datname: database, state: "idle" })]: gauged(() => 60),
        [ofExporter("pg_settings_max_connections", jobs.postgres)]: gauged(() => 200),
        [ofExporter("pg_replication_lag_seconds", jobs.postgres)]: gauged(() => 0.2),
        [ofExporter("pg_stat_database_xact_commit", jobs.postgres, { datname: database })]: counted(() => 3_000),
        [ofExporter("pg_stat_database_xact_rollback", jobs.postgres, { datname: database })]: counted(() => 6),
        [ofExporter("pg_stat_database_deadlocks", jobs.postgres, { datname: database })]: nothing,
        [ofExporter("kafka_brokers", jobs.kafka)]: gauged(() => 3),
        [ofExporter("kafka_topic_partition_in_sync_replica", jobs.kafka, topic)]: gauged(() => 3),
        [ofExporter("kafka_topic_partition_under_replicated_partition", jobs.kafka, topic)]: nothing,
        [ofExporter("kafka_consumergroup_lag", jobs.kafka, { ...topic, consumergroup: "video-ranking-features" })]: gauged((minute) => 200 + (minute % 7) * 40),
        [ofExporter("kafka_consumergroup_members", jobs.kafka, { consumergroup: "video-ranking-features" })]: gauged(() => 6),
        [ofStore("up", jobs.clickhouse, "shard-0-0")]: one,
        [ofStore("ClickHouseMetrics_ReadonlyReplica", jobs.clickhouse, "shard-0-0")]: nothing,
        [ofStore("ClickHouseProfileEvents_RejectedInserts", jobs.clickhouse, "shard-0-0")]: nothing,
        [ofStore("ClickHouseProfileEvents_DelayedInserts", jobs.clickhouse, "shard-0-0")]: nothing,
        [ofStore("ClickHouseAsyncMetrics_MaxPartCountForPartition", jobs.clickhouse, "shard-0-0")]: gauged(() => 40),
        [ofStore("ClickHouseAsyncMetrics_ReplicasMaxAbsoluteDelay", jobs.clickhouse, "shard-0-0")]: gauged(() => 1),
    };
}

function clusterSeries(): CaseSeries {
    const [one, nothing] = [gauged(() => 1), gauged(() => 0)];
    const claim = { persistentvolumeclaim: "data-video-ranking-stores-redis-0" };
    const group = { rule_group: "rules.yaml;video-ranking-slo" };
    const { prometheus, alertmanager } = example.jobs;
    return {
        [ofObject("kube_statefulset_replicas", { statefulset: "video-ranking-stores-redis" })]: gauged(() => 3),
        [ofObject("kube_statefulset_status_replicas_ready", { statefulset: "video-ranking-stores-redis" })]: gauged(() => 3),
        [ofObject("kube_statefulset_status_replicas_ready", { statefulset: "video-ranking-stores-clickhouse-shard-0" })]: gauged(() => 2),
        [ofObject("kube_statefulset_status_replicas_ready", { statefulset: "video-ranking-stores-clickhouse-keeper" })]: gauged(() => 3),
        [ofObject("kube_cronjob_spec_suspend", { cronjob: "video-ranking-backup" })]: nothing,
        ...Object.fromEntries(
            Object.values(backupJobs(example))
                .flat()
                .map((cronjob) => [ofObject("kube_cronjob_status_last_successful_time", { cronjob }), one] as const),
        ),
        [ofObject("kubelet_volume_stats_available_bytes", claim)]: gauged((minute) => 3e9 - minute * 1_000),
        [ofObject("kubelet_volume_stats_capacity_bytes", claim)]: gauged(() => 4e9),
        [ofExporter("certmanager_certificate_expiration_timestamp_seconds", "cert-manager", { name: "video-ranking-tls" })]: gauged(() => 60 * 86_400),
        [ofExporter("certmanager_certificate_ready_status", "cert-manager", { name: "video-ranking-tls", condition: "True" })]: one,
        [ofExporter("prometheus_rule_evaluation_failures_total", prometheus, group)]: nothing,
        [ofExporter("prometheus_rule_group_last_duration_seconds", prometheus, group)]: gauged(() => 0.1),
        [ofExporter("prometheus_rule_group_interval_seconds", prometheus, group)]: gauged(() => 30),
        [ofExporter("prometheus_notifications_errors_total", prometheus, { alertmanager: "am-0" })]: nothing,
        [ofExporter("prometheus_notifications_sent_total", prometheus, { alertmanager: "am-0" })]: counted(() => 4),
        [ofExporter("prometheus_config_last_reload_successful", prometheus)]: one,
        [ofExporter("alertmanager_notifications_failed_total", alertmanager, { integration: "pagerduty", reason: "other" })]: nothing,
        [ofExporter("alertmanager_notifications_total", alertmanager, { integration: "pagerduty" })]: counted(() => 1),
        [ofExporter("alertmanager_config_last_reload_successful", alertmanager)]: one,
    };
}

/** Weight of the candidate at a minute, in percent. */
function weightAt(minute: number): Weight {
    return entered.findLast(({ atMinute }) => minute >= atMinute)?.weightPercent ?? 0;
}

function soakedMinutes(minute: number): number {
    return minute - (entered.findLast(({ atMinute }) => minute >= atMinute)?.atMinute ?? 0);
}

/** Pods of the candidate: the plan's for the step, made five minutes before its weight moves. */
function podsAt(minute: number): number {
    const next = weightAt(minute + 5);
    return plan.steps.find(({ weightPercent }) => weightPercent === next)?.candidateReplicas ?? 1;
}

/** Values minute by minute. */
function gauged(valueAt: (minute: number) => number): string {
    return Array.from({ length: rolloutMinutes + 1 }, (_, minute) => String(valueAt(minute))).join(" ");
}

/** A counter by its growth in each minute. */
function counted(growthIn: (minute: number) => number): string {
    let total = 0;
    return gauged((minute) => (total += growthIn(minute)));
}
