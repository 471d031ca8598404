/** What kind of series a metric is. A histogram stands for its `_bucket`, `_count` and `_sum`. */
export type MetricType = "counter" | "gauge" | "histogram";

/** Who shows a metric. */
export type MetricSource =
    | "service"
    | "watcher"
    | "envoy"
    | "istio"
    | "kube-state-metrics"
    | "cadvisor"
    | "kubelet"
    | "redis_exporter"
    | "postgres_exporter"
    | "clickhouse"
    | "kafka_exporter"
    | "cert-manager"
    | "prometheus"
    | "alertmanager";

/** A metric as it is in Prometheus. */
export interface Metric {
    readonly name: string;
    readonly type: MetricType;
    readonly source: MetricSource;
    /** Every label: the metric's own, and those that the scrape adds. */
    readonly labels: readonly string[];
}

/** Metrics of one source, from their names and own labels. `scraped` are the labels that the scrape adds to each. */
export function metricsOf(
    source: MetricSource,
    scraped: readonly string[],
    names: Readonly<Record<string, readonly [type: MetricType, ...labels: string[]]>>,
): readonly Metric[] {
    return Object.entries(names).map(([name, [type, ...labels]]) => ({ name, type, source, labels: [...labels, ...scraped] }));
}
