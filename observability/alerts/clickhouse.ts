import { fires, growing, ofObject, ofStore, quiet, steady } from "../cases.ts";
import { example } from "../example.ts";
import { inWords, like, minutes, select } from "../../rollout/gate/gateway-series/promql.ts";
import type { RuleGroup } from "../rule.ts";
import type { Scope } from "../scope.ts";

/** Parts of a partition at which ClickHouse begins to slow inserts down: its default. https://clickhouse.com/docs/operations/settings/merge-tree-settings#parts_to_delay_insert */
const partsToDelayInsert = 1_000;
/** Share of that, as a ratio, from which people should look. */
const partsShare = 0.7;
/** How far a replica may lie behind, in seconds. */
const replicationDelaySeconds = minutes(5);
/** Keepers that are a majority of three. */
const keeperMajority = 2;

/** ClickHouse by its own metrics, its shards and Keepers by their StatefulSets: those are there also when no server is. */
export function clickhouseAlerts(scope: Scope): RuleGroup {
    const server = { namespace: scope.namespace, job: scope.jobs.clickhouse };
    const shards = { namespace: scope.namespace, statefulset: like(`${scope.service}-.*clickhouse-shard-[0-9]+`) };
    const keepers = { namespace: scope.namespace, statefulset: like(`${scope.service}-.*clickhouse-keeper`) };
    const store = { store: "clickhouse" };
    return {
        name: "clickhouse",
        title: "The store of events",
        intervalSeconds: 30,
        recordings: [],
        alerts: [
            {
                name: "ClickHouseShardDown",
                severity: "critical",
                expression: `max by (statefulset) (${select("kube_statefulset_status_replicas_ready", shards)}) == 0`,
                forSeconds: minutes(2),
                labels: store,
                summary: "A shard of ClickHouse has no server left.",
                description: "No server of {{ $labels.statefulset }} is ready: half of the events can be neither read nor stored.",
                dashboard: "clickhouse",
                cases: [
                    fires(
                        "when both servers of a shard are gone",
                        { [ready("clickhouse-shard-0")]: steady(2, 6), [ready("clickhouse-shard-1")]: "2x2 0x10" },
                        minutes(6),
                        [
                            {
                                labels: { statefulset: "video-ranking-stores-clickhouse-shard-1" },
                                description:
                                    "No server of video-ranking-stores-clickhouse-shard-1 is ready: half of the events can be neither read nor stored.",
                            },
                        ],
                    ),
                    quiet("when one server of a shard is gone", { [ready("clickhouse-shard-1")]: "2x2 1x10" }, minutes(6)),
                ],
            },
            {
                name: "ClickHouseKeepersLostMajority",
                severity: "critical",
                expression: `max by (statefulset) (${select("kube_statefulset_status_replicas_ready", keepers)}) < ${String(keeperMajority)}`,
                forSeconds: minutes(2),
                labels: store,
                summary: "The ClickHouse Keepers have no majority.",
                description: "{{ $value }} of the Keepers of {{ $labels.statefulset }} are ready: without a majority all tables take no inserts.",
                dashboard: "clickhouse",
                cases: [
                    fires("when two of three are gone", { [ready("clickhouse-keeper")]: "3x2 1x10" }, minutes(6), [
                        {
                            labels: { statefulset: "video-ranking-stores-clickhouse-keeper" },
                            description: "1 of the Keepers of video-ranking-stores-clickhouse-keeper are ready: without a majority all tables take no inserts.",
                        },
                    ]),
                    quiet("when one of three is replaced", { [ready("clickhouse-keeper")]: "3x2 2x10" }, minutes(6)),
                ],
            },
            {
                name: "ClickHouseInsertsRejected",
                severity: "critical",
                expression: `sum by (pod) (increase(${select("ClickHouseProfileEvents_RejectedInserts", server, minutes(5))})) > 0`,
                forSeconds: minutes(2),
                labels: store,
                summary: "ClickHouse refuses to store events.",
                description: "{{ $labels.pod }} has refused {{ $value | humanize }} inserts within five minutes: its partitions have too many parts.",
                dashboard: "clickhouse",
                cases: [
                    fires("when inserts are refused each minute", { [ofServer("ClickHouseProfileEvents_RejectedInserts")]: growing(12, 15) }, minutes(10), [
                        {
                            labels: { pod: "shard-0-0" },
                            description: "shard-0-0 has refused 60 inserts within five minutes: its partitions have too many parts.",
                        },
                    ]),
                    quiet("when nothing was refused", { [ofServer("ClickHouseProfileEvents_RejectedInserts")]: steady(40, 15) }, minutes(10)),
                ],
            },
            {
                name: "ClickHouseInsertsDelayed",
                severity: "warning",
                expression: `sum by (pod) (increase(${select("ClickHouseProfileEvents_DelayedInserts", server, minutes(10))})) > 0`,
                forSeconds: minutes(10),
                labels: store,
                summary: "ClickHouse slows inserts down.",
                description:
                    "{{ $labels.pod }} has held back {{ $value | humanize }} inserts within ten minutes, so that merging can follow. Refusing them comes next.",
                dashboard: "clickhouse",
                cases: [
                    fires(
                        "when inserts are held back for half an hour",
                        { [ofServer("ClickHouseProfileEvents_DelayedInserts")]: growing(3, 40) },
                        minutes(30),
                        [
                            {
                                labels: { pod: "shard-0-0" },
                                description: "shard-0-0 has held back 30 inserts within ten minutes, so that merging can follow. Refusing them comes next.",
                            },
                        ],
                    ),
                    quiet("when inserts were held back for two minutes", { [ofServer("ClickHouseProfileEvents_DelayedInserts")]: "0x2 3 6x40" }, minutes(15)),
                ],
            },
            {
                name: "ClickHouseTooManyParts",
                severity: "warning",
                expression: `max by (pod) (${select("ClickHouseAsyncMetrics_MaxPartCountForPartition", server)}) > ${String(partsShare * partsToDelayInsert)}`,
                forSeconds: minutes(15),
                labels: store,
                summary: "A partition of ClickHouse has many parts.",
                description: `{{ $labels.pod }} has a partition of {{ $value }} parts. At ${String(partsToDelayInsert)} inserts slow down.`,
                dashboard: "clickhouse",
                cases: [
                    fires(
                        "when there are 800 for twenty minutes",
                        { [ofServer("ClickHouseAsyncMetrics_MaxPartCountForPartition")]: steady(800, 25) },
                        minutes(20),
                        [{ labels: { pod: "shard-0-0" }, description: "shard-0-0 has a partition of 800 parts. At 1000 inserts slow down." }],
                    ),
                    quiet("when there are 700", { [ofServer("ClickHouseAsyncMetrics_MaxPartCountForPartition")]: steady(700, 25) }, minutes(20)),
                ],
            },
            {
                name: "ClickHouseReplicaReadOnly",
                severity: "warning",
                expression: `max by (pod) (${select("ClickHouseMetrics_ReadonlyReplica", server)}) > 0`,
                forSeconds: minutes(5),
                labels: store,
                summary: "A replica of ClickHouse takes no inserts.",
                description: "{{ $labels.pod }} has {{ $value }} tables that can only be read: it has lost its session with the Keepers.",
                dashboard: "clickhouse",
                cases: [
                    fires(
                        "when a replica has lost its session for ten minutes",
                        { [ofServer("ClickHouseMetrics_ReadonlyReplica")]: steady(2, 12) },
                        minutes(10),
                        [
                            {
                                labels: { pod: "shard-0-0" },
                                description: "shard-0-0 has 2 tables that can only be read: it has lost its session with the Keepers.",
                            },
                        ],
                    ),
                    quiet("when a server starts", { [ofServer("ClickHouseMetrics_ReadonlyReplica")]: "2x2 0x12" }, minutes(10)),
                ],
            },
            {
                name: "ClickHouseReplicaLags",
                severity: "warning",
                expression: `max by (pod) (${select("ClickHouseAsyncMetrics_ReplicasMaxAbsoluteDelay", server)}) > ${String(replicationDelaySeconds)}`,
                forSeconds: minutes(10),
                labels: store,
                summary: "A replica of ClickHouse lies behind.",
                description: `{{ $labels.pod }} is {{ $value | humanizeDuration }} behind, more than ${inWords(replicationDelaySeconds)}: what it answers is old.`,
                dashboard: "clickhouse",
                cases: [
                    fires(
                        "when a replica is ten minutes behind",
                        { [ofServer("ClickHouseAsyncMetrics_ReplicasMaxAbsoluteDelay")]: steady(600, 20) },
                        minutes(15),
                        [{ labels: { pod: "shard-0-0" }, description: "shard-0-0 is 10m 0s behind, more than 5 minutes: what it answers is old." }],
                    ),
                    quiet(
                        "when a replica is five minutes behind",
                        { [ofServer("ClickHouseAsyncMetrics_ReplicasMaxAbsoluteDelay")]: steady(300, 20) },
                        minutes(15),
                    ),
                ],
            },
        ],
    };
}

function ready(part: string): string {
    return ofObject("kube_statefulset_status_replicas_ready", { statefulset: `video-ranking-stores-${part}` });
}

function ofServer(metric: string): string {
    return ofStore(metric, example.jobs.clickhouse, "shard-0-0");
}
