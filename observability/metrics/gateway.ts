import { metricsOf } from "./metric.ts";

/** Labels of the gateway's own scrape: its namespace and its pods, however it is configured. Only these are sure. */
const elsewhere = ["job", "instance"] as const;

/**
 * Envoy's statistics of its clusters, as its admin address shows them at `/stats/prometheus`. A cluster's series of statuses are there after its first answer
 * with one.
 *
 * @see https://www.envoyproxy.io/docs/envoy/latest/configuration/upstream/cluster_manager/cluster_stats
 */
export const envoyMetrics = metricsOf("envoy", [...elsewhere, "envoy_cluster_name"], {
    envoy_cluster_upstream_rq_total: ["counter"],
    envoy_cluster_upstream_rq_xx: ["counter", "envoy_response_code_class"],
    envoy_cluster_upstream_rq: ["counter", "envoy_response_code"],
    envoy_cluster_upstream_rq_timeout: ["counter"],
    envoy_cluster_upstream_rq_per_try_timeout: ["counter"],
    envoy_cluster_upstream_rq_rx_reset: ["counter"],
    envoy_cluster_upstream_rq_retry: ["counter"],
    envoy_cluster_upstream_cx_protocol_error: ["counter"],
    envoy_cluster_upstream_cx_connect_fail: ["counter"],
    envoy_cluster_upstream_cx_destroy_remote_with_active_rq: ["counter"],
    envoy_cluster_upstream_rq_time: ["histogram"],
});

const istioLabels = ["reporter", "source_workload", "destination_service_name", "destination_service_namespace", "response_code", "response_flags"] as const;

/** Istio's standard metrics. @see https://istio.io/latest/docs/reference/config/metrics/ */
export const istioMetrics = metricsOf("istio", [...elsewhere, ...istioLabels], {
    istio_requests_total: ["counter"],
    istio_request_duration_milliseconds: ["histogram"],
});
