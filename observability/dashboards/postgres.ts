import type { DashboardSpec } from "./panel.ts";
import { elsewhere, rate, sumBy } from "./queries.ts";
import { graph, stat } from "./store-panels.ts";
import { exporterVariables } from "./variables.ts";

/** PostgreSQL: connections, transactions, replication. */
export const postgres: DashboardSpec = {
    name: "postgres",
    title: "PostgreSQL",
    description: "The database: whether it serves, connections, transactions, locks and replication.",
    from: "now-6h",
    variables: exporterVariables("pg_up"),
    marksSteps: false,
    rows: [
        {
            title: "Servers",
            panels: [
                stat("Servers that answer", "As their exporters see them.", `sum(${elsewhere("pg_up")})`, "PostgresDown"),
                stat(
                    "Replication lag",
                    "Of the replica that is furthest behind.",
                    `max(${elsewhere("pg_replication_lag_seconds")})`,
                    "PostgresReplicationLags",
                    "s",
                ),
                stat(
                    "Longest transaction",
                    "How long the oldest transaction has been open.",
                    `max(${elsewhere("pg_stat_activity_max_tx_duration")})`,
                    "PostgresTransactionTooLong",
                    "s",
                ),
            ],
        },
        {
            title: "Use and saturation",
            panels: [
                {
                    ...graph(
                        "Connections",
                        "Connections in use over what the server allows.",
                        "percentunit",
                        `sum by (instance) (${elsewhere("pg_stat_activity_count")}) / max by (instance) (${elsewhere("pg_settings_max_connections")})`,
                        "{{instance}}",
                        "PostgresConnectionsNearlyUsedUp",
                    ),
                    lines: [{ value: 0.8, meaning: "caution" }],
                },
                graph(
                    "Connections by state",
                    "'idle in transaction' holds locks and does nothing.",
                    "short",
                    sumBy("state", elsewhere("pg_stat_activity_count")),
                    "{{state}}",
                    "PostgresTransactionTooLong",
                ),
                graph(
                    "Transactions",
                    "Committed transactions each second, by database.",
                    "ops",
                    sumBy("datname", rate(elsewhere("pg_stat_database_xact_commit"))),
                    "{{datname}}",
                    "PostgresDown",
                ),
                graph(
                    "Rolled back",
                    "Share of transactions that were rolled back.",
                    "percentunit",
                    `${sumBy("datname", rate(elsewhere("pg_stat_database_xact_rollback")))} / (${sumBy("datname", rate(elsewhere("pg_stat_database_xact_rollback")))} + ${sumBy("datname", rate(elsewhere("pg_stat_database_xact_commit")))})`,
                    "{{datname}}",
                    "PostgresTransactionsRolledBack",
                ),
                graph(
                    "Deadlocks",
                    "Deadlocks each second.",
                    "cps",
                    sumBy("datname", rate(elsewhere("pg_stat_database_deadlocks"))),
                    "{{datname}}",
                    "PostgresDeadlocks",
                ),
                graph(
                    "Blocks found in memory",
                    "Share of blocks that needed no disk.",
                    "percentunit",
                    `${sumBy("datname", rate(elsewhere("pg_stat_database_blks_hit")))} / (${sumBy("datname", rate(elsewhere("pg_stat_database_blks_hit")))} + ${sumBy("datname", rate(elsewhere("pg_stat_database_blks_read")))})`,
                    "{{datname}}",
                    "UncachedLatencyBudgetBurnsSlowly",
                ),
                graph(
                    "Replication lag",
                    "How far each replica is behind.",
                    "s",
                    `max by (instance) (${elsewhere("pg_replication_lag_seconds")})`,
                    "{{instance}}",
                    "PostgresReplicationLags",
                ),
                graph("Size", "Size of each database.", "bytes", `max by (datname) (${elsewhere("pg_database_size_bytes")})`, "{{datname}}", "VolumeFillsUp"),
            ],
        },
    ],
};
