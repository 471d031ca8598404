import { metricsOf } from "./metric.ts";

/**
 * What kube-state-metrics 2.x says of objects. Its own labels stand (`honorLabels`), as in kube-prometheus-stack, so `namespace` and `pod` are the object's.
 *
 * @see https://github.com/kubernetes/kube-state-metrics/tree/main/docs/metrics
 */
export const objectMetrics = metricsOf("kube-state-metrics", ["namespace", "job", "instance"], {
    kube_pod_status_phase: ["gauge", "pod", "uid", "phase"],
    kube_pod_status_ready: ["gauge", "pod", "uid", "condition"],
    kube_pod_status_unschedulable: ["gauge", "pod", "uid"],
    kube_pod_container_status_restarts_total: ["counter", "pod", "uid", "container"],
    kube_pod_container_status_waiting_reason: ["gauge", "pod", "uid", "container", "reason"],
    kube_pod_container_status_last_terminated_reason: ["gauge", "pod", "uid", "container", "reason"],
    kube_pod_container_resource_requests: ["gauge", "pod", "uid", "container", "resource", "unit", "node"],
    kube_pod_container_resource_limits: ["gauge", "pod", "uid", "container", "resource", "unit", "node"],
    kube_deployment_spec_replicas: ["gauge", "deployment"],
    kube_deployment_status_replicas_available: ["gauge", "deployment"],
    kube_statefulset_replicas: ["gauge", "statefulset"],
    kube_statefulset_status_replicas_ready: ["gauge", "statefulset"],
    kube_horizontalpodautoscaler_spec_max_replicas: ["gauge", "horizontalpodautoscaler"],
    kube_horizontalpodautoscaler_spec_min_replicas: ["gauge", "horizontalpodautoscaler"],
    kube_horizontalpodautoscaler_status_current_replicas: ["gauge", "horizontalpodautoscaler"],
    kube_horizontalpodautoscaler_status_desired_replicas: ["gauge", "horizontalpodautoscaler"],
    kube_horizontalpodautoscaler_status_condition: ["gauge", "horizontalpodautoscaler", "condition", "status"],
    kube_poddisruptionbudget_status_current_healthy: ["gauge", "poddisruptionbudget"],
    kube_poddisruptionbudget_status_desired_healthy: ["gauge", "poddisruptionbudget"],
    kube_job_failed: ["gauge", "job_name", "condition"],
    kube_job_status_start_time: ["gauge", "job_name"],
    kube_cronjob_spec_suspend: ["gauge", "cronjob"],
    kube_cronjob_status_last_successful_time: ["gauge", "cronjob"],
});

/** What the kubelet says of containers and volumes. */
export const nodeMetrics = [
    ...metricsOf("cadvisor", ["namespace", "pod", "container", "job", "instance", "node"], {
        container_cpu_usage_seconds_total: ["counter", "image"],
        container_memory_working_set_bytes: ["gauge", "image"],
        container_cpu_cfs_periods_total: ["counter", "image"],
        container_cpu_cfs_throttled_periods_total: ["counter", "image"],
    }),
    ...metricsOf("kubelet", ["namespace", "persistentvolumeclaim", "job", "instance", "node"], {
        kubelet_volume_stats_available_bytes: ["gauge"],
        kubelet_volume_stats_capacity_bytes: ["gauge"],
    }),
];

/** cert-manager, whose metrics carry the certificate's namespace in `namespace` or, without honorLabels, in `exported_namespace`. */
export const certificateMetrics = metricsOf("cert-manager", ["namespace", "job", "instance"], {
    certmanager_certificate_expiration_timestamp_seconds: ["gauge", "name", "exported_namespace", "issuer_name", "issuer_kind", "issuer_group"],
    certmanager_certificate_ready_status: ["gauge", "name", "exported_namespace", "condition", "issuer_name", "issuer_kind", "issuer_group"],
});

/** What Prometheus and Alertmanager say of themselves, and of what they scrape. */
export const pipelineMetrics = [
    ...metricsOf("prometheus", ["namespace", "pod", "service", "job", "instance"], {
        // The label `revision` is there on targets of the service only.
        up: ["gauge", "revision"],
        scrape_samples_scraped: ["gauge"],
        prometheus_rule_evaluation_failures_total: ["counter", "rule_group"],
        prometheus_rule_group_iterations_missed_total: ["counter", "rule_group"],
        prometheus_rule_group_last_duration_seconds: ["gauge", "rule_group"],
        prometheus_rule_group_interval_seconds: ["gauge", "rule_group"],
        prometheus_notifications_errors_total: ["counter", "alertmanager"],
        prometheus_notifications_sent_total: ["counter", "alertmanager"],
        prometheus_notifications_alertmanagers_discovered: ["gauge"],
        prometheus_config_last_reload_successful: ["gauge"],
    }),
    ...metricsOf("alertmanager", ["namespace", "pod", "service", "job", "instance"], {
        // Without the receiver's name: Alertmanager adds that only where a feature flag of its own asks for it.
        alertmanager_notifications_total: ["counter", "integration"],
        alertmanager_notifications_failed_total: ["counter", "integration", "reason"],
        alertmanager_config_last_reload_successful: ["gauge"],
        alertmanager_alerts: ["gauge", "state"],
    }),
];
