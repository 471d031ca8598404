import { metricsOf } from "./metric.ts";

/** Labels that the scrape of the service's pods adds. docs/service-contract.md, 'Labels that the scrape adds'. */
export const serviceLabels = ["namespace", "pod", "service", "revision", "job", "instance"] as const;

/** The service's own metrics. docs/service-contract.md, 'Metrics': a test keeps the two the same. */
export const serviceMetrics = metricsOf("service", serviceLabels, {
    http_requests_total: ["counter", "route", "code", "cache", "audience"],
    http_request_duration_seconds: ["histogram", "route", "cache", "audience"],
    http_requests_in_flight: ["gauge", "audience"],
    http_request_timeouts_total: ["counter", "route", "audience"],
    cache_requests_total: ["counter", "result", "audience"],
    database_pool_connections: ["gauge", "state"],
    database_pool_connections_max: ["gauge"],
    database_pool_waiting: ["gauge"],
    database_connection_errors_total: ["counter", "audience"],
    engagement_events_total: ["counter", "result", "audience"],
    log_messages_total: ["counter", "level", "audience"],
    process_cpu_seconds_total: ["counter"],
    process_resident_memory_bytes: ["gauge"],
    process_start_time_seconds: ["gauge"],
    service_info: ["gauge", "version"],
});

/** Metrics of the watcher. docs/service-contract.md, 'Metrics of the watcher': a test keeps the two the same. */
export const watcherMetrics = metricsOf("watcher", ["namespace", "service", "job", "instance"], {
    rollout_info: ["gauge", "stable", "candidate"],
    rollout_step_weight_percent: ["gauge"],
    rollout_observed_share_ratio: ["gauge"],
    rollout_verdict: ["gauge", "verdict"],
    rollout_soak_seconds: ["gauge"],
    rollout_soak_required_seconds: ["gauge"],
    rollout_hold_seconds: ["gauge"],
    rollout_hold_limit_seconds: ["gauge"],
    rollout_blind_seconds: ["gauge"],
    rollout_blind_limit_seconds: ["gauge"],
    rollout_alarm_blind_seconds: ["gauge"],
    rollout_rollback_failed: ["gauge"],
    rollout_approvals_missing: ["gauge"],
    rollout_ledger_valid: ["gauge"],
    rollout_status_update_timestamp_seconds: ["gauge"],
    rollout_watch_heartbeat_timestamp_seconds: ["gauge"],
});
