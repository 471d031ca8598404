/**
 * Checks of live systems and of what the pipeline left behind, run together before a rollout. Names are stable: records and links carry them.
 */
export const preflightChecks = [
    /** Reports of the test run (JUnit XML): as many passed as the program asks for, none failed. */
    "test-results",
    /** The commit is merged into the main branch, and reviewed. */
    "merged-change",
    /** The release's tag points at the commit. */
    "release-tag",
    /** The image's digest is in the registry. */
    "image-in-registry",
    /** The image is signed, or its bill of materials is attested. */
    "image-attested",
    /** The scanner's report has nothing high or critical. */
    "image-scan",
    /** PostgreSQL: reachable over TLS, replicas in sync, lag, connections, migrations. */
    "postgres",
    /** The newest backup of the database is young enough. */
    "backup-age",
    /** Redis: nodes, replication, memory, eviction, persistence. */
    "redis",
    /** ClickHouse: shards, replicas, queues, disks, keepers. */
    "clickhouse",
    /** Kafka: brokers, partitions, topics as declared, consumer lag. */
    "kafka",
    /** Certificates: chain, host, days left, from the secret and from the live endpoint. */
    "certificates",
    /** Names resolve and the gateway answers for the host. */
    "routes",
    /** Room in the cluster for the candidate and for all traffic on the stable revision. */
    "capacity",
    /** Prometheus scrapes every pod of both revisions, and what users got from the stable revision can be read at the gateway. */
    "scrapes",
    /** The declared alert rules are loaded and healthy, as many as the program asks for. */
    "alert-rules",
    /** Alertmanager is reachable, and every alert has a route that reaches a person. */
    "alert-routes",
    /** The declared dashboards are there. */
    "dashboards",
    /** Log lines of the pods keep the contract, and something collects them. */
    "logs",
    /** The exact rollback is accepted by the API server in a dry run. */
    "rollback-rehearsal",
    /** The 24 h report of staging for the candidate's content keeps the plan's thresholds. */
    "staging-baseline",
    /** The report of the load test keeps the plan's thresholds. */
    "load-test",
    /** Every notifier that is configured takes a message. */
    "notifiers",
    /** The runbook of every alert is there. */
    "runbooks",
    /** The autoscaler has metrics and can scale. */
    "autoscaling",
    /** A clean candidate shows every criterion of the steps to come in their time, at the traffic of now. */
    "forecast",
] as const;

/** One of {@link preflightChecks}. */
export type PreflightCheck = (typeof preflightChecks)[number];
