import { certificateMetrics, nodeMetrics, objectMetrics, pipelineMetrics } from "./cluster.ts";
import { envoyMetrics, istioMetrics } from "./gateway.ts";
import type { Metric } from "./metric.ts";
import { serviceMetrics, watcherMetrics } from "./service.ts";
import { clickhouseMetrics, kafkaMetrics, postgresMetrics, redisMetrics } from "./stores.ts";

export { type Metric, type MetricSource, type MetricType } from "./metric.ts";

/** Every metric that a rule or a panel may read. What is not here is a typing error: the lint refuses it. */
export const metrics: readonly Metric[] = [
    ...serviceMetrics,
    ...watcherMetrics,
    ...envoyMetrics,
    ...istioMetrics,
    ...objectMetrics,
    ...nodeMetrics,
    ...redisMetrics,
    ...postgresMetrics,
    ...clickhouseMetrics,
    ...kafkaMetrics,
    ...certificateMetrics,
    ...pipelineMetrics,
];
