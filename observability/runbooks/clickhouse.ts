import type { Scope } from "../scope.ts";
import { type Runbooks, commandsFor, rollbackDoesNotHelp, rollbackMayHelp } from "./runbook.ts";

/** The store of events. */
export function clickhouseRunbooks(scope: Scope): Runbooks {
    const { kubectl, podsOf } = commandsFor(scope);
    const name = `${scope.service}-stores-clickhouse`;
    const ask = (query: string, pod = "$POD"): string =>
        `${kubectl} exec ${pod} -- clickhouse-client --user read_only --password "$READ_ONLY_PASSWORD" --query "${query}"`;
    const parts = "SELECT table, partition, count() AS parts, sum(rows) FROM system.parts WHERE active GROUP BY 1, 2 ORDER BY parts DESC LIMIT 10";
    return {
        ClickHouseShardDown: {
            meaning: "Both servers of a shard are not ready, so half of the rows are out of reach.",
            impact: "Queries over all shards fail, and inserts wait in Kafka. Rankings that need events fall back to what is cached.",
            diagnosis: [
                ["See the pods.", podsOf("clickhouse")],
                ["Read the newest errors of one.", `${kubectl} logs ${name}-shard-0-0 --tail=100 | grep -E '<(Error|Fatal)>'`],
                [
                    "See events: volumes, nodes, evictions.",
                    `${kubectl} get events --field-selector type=Warning --sort-by=.lastTimestamp | grep clickhouse | tail`,
                ],
            ],
            mitigation: [
                "Bring back one of the two: it serves the whole shard alone.",
                "A server that can't start because of a broken part names it in its log: move that part to `detached`, and the other replica has it.",
                "Nothing is lost while Kafka keeps the events, which is seven days.",
            ],
            rollback: rollbackDoesNotHelp,
        },
        ClickHouseKeepersLostMajority: {
            meaning: "Fewer than two of three Keepers are ready. Without a majority no server knows which replica has what.",
            impact: "All replicated tables can only be read. Events wait in Kafka.",
            diagnosis: [
                ["See the Keepers.", podsOf("clickhouse-keeper")],
                ["Read why one is not ready.", `${kubectl} logs ${name}-keeper-1 --tail=50`],
                ["See whether they reach each other: port 9234.", `${kubectl} get networkpolicy allow-clickhouse-keeper -o yaml`],
            ],
            mitigation: [
                "Bring a second Keeper back; the sessions of the servers return by themselves.",
                "Never delete the volumes of two Keepers: with them goes the knowledge of what is replicated.",
            ],
            rollback: rollbackDoesNotHelp,
        },
        ClickHouseInsertsRejected: {
            meaning:
                "A partition has so many parts that ClickHouse refuses inserts (error 252, TOO_MANY_PARTS). Merging does not follow: too many small inserts, or a merge that is stuck.",
            impact: "Events are not stored. Those in Kafka wait; those whose insert was not repeated are lost.",
            diagnosis: [
                ["See the partitions with the most parts.", ask(parts)],
                ["See whether merges run.", ask("SELECT table, elapsed, progress, num_parts FROM system.merges")],
                [
                    "See how large inserts are: under a thousand rows is too small.",
                    ask("SELECT count(), avg(written_rows) FROM system.query_log WHERE query_kind = 'Insert' AND event_time > now() - 600"),
                ],
            ],
            mitigation: [
                "Stop or slow the writer that sends small inserts: a candidate that stopped batching is the usual one.",
                [
                    "Let it merge what there is.",
                    ask("OPTIMIZE TABLE <table> PARTITION <partition>").replace(
                        'read_only --password "$READ_ONLY_PASSWORD"',
                        'migration --password "$MIGRATION_PASSWORD"',
                    ),
                ],
            ],
            rollback: rollbackMayHelp,
        },
        ClickHouseInsertsDelayed: {
            meaning: "A partition has many parts, and ClickHouse makes inserts wait so that merging can catch up.",
            impact: "Consumers fall behind. If parts go on growing, inserts are refused next.",
            diagnosis: [
                ["See the partitions.", ask(parts)],
                ["See whether the disk is busy: merging is mostly writing.", `${kubectl} exec $POD -- cat /proc/pressure/io`],
            ],
            mitigation: [
                "Send fewer and larger inserts.",
                "A mutation that rewrites a whole table competes with merging: see `system.mutations`, and wait or kill it.",
            ],
            rollback: rollbackMayHelp,
        },
        ClickHouseTooManyParts: {
            meaning: "A partition has more parts than is healthy, and fewer than slow inserts down.",
            impact: "None yet. Queries read more files.",
            diagnosis: [
                ["See the partitions.", ask(parts)],
                [
                    "See the pace at which parts are made.",
                    ask(
                        "SELECT toStartOfMinute(event_time) AS minute, count() FROM system.part_log WHERE event_type = 'NewPart' GROUP BY 1 ORDER BY 1 DESC LIMIT 15",
                    ),
                ],
            ],
            mitigation: [
                "Batch inserts: a few a second for each table, with thousands of rows.",
                "A table partitioned by too fine a key has many partitions with few parts each: change the key, in a migration.",
            ],
            rollback: rollbackMayHelp,
        },
        ClickHouseReplicaReadOnly: {
            meaning: "A server has lost its session with the Keepers, so its replicated tables take no inserts.",
            impact: "The other server of the shard carries the inserts alone.",
            diagnosis: [
                [
                    "See which tables, and the reason.",
                    ask("SELECT database, table, is_session_expired, zookeeper_exception FROM system.replicas WHERE is_readonly"),
                ],
                ["See whether it reaches the Keepers.", `${kubectl} logs $POD --tail=200 | grep -i keeper`],
            ],
            mitigation: [
                ["If the session does not come back by itself within minutes, make it anew.", "SYSTEM RESTART REPLICA <database>.<table>"],
                "If all servers are read-only, it is the Keepers: see ClickHouseKeepersLostMajority.",
            ],
            rollback: rollbackDoesNotHelp,
        },
        ClickHouseReplicaLags: {
            meaning: "A replica has work in its queue that it does not get done: fetching parts, merging, mutating.",
            impact: "Queries that reach this replica give old answers.",
            diagnosis: [
                [
                    "See the queue and what fails in it.",
                    ask("SELECT type, num_tries, last_exception FROM system.replication_queue ORDER BY num_tries DESC LIMIT 10"),
                ],
                ["See how far each replica is.", ask("SELECT table, absolute_delay, queue_size FROM system.replicas ORDER BY absolute_delay DESC LIMIT 10")],
            ],
            mitigation: [
                "An entry that fails each time names a part that no replica has: the message says how to go on.",
                "If it only is behind after a restart, wait: it shrinks.",
            ],
            rollback: rollbackDoesNotHelp,
        },
    };
}
