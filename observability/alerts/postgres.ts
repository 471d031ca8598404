import { fires, growing, ofExporter, quiet, steady } from "../cases.ts";
import { example } from "../example.ts";
import { hours, inWords, minutes, percent, select } from "../../rollout/gate/gateway-series/promql.ts";
import type { RuleGroup } from "../rule.ts";
import type { Scope } from "../scope.ts";

/** Share of the connections in use, as a ratio, from which people should look: what is left is room for one more revision. */
const connectionsUsedUp = 0.8;
/** How far a replica may lie behind, in seconds. The checklist asks for 'all replicas synced' before a deployment; ordinary replication takes milliseconds. */
const replicationLagSeconds = 30;
/** How long one transaction may last, in seconds. The service's own take milliseconds; a dump takes minutes, and is read-only. */
const longTransactionSeconds = hours(1);
/** Deadlocks within ten minutes that are more than bad luck. */
const deadlocks = 3;
/** Share of transactions that may be rolled back, as a ratio. */
const rolledBack = 0.1;

/** PostgreSQL as postgres_exporter sees it. Another team runs both: the config says which job they are. */
export function postgresAlerts(scope: Scope, datname: string): RuleGroup {
    const { job } = { job: scope.jobs.postgres };
    const database = { job, datname };
    const store = { store: "postgres" };
    const rate = (metric: string): string => `sum(rate(${select(metric, database, minutes(10))}))`;
    return {
        name: "postgres",
        title: "The database",
        intervalSeconds: 30,
        recordings: [],
        alerts: [
            {
                name: "PostgresDown",
                severity: "critical",
                expression: `max(${select("pg_up", { job })}) == 0 or absent(max(${select("pg_up", { job })}))`,
                forSeconds: minutes(2),
                labels: store,
                summary: "PostgreSQL does not answer.",
                description:
                    "Neither PostgreSQL nor its exporter has answered for two minutes: the service has no features to rank with, and no user can be looked up.",
                dashboard: "postgres",
                onAbsence: [{ labels: {} }],
                cases: [
                    fires("when the exporter can't reach any server", { [up("db-0")]: steady(0, 5), [up("db-1")]: steady(0, 5) }, minutes(4), [{ labels: {} }]),
                    fires("when the exporter is gone", {}, minutes(4), [{ labels: {} }]),
                    quiet("when one of two servers is down", { [up("db-0")]: steady(0, 5), [up("db-1")]: steady(1, 5) }, minutes(4)),
                ],
            },
            {
                name: "PostgresConnectionsNearlyUsedUp",
                severity: "warning",
                expression: [
                    `sum by (instance) (${select("pg_stat_activity_count", { job })})`,
                    `/ max by (instance) (${select("pg_settings_max_connections", { job })})`,
                    `> ${String(connectionsUsedUp)}`,
                ].join(" "),
                forSeconds: minutes(5),
                labels: store,
                summary: "PostgreSQL is running out of connections.",
                description: `{{ $labels.instance }} has {{ $value | humanizePercentage }} of its connections in use. Above ${percent(connectionsUsedUp)}, the pods of one more revision may find none.`,
                dashboard: "postgres",
                cases: [
                    fires(
                        "when 85 of 100 are in use",
                        { [activity("active")]: steady(60, 10), [activity("idle")]: steady(25, 10), [maximum]: steady(100, 10) },
                        minutes(8),
                        [
                            {
                                labels: { instance: "postgres-exporter:9187" },
                                description:
                                    "postgres-exporter:9187 has 85% of its connections in use. Above 80 %, the pods of one more revision may find none.",
                            },
                        ],
                    ),
                    quiet(
                        "when 80 of 100 are in use",
                        { [activity("active")]: steady(55, 10), [activity("idle")]: steady(25, 10), [maximum]: steady(100, 10) },
                        minutes(8),
                    ),
                ],
            },
            {
                name: "PostgresReplicationLags",
                severity: "warning",
                expression: `max by (instance) (${select("pg_replication_lag_seconds", { job })}) > ${String(replicationLagSeconds)}`,
                forSeconds: minutes(10),
                labels: store,
                summary: "A PostgreSQL replica lies behind.",
                description: `{{ $labels.instance }} is {{ $value | humanizeDuration }} behind its primary, more than ${inWords(replicationLagSeconds)}. What is not there yet is lost if the primary fails.`,
                dashboard: "postgres",
                cases: [
                    fires("when a replica is 90 seconds behind for a quarter of an hour", { [lag]: steady(90, 16) }, minutes(15), [
                        {
                            labels: { instance: "postgres-exporter:9187" },
                            description:
                                "postgres-exporter:9187 is 1m 30s behind its primary, more than 30 seconds. What is not there yet is lost if the primary fails.",
                        },
                    ]),
                    quiet("when a replica is 30 seconds behind", { [lag]: steady(30, 16) }, minutes(15)),
                ],
            },
            {
                name: "PostgresDeadlocks",
                severity: "warning",
                expression: `sum(increase(${select("pg_stat_database_deadlocks", database, minutes(10))})) > ${String(deadlocks)}`,
                forSeconds: minutes(5),
                labels: store,
                summary: "Transactions block each other.",
                description: "{{ $value | humanize }} deadlocks within ten minutes: each ended a request with an error.",
                dashboard: "postgres",
                cases: [
                    fires("when one happens each minute", { [ofDatabase("pg_stat_database_deadlocks")]: growing(1, 30) }, minutes(25), [
                        { labels: {}, description: "10 deadlocks within ten minutes: each ended a request with an error." },
                    ]),
                    quiet("when two happened at once", { [ofDatabase("pg_stat_database_deadlocks")]: "0x5 2x30" }, minutes(12)),
                ],
            },
            {
                name: "PostgresTransactionTooLong",
                severity: "warning",
                expression: `max by (usename, state) (${select("pg_stat_activity_max_tx_duration", database)}) > ${String(longTransactionSeconds)}`,
                forSeconds: minutes(5),
                labels: store,
                summary: "A transaction stays open.",
                description: `A transaction of {{ $labels.usename }} ({{ $labels.state }}) has been open for {{ $value | humanizeDuration }}, more than ${inWords(longTransactionSeconds)}: it holds its locks, and no row is cleaned up behind it.`,
                dashboard: "postgres",
                cases: [
                    fires("when a client forgot to commit two hours ago", { [longest("idle in transaction")]: steady(7_200, 10) }, minutes(8), [
                        {
                            labels: { usename: "application", state: "idle in transaction" },
                            description:
                                "A transaction of application (idle in transaction) has been open for 2h 0m 0s, more than 1 hour: it holds its locks, and no row is cleaned up behind it.",
                        },
                    ]),
                    quiet("when a dump takes half an hour", { [longest("active")]: steady(1_800, 10) }, minutes(8)),
                ],
            },
            {
                name: "PostgresTransactionsRolledBack",
                severity: "warning",
                expression: `${rate("pg_stat_database_xact_rollback")} / (${rate("pg_stat_database_xact_rollback")} + ${rate("pg_stat_database_xact_commit")}) > ${String(rolledBack)}`,
                forSeconds: minutes(10),
                labels: { ...store, rollout_scope: "service" },
                summary: "Many transactions are rolled back.",
                description: `{{ $value | humanizePercentage }} of the transactions are rolled back, more than ${percent(rolledBack)}: a revision may not fit the schema.`,
                dashboard: "postgres",
                cases: [
                    fires(
                        "when a fifth is rolled back",
                        { [ofDatabase("pg_stat_database_xact_commit")]: growing(480, 40), [ofDatabase("pg_stat_database_xact_rollback")]: growing(120, 40) },
                        minutes(30),
                        [{ labels: {}, description: "20% of the transactions are rolled back, more than 10 %: a revision may not fit the schema." }],
                    ),
                    quiet(
                        "when a tenth is rolled back",
                        { [ofDatabase("pg_stat_database_xact_commit")]: growing(540, 40), [ofDatabase("pg_stat_database_xact_rollback")]: growing(60, 40) },
                        minutes(30),
                    ),
                ],
            },
        ],
    };
}

function up(instance: string): string {
    return ofExporter("pg_up", example.jobs.postgres, { instance });
}

function activity(state: string): string {
    return ofDatabase("pg_stat_activity_count", { state, usename: "application" });
}

function longest(state: string): string {
    return ofDatabase("pg_stat_activity_max_tx_duration", { state, usename: "application" });
}

function ofDatabase(metric: string, labels: Readonly<Record<string, string>> = {}): string {
    return ofExporter(metric, example.jobs.postgres, { datname: example.database, ...labels });
}

const maximum = ofExporter("pg_settings_max_connections", example.jobs.postgres);
const lag = ofExporter("pg_replication_lag_seconds", example.jobs.postgres);
