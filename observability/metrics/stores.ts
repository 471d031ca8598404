import { metricsOf } from "./metric.ts";

/** Labels of what is scraped in the service's own namespace. */
const inCluster = ["namespace", "pod", "service", "job", "instance"] as const;
/** Labels of exporters that another team runs: only these two are sure. */
const elsewhere = ["job", "instance"] as const;

/** redis_exporter 1.45 and newer. @see https://github.com/oliver006/redis_exporter */
export const redisMetrics = metricsOf("redis_exporter", inCluster, {
    redis_up: ["gauge"],
    redis_instance_info: ["gauge", "role", "redis_version", "redis_build_id", "redis_mode", "os", "maxmemory_policy", "tcp_port", "run_id", "process_id"],
    redis_memory_used_bytes: ["gauge"],
    redis_memory_max_bytes: ["gauge"],
    redis_connected_clients: ["gauge"],
    redis_connected_slaves: ["gauge"],
    redis_master_link_up: ["gauge", "master_host", "master_port"],
    redis_rejected_connections_total: ["counter"],
    redis_evicted_keys_total: ["counter"],
    redis_keyspace_hits_total: ["counter"],
    redis_keyspace_misses_total: ["counter"],
    redis_commands_processed_total: ["counter"],
    redis_aof_last_write_status: ["gauge"],
});

/**
 * postgres_exporter 0.17 and newer, with its default collectors. Before, activity lacks the labels of backends and waits; from 0.20 on nothing has the label
 * `server`. No query reads any of these.
 *
 * @see https://github.com/prometheus-community/postgres_exporter/blob/master/CHANGELOG.md
 */
export const postgresMetrics = metricsOf("postgres_exporter", elsewhere, {
    pg_up: ["gauge"],
    pg_stat_activity_count: ["gauge", "server", "datname", "state", "usename", "application_name", "backend_type", "wait_event_type", "wait_event"],
    pg_stat_activity_max_tx_duration: ["gauge", "server", "datname", "state", "usename", "application_name", "backend_type", "wait_event_type", "wait_event"],
    pg_settings_max_connections: ["gauge", "server"],
    pg_replication_lag_seconds: ["gauge"],
    pg_replication_is_replica: ["gauge"],
    pg_stat_database_deadlocks: ["counter", "datid", "datname"],
    pg_stat_database_xact_commit: ["counter", "datid", "datname"],
    pg_stat_database_xact_rollback: ["counter", "datid", "datname"],
    pg_stat_database_blks_hit: ["counter", "datid", "datname"],
    pg_stat_database_blks_read: ["counter", "datid", "datname"],
    pg_database_size_bytes: ["gauge", "datname"],
});

/** ClickHouse's own endpoint, for servers and Keepers. @see https://clickhouse.com/docs/operations/system-tables/metrics */
export const clickhouseMetrics = metricsOf("clickhouse", inCluster, {
    ClickHouseMetrics_ReadonlyReplica: ["gauge"],
    ClickHouseMetrics_Query: ["gauge"],
    ClickHouseMetrics_ZooKeeperSession: ["gauge"],
    ClickHouseMetrics_MemoryTracking: ["gauge"],
    ClickHouseProfileEvents_Query: ["counter"],
    ClickHouseProfileEvents_FailedQuery: ["counter"],
    ClickHouseProfileEvents_InsertedRows: ["counter"],
    ClickHouseProfileEvents_RejectedInserts: ["counter"],
    ClickHouseProfileEvents_DelayedInserts: ["counter"],
    ClickHouseProfileEvents_ZooKeeperHardwareExceptions: ["counter"],
    ClickHouseAsyncMetrics_MaxPartCountForPartition: ["gauge"],
    ClickHouseAsyncMetrics_ReplicasMaxQueueSize: ["gauge"],
    ClickHouseAsyncMetrics_ReplicasMaxAbsoluteDelay: ["gauge"],
});

/** kafka_exporter 1.7 and newer. @see https://github.com/danielqsj/kafka_exporter */
export const kafkaMetrics = metricsOf("kafka_exporter", elsewhere, {
    kafka_brokers: ["gauge"],
    kafka_topic_partitions: ["gauge", "topic"],
    kafka_topic_partition_current_offset: ["gauge", "topic", "partition"],
    kafka_topic_partition_in_sync_replica: ["gauge", "topic", "partition"],
    kafka_topic_partition_replicas: ["gauge", "topic", "partition"],
    kafka_topic_partition_under_replicated_partition: ["gauge", "topic", "partition"],
    kafka_consumergroup_lag: ["gauge", "consumergroup", "topic", "partition"],
    kafka_consumergroup_members: ["gauge", "consumergroup"],
});
