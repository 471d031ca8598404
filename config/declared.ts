import { join } from "node:path";

import { databaseName } from "../components/database-name.ts";
import { clusterName, replicaCount, shardCount } from "../components/clickhouse/topology.ts";
import { migrationsOf } from "../components/clickhouse/migrations.ts";
import { serviceTopics } from "../components/kafka/service-topics.ts";
import { topicConfig } from "../components/kafka/topic.ts";
import { redisReplicas } from "../components/redis/configuration.ts";
import { alertsOf } from "../observability/catalogue.ts";
import { dashboardUid } from "../observability/dashboards/uid.ts";
import { backupJobs, dashboardNamesOf } from "../observability/scope.ts";
import type { Declared } from "../rollout/preflight/live/context.ts";
import type { StackConfig } from "./schema.ts";
import { scopeOf } from "./scope.ts";

/** What the program makes of a stack config, by the names and numbers that its components use. */
export function declaredBy(config: StackConfig): Declared {
    const { namespace, serviceName: service, gateway, stores } = config;
    const database = databaseName(service);
    const scope = scopeOf(config, { ...unwatched, team: service });
    const alerts = alertsOf(scope);
    const jobs = backupJobs(scope);
    return {
        path: "/api/v1/trending",
        // Checklist, 'Code & Artifacts': 306+ tests; 'Monitoring & Alerting': 20+ rules.
        least: { passedTests: 306, alertRules: 20 },
        topics: serviceTopics({ service, user: "" }).topics.map((topic) => ({
            name: topic.name,
            partitions: topic.partitions,
            settings: topicConfig(topic, stores.kafka.minimumInSyncReplicas),
        })),
        alerts: alerts.map(({ name }) => name),
        // An alert of severity info mutes others, and notifies no receiver.
        alertLabels: alerts
            .filter(({ severity }) => severity !== "info")
            .map(({ name, severity, labels }) => ({ ...labels, alertname: name, severity, namespace, service })),
        dashboards: dashboardNamesOf(scope).map((name) => dashboardUid(service, name)),
        postgres: { databases: [database], roles: [`${database}_owner`, `${database}_application`, `${database}_read_only`] },
        redis: { replicas: redisReplicas - 1, sentinels: redisReplicas },
        clickhouse: {
            cluster: clusterName,
            database,
            shards: shardCount,
            replicas: replicaCount,
            migrations: migrationsOf(database).map(({ version }) => version),
        },
        backups: [
            ...jobs.dumps.map((cronJob) => ({ cronJob, mostAgeHours: dailyHours })),
            ...jobs.checks.map((cronJob) => ({ cronJob, mostAgeHours: weeklyHours })),
        ],
        certificates: [
            { namespace: gateway.namespace, secret: `${service}-tls`, hostname: gateway.hostname },
            ...(stores.redis.kind === "in-cluster"
                ? [{ namespace, secret: `${service}-stores-redis-tls`, hostname: `${service}-stores-redis-sentinel.${namespace}.svc` }]
                : []),
            ...(stores.clickhouse.kind === "in-cluster"
                ? [{ namespace, secret: `${service}-stores-clickhouse-tls`, hostname: `${service}-stores-clickhouse.${namespace}.svc` }]
                : []),
        ],
        runbookFolder: join(import.meta.dirname, "../docs/runbooks"),
    };
}

/** A daily dump, and two hours in which it may run. */
const dailyHours = 26;
/** A weekly restore, and a day in which it may be repeated. */
const weeklyHours = 8 * 24;

/** Enough for the names and severities of alerts: no job and no link of it is used. */
const unwatched = {
    jobs: { postgres: "postgres", kafka: "kafka", prometheus: "prometheus", alertmanager: "alertmanager" },
    links: { runbooks: "https://runbooks.invalid", grafana: "https://grafana.invalid" },
};
