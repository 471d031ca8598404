import { type Scope, ownJobs } from "../observability/scope.ts";
import type { ServiceObservabilityArgs } from "../components/service-observability.ts";
import type { StackConfig } from "../config/schema.ts";
import { defined } from "../rollout/defined.ts";

/** How often Prometheus scrapes where the stack's config does not say, in seconds: the default of `metrics.scrapeIntervalSeconds`. */
const usualScrapeIntervalSeconds = 15;

/** What the stack's config asks to be watched, or undefined where it asks for nothing. */
export function stackObservability(config: StackConfig): Omit<ServiceObservabilityArgs, "namespace"> | undefined {
    const { observability, serviceName: service, namespace, stores, stable, metrics, watchdog } = config;
    if (observability === undefined) {
        return undefined;
    }
    const { team, jobs, runbookUrl, grafanaUrl, receivers, selectLabels, podLogs, logsUrl } = observability;
    const scope: Scope = {
        namespace,
        service,
        team,
        stable: stable.name,
        inCluster: { redis: stores.redis.kind === "in-cluster", clickhouse: stores.clickhouse.kind === "in-cluster" },
        database: service.replaceAll("-", "_"),
        // Fewer brokers than copies can't hold the topics: so many there must be.
        kafka: { brokers: stores.kafka.replicationFactor, minimumInSyncReplicas: stores.kafka.minimumInSyncReplicas },
        gateway: metrics?.gateway ?? { kind: "none", reason: "the stack's config names no gateway" },
        jobs: { ...ownJobs(service), ...jobs },
        links: { runbooks: runbookUrl, grafana: grafanaUrl, ...defined({ logs: logsUrl }) },
    };
    return {
        scope,
        selectLabels,
        scrapeIntervalSeconds: metrics?.scrapeIntervalSeconds ?? usualScrapeIntervalSeconds,
        watchdog: watchdog !== undefined,
        receiverSecret: { name: receivers.secretName, channel: receivers.channel },
        ...defined({ podLogs }),
    };
}
