import type { DashboardSpec } from "./panel.ts";
import { own, rate, sumBy } from "./queries.ts";
import { graph, stat } from "./store-panels.ts";
import { serviceVariables } from "./variables.ts";

/** Redis: whether it serves, what it is short of, whether replicas follow. */
export const redis: DashboardSpec = {
    name: "redis",
    title: "Redis",
    description: "The cache: whether it serves, how much it finds, what it is short of, and whether replicas follow.",
    from: "now-6h",
    variables: serviceVariables("redis_up"),
    marksSteps: true,
    rows: [
        {
            title: "Servers",
            panels: [
                stat("Servers that answer", "Of three. Two are enough for a primary.", `sum(${own("redis_up")})`, "RedisServerDown"),
                stat(
                    "Primaries",
                    "Exactly one. None: no writes. Two: data differ.",
                    `sum(${own("redis_instance_info", { role: "master" })})`,
                    "RedisPrimaryMissing",
                ),
                stat("Replicas that follow", "Two, as seen by the primary.", `max(${own("redis_connected_slaves")})`, "RedisReplicaDisconnected"),
            ],
        },
        {
            title: "Use and saturation",
            panels: [
                graph(
                    "Commands",
                    "Commands each second, by server: the primary has the writes.",
                    "ops",
                    sumBy("pod", rate(own("redis_commands_processed_total"))),
                    "{{pod}}",
                    "RedisServerDown",
                ),
                graph(
                    "Lookups that find something",
                    "Share of lookups that found a key, as Redis counts them.",
                    "percentunit",
                    `sum(${rate(own("redis_keyspace_hits_total"))}) / (sum(${rate(own("redis_keyspace_hits_total"))}) + sum(${rate(own("redis_keyspace_misses_total"))}))`,
                    "found",
                    "CacheHitsBudgetBurnsSlowly",
                ),
                graph(
                    "Keys thrown out",
                    "Keys each second that had to make room. A few are normal in a full cache.",
                    "ops",
                    sumBy("pod", rate(own("redis_evicted_keys_total"))),
                    "{{pod}}",
                    "RedisEvictsKeys",
                ),
                graph(
                    "Memory",
                    "Memory for data over what it may be.",
                    "percentunit",
                    `max by (pod) (${own("redis_memory_used_bytes")}) / max by (pod) (${own("redis_memory_max_bytes")})`,
                    "{{pod}}",
                    "RedisEvictsKeys",
                ),
                graph(
                    "Clients",
                    "Connections. A candidate doubles them.",
                    "short",
                    sumBy("pod", own("redis_connected_clients")),
                    "{{pod}}",
                    "RedisRejectsConnections",
                ),
                graph(
                    "Clients turned away",
                    "Connections each second that were refused.",
                    "cps",
                    sumBy("pod", rate(own("redis_rejected_connections_total"))),
                    "{{pod}}",
                    "RedisRejectsConnections",
                ),
                graph(
                    "Link to the primary",
                    "1 while a replica has its primary.",
                    "short",
                    `min by (pod) (${own("redis_master_link_up")})`,
                    "{{pod}}",
                    "RedisReplicaDisconnected",
                ),
            ],
        },
    ],
};
