import type { Scope } from "../scope.ts";
import { type Runbooks, commandsFor, rollbackDoesNotHelp, rollbackMayHelp } from "./runbook.ts";

/** The database. Another team runs the server, so some steps are a call to them. */
export function postgresRunbooks(scope: Scope, database: string): Runbooks {
    const { podsOf } = commandsFor(scope);
    const sql = (statement: string): string => `psql -d ${database} -c "${statement}"`;
    const job = `job="${scope.jobs.postgres}"`;
    const activity =
        "SELECT pid, usename, state, now() - xact_start AS open_for, wait_event_type, left(query, 60) FROM pg_stat_activity WHERE xact_start IS NOT NULL ORDER BY xact_start LIMIT 10";
    return {
        PostgresDown: {
            meaning: "PostgreSQL does not answer its exporter, or the exporter is gone. The alert can't tell one from the other; the first look does.",
            impact: "If it is the server: whatever is not in the cache can't be answered, and candidates and stable revision fail alike.",
            diagnosis: [
                ["Ask the server from a pod of the namespace, or from your machine.", "pg_isready -h <host> -p <port>"],
                ["See whether the exporter is scraped.", `up{${job}}`],
                [
                    "See whether the service has errors: if not, it is the exporter.",
                    `sum by (revision) (rate(database_connection_errors_total{namespace="${scope.namespace}",service="${scope.service}"}[5m]))`,
                ],
            ],
            mitigation: [
                "Server down: call who runs it. A managed server fails over by itself within minutes; the pools reconnect without a restart.",
                "Exporter down: restart it, and silence this alert for half an hour while you do.",
            ],
            rollback: rollbackDoesNotHelp,
        },
        PostgresConnectionsNearlyUsedUp: {
            meaning: "Most of the server's connections are in use. Two revisions side by side need twice the pools.",
            impact: "The next pods find no connection: a step forward would fail, and so might a rollback that needs more stable pods.",
            diagnosis: [
                ["See who holds them.", sql("SELECT usename, application_name, state, count(*) FROM pg_stat_activity GROUP BY 1, 2, 3 ORDER BY 4 DESC")],
                ["Count the service's pods.", podsOf("api")],
            ],
            mitigation: [
                [
                    "End idle ones that do not belong to the service.",
                    sql(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE state = 'idle' AND usename <> 'application' AND state_change < now() - interval '1 hour'",
                    ),
                ],
                "Lower the size of the service's pool, or put a pooler in front, in review.",
            ],
            rollback: rollbackMayHelp,
        },
        PostgresReplicationLags: {
            meaning: "A replica is far behind its primary: it is too slow, a long query on it holds back replay, or the network is.",
            impact: "Reads from it are old. If the primary is lost now, what the replica lacks is lost too. The checklist begins no deployment like this.",
            diagnosis: [
                ["See which replica, and whether it catches up.", `pg_replication_lag_seconds{${job}}`],
                [
                    "On the primary: see what each replica has.",
                    sql("SELECT application_name, state, pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn) AS bytes_behind FROM pg_stat_replication"),
                ],
                ["On the replica: see what holds replay back.", sql(activity)],
            ],
            mitigation: ["End the long query on the replica.", "A migration or a bulk load explains it: wait, and take no step forward meanwhile."],
            rollback: rollbackDoesNotHelp,
        },
        PostgresDeadlocks: {
            meaning: "Transactions wait for each other in a circle, and the server ends one of each. Two code paths take the same locks in a different order.",
            impact: "Each deadlock is a failed request. They multiply with load.",
            diagnosis: [
                "The server's log has both statements of each deadlock: look for 'deadlock detected'.",
                [
                    "See whether it began with a step: two revisions may take locks in different orders.",
                    `sum(increase(pg_stat_database_deadlocks{${job},datname="${database}"}[10m]))`,
                ],
            ],
            mitigation: [
                "If it began with a candidate, roll back: the two revisions do not go together.",
                "Otherwise have the statements take their locks in one order.",
            ],
            rollback: rollbackMayHelp,
        },
        PostgresTransactionTooLong: {
            meaning: "A transaction has been open for more than an hour: a client forgot to commit, a person left a session, or a report runs.",
            impact: "Its locks block others, and no dead row anywhere in the database is cleaned up until it ends.",
            diagnosis: [
                ["See it, and what it waits for.", sql(activity)],
                [
                    "See whom it blocks.",
                    sql("SELECT pid, pg_blocking_pids(pid), left(query, 60) FROM pg_stat_activity WHERE cardinality(pg_blocking_pids(pid)) > 0"),
                ],
            ],
            mitigation: [
                ["Ask its owner, then end it.", sql("SELECT pg_terminate_backend(<pid>)")],
                "For the service's own user set `idle_in_transaction_session_timeout`: a forgotten transaction ends by itself.",
            ],
            rollback: rollbackMayHelp,
        },
        PostgresTransactionsRolledBack: {
            meaning: "An unusual share of the transactions ends in a rollback: statements fail. A revision that expects another schema is the usual cause.",
            impact: "Each is a request that failed or was repeated.",
            diagnosis: [
                ["See whether it began with a step.", `rate(pg_stat_database_xact_rollback{${job},datname="${database}"}[10m])`],
                "The server's log has the errors: a column or a table that does not exist names the migration that is missing, or came too early.",
            ],
            mitigation: [
                "A migration that is missing: run it, if both revisions can live with it.",
                "A migration that broke the stable revision: undo it by a new migration, not by a restore.",
            ],
            rollback: rollbackMayHelp,
        },
    };
}
