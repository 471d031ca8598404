import type { Scope } from "../scope.ts";
import { type Runbooks, commandsFor, rollbackDoesNotHelp, rollbackMayHelp } from "./runbook.ts";

/** The cache. */
export function redisRunbooks(scope: Scope): Runbooks {
    const { kubectl, podsOf } = commandsFor(scope);
    const name = `${scope.service}-stores-redis`;
    const job = `namespace="${scope.namespace}",job="${scope.jobs.redis}"`;
    const info = (section: string, pod = "$POD"): string =>
        `${kubectl} exec ${pod} -c redis -- sh -c 'REDISCLI_AUTH=$(cat /credentials/exporter) redis-cli $([ -f /tls/ca.crt ] && echo --tls --cacert /tls/ca.crt) --user exporter info ${section}'`;
    const everyServer = `for i in 0 1 2; do ${info("replication", `${name}-$i`).replace("'REDIS", "'REDIS")} | grep -E 'role|master_host|master_link_status|connected_slaves'; done`;
    const sentinelLog = `${kubectl} logs -l app.kubernetes.io/component=redis -c sentinel --prefix --since=30m | grep -E '\\+switch-master|\\+odown|-failover|\\+failover'`;
    return {
        RedisPrimaryMissing: {
            meaning:
                "None of the three servers is the primary. Sentinel can't agree on one (fewer than two Sentinels reach each other), all servers are down, or their metrics are gone.",
            impact: "Nothing can be written to the cache, so every answer is computed anew: latency rises at once, then the load of PostgreSQL and ClickHouse.",
            diagnosis: [
                ["See the pods: two of three are needed.", podsOf("redis")],
                ["Ask each server what it is.", everyServer],
                ["Read what the Sentinels decided.", sentinelLog],
            ],
            mitigation: [
                "Pods missing: bring them back; with two of three Sentinels a primary is chosen within seconds.",
                "Pods there and no primary: a network policy that cuts port 26379 keeps Sentinels apart. Restore it with `pulumi up --refresh`.",
                [
                    "All there, and still none: restart the Sentinels one by one. The servers keep their data.",
                    `${kubectl} delete pod ${name}-0   # then -1, -2, each after the one before is ready`,
                ],
            ],
            rollback: rollbackDoesNotHelp,
        },
        RedisPrimariesDisagree: {
            meaning:
                "Two servers say that they are the primary: a network that was cut is whole again and the old primary has not stepped down yet, or an operator promoted a replica by hand.",
            impact: "Clients read different data. What was written to the one that steps down is lost; for a cache that is bearable, mixed answers are not.",
            diagnosis: [
                ["Ask each server.", everyServer],
                ["Read which one the Sentinels mean.", sentinelLog],
            ],
            mitigation: [
                "Sentinel makes the old one a replica within ten seconds of reaching it. If it does not, delete the pod that the Sentinels do not name: it starts as a replica.",
                "The old primary takes no writes while it sees no replica (`min-replicas-to-write`), which bounds the loss.",
            ],
            rollback: rollbackDoesNotHelp,
        },
        RedisServerDown: {
            meaning: "One server does not answer its exporter for minutes. The pod is gone, starts, or hangs on a slow command.",
            impact: "None for users as long as the other two agree. Another one lost, and there is no primary.",
            diagnosis: [
                ["See the pod.", `${kubectl} describe pod $POD | tail -20`],
                ["Read its log.", `${kubectl} logs $POD -c redis --tail=50`],
                ["If it answers slowly, see what it was busy with.", info("stats")],
            ],
            mitigation: [
                "A pod that hangs is restarted by its liveness probe within a minute; if not, delete it. Its volume stays.",
                "A volume that can't be mounted: see the events, its node may be gone.",
            ],
            rollback: rollbackDoesNotHelp,
        },
        RedisReplicaDisconnected: {
            meaning: "A replica has lost its link to the primary and does not get it back: password, network, or a backlog that is too small for the gap.",
            impact: "If the primary fails now, what was written since the loss is gone with it.",
            diagnosis: [
                ["See state and lag of the link.", info("replication")],
                ["Read why it does not connect.", `${kubectl} logs $POD -c redis --tail=50 | grep -i -E 'sync|master|auth'`],
            ],
            mitigation: [
                "'WRONGPASS': the pods run with different Secrets; let the rollout of the StatefulSet finish.",
                "A full resync that begins again and again: the network is too slow for the data; lower the load or raise `repl-backlog-size`.",
            ],
            rollback: rollbackDoesNotHelp,
        },
        RedisRejectsConnections: {
            meaning: "A server has as many clients as it takes and turns new ones away.",
            impact: "Lookups fail, and count as errors of the cache: the service computes the answers instead.",
            diagnosis: [
                ["See how many clients there are.", info("clients")],
                ["See which revision holds connections: count pods and pools.", podsOf("api")],
            ],
            mitigation: [
                "A candidate that opens a connection for each request is the usual cause: roll back.",
                "Otherwise raise `maxclients`, after the number of pods times the size of their pool was compared with it.",
            ],
            rollback: rollbackMayHelp,
        },
        RedisEvictsKeys: {
            meaning:
                "The cache is full and throws out many keys each second that the service would have read again. A few are normal: the policy is to fill the memory.",
            impact: "Hits become misses. CacheHitsBudgetBurnsSlowly follows.",
            diagnosis: [
                ["See evictions and hits together.", `sum(rate(redis_evicted_keys_total{${job}}[5m])) / sum(rate(redis_keyspace_misses_total{${job}}[5m]))`],
                ["See memory and keys.", info("memory")],
                "More or larger keys since a step: the candidate caches more than the stable revision did, or under other names.",
            ],
            mitigation: [
                "Raise `maxMemoryMi` of the RedisCluster, in review: pods are replaced one at a time.",
                "Shorten the time to live of what is large and rarely asked for.",
            ],
            rollback: rollbackMayHelp,
        },
        RedisCannotPersist: {
            meaning: "A server could not write its append-only file: the volume is full, read-only, or gone.",
            impact: "A primary that can't persist refuses writes. After a restart the cache is as old as the file.",
            diagnosis: [
                ["Read the error.", info("persistence")],
                ["See the volume.", `${kubectl} exec $POD -c redis -- df -h /data`],
            ],
            mitigation: [
                "Full: enlarge the volume (`volumeSize`), or have the server rewrite its file when there is room for it.",
                "Read-only: the node's disk failed. Delete the pod and its claim; the replica syncs anew from the primary.",
            ],
            rollback: rollbackDoesNotHelp,
        },
    };
}
