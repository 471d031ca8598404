import { like } from "../../rollout/gate/gateway-series/promql.ts";
import type { DashboardSpec } from "./panel.ts";
import { elsewhere, ofNamespace, rate, share, sumBy } from "./queries.ts";

/** What fires now, whether alerts reach people, and what the namespace is short of. */
export const onCall: DashboardSpec = {
    name: "on-call",
    title: "on call",
    description: "What fires now and where its runbook is; whether alerts reach people at all; pods and volumes of the namespace.",
    from: "now-3h",
    variables: [
        { name: "namespace", label: "Namespace", from: "http_requests_total", of: "namespace", several: false },
        { name: "service", label: "Service", from: 'http_requests_total{namespace="$namespace"}', of: "service", several: false },
        { name: "job", label: "Job", from: "up", of: "job", several: true },
        { name: "instance", label: "Instance", from: 'up{job=~"$job"}', of: "instance", several: true },
    ],
    marksSteps: true,
    showsAlerts: true,
    rows: [
        {
            title: "Whether alerts reach people",
            panels: [
                {
                    kind: "timeseries",
                    title: "Notifications that failed",
                    description: "Share of notifications by Alertmanager that were not delivered, by their way.",
                    unit: "percentunit",
                    queries: [
                        {
                            expression: share(
                                "integration",
                                rate(elsewhere("alertmanager_notifications_failed_total")),
                                rate(elsewhere("alertmanager_notifications_total")),
                            ),
                            legend: "{{integration}}",
                        },
                    ],
                    runbook: "AlertmanagerCannotNotify",
                },
                {
                    kind: "timeseries",
                    title: "Alerts that Prometheus lost",
                    description: "Alerts each second that could not be handed over to an Alertmanager.",
                    unit: "cps",
                    queries: [{ expression: sumBy("alertmanager", rate(elsewhere("prometheus_notifications_errors_total"))), legend: "{{alertmanager}}" }],
                    runbook: "PrometheusCannotNotify",
                },
                {
                    kind: "timeseries",
                    title: "Rules: time over interval",
                    description: "How much of its interval the evaluation of a group takes.",
                    unit: "percentunit",
                    lines: [{ value: 0.8, meaning: "caution" }],
                    queries: [
                        {
                            expression: `max by (rule_group) (${elsewhere("prometheus_rule_group_last_duration_seconds", { rule_group: like(".*$service-.*") })}) / max by (rule_group) (${elsewhere("prometheus_rule_group_interval_seconds", { rule_group: like(".*$service-.*") })})`,
                            legend: "{{rule_group}}",
                        },
                    ],
                    runbook: "RuleEvaluationSlow",
                },
                {
                    kind: "table",
                    title: "Targets that can't be scraped",
                    description: "What Prometheus knows of and gets no metrics from. An empty table is a good one.",
                    unit: "short",
                    queries: [{ expression: `min by (job, instance) (${elsewhere("up")}) == 0`, legend: "" }],
                    runbook: "StoreTargetDown",
                },
            ],
        },
        {
            title: "Pods and volumes",
            panels: [
                {
                    kind: "timeseries",
                    title: "Restarts",
                    description: "Restarts of containers in the namespace.",
                    unit: "short",
                    queries: [
                        {
                            expression: sumBy("pod, container", `increase(${ofNamespace("kube_pod_container_status_restarts_total")}[$__rate_interval])`),
                            legend: "{{pod}} {{container}}",
                        },
                    ],
                    runbook: "PodRestartsOften",
                },
                {
                    kind: "timeseries",
                    title: "Pods by phase",
                    description: "Pods that wait or failed, beside those that run.",
                    unit: "short",
                    queries: [
                        { expression: sumBy("phase", ofNamespace("kube_pod_status_phase", { phase: like("Pending|Running|Failed") })), legend: "{{phase}}" },
                    ],
                    runbook: "PodPending",
                },
                {
                    kind: "timeseries",
                    title: "Free space of volumes",
                    description: "What is left of each volume. Below the line an alert calls the engineer on call.",
                    unit: "percentunit",
                    lines: [{ value: 0.05, meaning: "limit" }],
                    wellIs: "above",
                    queries: [
                        {
                            expression: `max by (persistentvolumeclaim) (${ofNamespace("kubelet_volume_stats_available_bytes")}) / max by (persistentvolumeclaim) (${ofNamespace("kubelet_volume_stats_capacity_bytes")})`,
                            legend: "{{persistentvolumeclaim}}",
                        },
                    ],
                    runbook: "VolumeNearlyFull",
                },
                {
                    kind: "timeseries",
                    title: "Servers that stores lack",
                    description: "Servers that should be ready and are not, by StatefulSet.",
                    unit: "short",
                    queries: [
                        {
                            expression: `max by (statefulset) (${ofNamespace("kube_statefulset_replicas")}) - max by (statefulset) (${ofNamespace("kube_statefulset_status_replicas_ready")})`,
                            legend: "{{statefulset}}",
                        },
                    ],
                    runbook: "StoreReplicasMissing",
                },
                {
                    kind: "stat",
                    title: "Oldest backup",
                    description: "When the dump of each store last succeeded: the store whose dump is oldest.",
                    unit: "dateTimeFromNow",
                    queries: [
                        {
                            expression: `min(${ofNamespace("kube_cronjob_status_last_successful_time", { cronjob: like("$service-(clickhouse-)?backup") })}) * 1000`,
                            legend: "dump",
                        },
                    ],
                    runbook: "BackupLate",
                },
                {
                    kind: "stat",
                    title: "Next certificate ends",
                    description: "When the first of the certificates ends: the host's or a store's. cert-manager renews a month before.",
                    unit: "dateTimeFromNow",
                    queries: [
                        {
                            expression: `min(${elsewhere("certmanager_certificate_expiration_timestamp_seconds", { name: like("$service-(.+-)?tls") })} > 0) * 1000`,
                            legend: "end",
                        },
                    ],
                    runbook: "CertificateNotRenewed",
                },
            ],
        },
    ],
};
