import type { DashboardSpec } from "./panel.ts";
import { own, rate, share, sumBy } from "./queries.ts";
import { graph, stat } from "./store-panels.ts";
import { serviceVariables } from "./variables.ts";

/** ClickHouse: queries, inserts, parts, replication. */
export const clickhouse: DashboardSpec = {
    name: "clickhouse",
    title: "ClickHouse",
    description: "The store of events: queries, inserts, parts and replication.",
    from: "now-6h",
    variables: serviceVariables("ClickHouseMetrics_Query"),
    marksSteps: true,
    rows: [
        {
            title: "Servers",
            panels: [
                stat(
                    "Tables that can only be read",
                    "Over all servers. More than none: a server has lost the Keepers.",
                    `sum(${own("ClickHouseMetrics_ReadonlyReplica")})`,
                    "ClickHouseReplicaReadOnly",
                ),
                stat("Sessions with the Keepers", "One for each server.", `sum(${own("ClickHouseMetrics_ZooKeeperSession")})`, "ClickHouseKeepersLostMajority"),
                stat(
                    "Most parts in a partition",
                    "At 1000 inserts slow down.",
                    `max(${own("ClickHouseAsyncMetrics_MaxPartCountForPartition")})`,
                    "ClickHouseTooManyParts",
                ),
            ],
        },
        {
            title: "Use and saturation",
            panels: [
                graph(
                    "Queries",
                    "Queries each second, by server.",
                    "ops",
                    sumBy("pod", rate(own("ClickHouseProfileEvents_Query"))),
                    "{{pod}}",
                    "ClickHouseShardDown",
                ),
                graph(
                    "Failed queries",
                    "Share of queries that failed.",
                    "percentunit",
                    share("pod", rate(own("ClickHouseProfileEvents_FailedQuery")), rate(own("ClickHouseProfileEvents_Query"))),
                    "{{pod}}",
                    "ClickHouseShardDown",
                ),
                graph(
                    "Queries under way",
                    "Queries at this moment. The server takes 200.",
                    "short",
                    sumBy("pod", own("ClickHouseMetrics_Query")),
                    "{{pod}}",
                    "UncachedLatencyBudgetBurnsSlowly",
                ),
                graph(
                    "Rows inserted",
                    "Rows each second. Both servers of a shard get them.",
                    "ops",
                    sumBy("pod", rate(own("ClickHouseProfileEvents_InsertedRows"))),
                    "{{pod}}",
                    "ClickHouseInsertsRejected",
                ),
                graph(
                    "Inserts held back or refused",
                    "Inserts each second that had to wait or were refused, since merging did not follow.",
                    "ops",
                    `${sumBy("pod", rate(own("ClickHouseProfileEvents_DelayedInserts")))} + ${sumBy("pod", rate(own("ClickHouseProfileEvents_RejectedInserts")))}`,
                    "{{pod}}",
                    "ClickHouseInsertsDelayed",
                ),
                graph(
                    "Parts of the fullest partition",
                    "What merging has to do.",
                    "short",
                    `max by (pod) (${own("ClickHouseAsyncMetrics_MaxPartCountForPartition")})`,
                    "{{pod}}",
                    "ClickHouseTooManyParts",
                ),
                graph(
                    "Replication: behind",
                    "How far each server is behind.",
                    "s",
                    `max by (pod) (${own("ClickHouseAsyncMetrics_ReplicasMaxAbsoluteDelay")})`,
                    "{{pod}}",
                    "ClickHouseReplicaLags",
                ),
                graph(
                    "Replication: queue",
                    "Work that each server still has to do.",
                    "short",
                    `max by (pod) (${own("ClickHouseAsyncMetrics_ReplicasMaxQueueSize")})`,
                    "{{pod}}",
                    "ClickHouseReplicaLags",
                ),
                graph(
                    "Memory",
                    "Memory of queries and merges.",
                    "bytes",
                    sumBy("pod", own("ClickHouseMetrics_MemoryTracking")),
                    "{{pod}}",
                    "ContainerOutOfMemory",
                ),
            ],
        },
    ],
};
