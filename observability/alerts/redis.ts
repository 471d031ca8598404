import { fires, growing, ofStore, quiet, steady } from "../cases.ts";
import { example } from "../example.ts";
import { minutes, select } from "../../rollout/gate/gateway-series/promql.ts";
import type { RuleGroup } from "../rule.ts";
import type { Scope } from "../scope.ts";

/** Keys thrown out each second, by one server, above which the cache is too small. A cache of the usual size throws out a few. */
const evictedPerSecond = 50;

/** Redis as redis_exporter sees it: a primary and two replicas, whose primary may change. Only the lack of a primary pages. */
export function redisAlerts(scope: Scope): RuleGroup {
    const redis = { namespace: scope.namespace, job: scope.jobs.redis };
    const store = { store: "redis" };
    return {
        name: "redis",
        title: "The cache",
        intervalSeconds: 30,
        recordings: [],
        alerts: [
            {
                name: "RedisPrimaryMissing",
                severity: "critical",
                expression: `absent(sum(${select("redis_instance_info", { ...redis, role: "master" })}))`,
                forSeconds: minutes(1),
                labels: store,
                summary: "No Redis server is the primary.",
                description: "No server of the cache has been the primary for a minute: every write fails, and reads go to the stores behind it.",
                dashboard: "redis",
                onAbsence: [{ labels: {} }],
                cases: [
                    fires("when all servers are replicas", { [info("0", "slave")]: steady(1, 5), [info("1", "slave")]: steady(1, 5) }, minutes(4), [
                        { labels: {} },
                    ]),
                    quiet("when a replica takes over within a minute", { [info("0", "master")]: "1x3 stale", [info("1", "master")]: "_x4 1x10" }, minutes(9)),
                ],
            },
            {
                name: "RedisPrimariesDisagree",
                severity: "critical",
                expression: `sum(${select("redis_instance_info", { ...redis, role: "master" })}) > 1`,
                forSeconds: minutes(2),
                labels: store,
                summary: "Two Redis servers take writes.",
                description: "{{ $value }} servers of the cache say that they are the primary. Clients read different data, and one side loses its writes.",
                dashboard: "redis",
                cases: [
                    fires(
                        "when two servers are primaries for five minutes",
                        { [info("0", "master")]: steady(1, 6), [info("1", "master")]: steady(1, 6) },
                        minutes(5),
                        [
                            {
                                labels: {},
                                description:
                                    "2 servers of the cache say that they are the primary. Clients read different data, and one side loses its writes.",
                            },
                        ],
                    ),
                    quiet(
                        "when the old primary steps down after a failover",
                        { [info("0", "master")]: "1x3 stale", [info("1", "master")]: "_x2 1x10" },
                        minutes(6),
                    ),
                ],
            },
            {
                name: "RedisServerDown",
                severity: "warning",
                expression: `min by (pod) (${select("redis_up", redis)}) == 0`,
                forSeconds: minutes(5),
                labels: store,
                summary: "A Redis server does not answer.",
                description: "{{ $labels.pod }} does not answer its exporter. The cache goes on with one server less.",
                dashboard: "redis",
                cases: [
                    fires("when a server does not answer for six minutes", { [up("1")]: steady(0, 7), [up("2")]: steady(1, 7) }, minutes(6), [
                        { labels: { pod: "redis-1" }, description: "redis-1 does not answer its exporter. The cache goes on with one server less." },
                    ]),
                    quiet("when a server restarts within two minutes", { [up("1")]: "1x2 0x1 1x10" }, minutes(8)),
                ],
            },
            {
                name: "RedisReplicaDisconnected",
                severity: "warning",
                expression: `min by (pod) (${select("redis_master_link_up", redis)}) == 0`,
                forSeconds: minutes(10),
                labels: store,
                summary: "A Redis replica does not follow the primary.",
                description: "{{ $labels.pod }} has lost its primary. If that one fails now, what was written since is lost.",
                dashboard: "redis",
                cases: [
                    fires("when the link is down for a quarter of an hour", { [link("2")]: steady(0, 16) }, minutes(15), [
                        { labels: { pod: "redis-2" }, description: "redis-2 has lost its primary. If that one fails now, what was written since is lost." },
                    ]),
                    quiet("when a new replica takes five minutes to catch up", { [link("2")]: "0x5 1x15" }, minutes(14)),
                ],
            },
            {
                name: "RedisRejectsConnections",
                severity: "warning",
                expression: `sum by (pod) (rate(${select("redis_rejected_connections_total", redis, minutes(5))})) > 0`,
                forSeconds: minutes(5),
                labels: store,
                summary: "A Redis server turns clients away.",
                description: "{{ $labels.pod }} turns away {{ $value | humanize }} connections each second: it has as many clients as it takes.",
                dashboard: "redis",
                cases: [
                    fires(
                        "when a connection is turned away each second",
                        { [ofStore("redis_rejected_connections_total", example.jobs.redis, "redis-0")]: growing(60, 15) },
                        minutes(12),
                        [{ labels: { pod: "redis-0" }, description: "redis-0 turns away 1 connections each second: it has as many clients as it takes." }],
                    ),
                    quiet(
                        "when a few were turned away once",
                        { [ofStore("redis_rejected_connections_total", example.jobs.redis, "redis-0")]: "0x2 5x20" },
                        minutes(12),
                    ),
                ],
            },
            {
                name: "RedisEvictsKeys",
                severity: "warning",
                expression: `sum by (pod) (rate(${select("redis_evicted_keys_total", redis, minutes(5))})) > ${String(evictedPerSecond)}`,
                forSeconds: minutes(30),
                labels: store,
                summary: "The cache is too small for its load.",
                description: "{{ $labels.pod }} throws out {{ $value | humanize }} keys each second to make room: hits become misses.",
                dashboard: "redis",
                cases: [
                    fires("when a hundred keys a second go for most of an hour", { [evicted]: growing(6_000, 50) }, minutes(45), [
                        { labels: { pod: "redis-0" }, description: "redis-0 throws out 100 keys each second to make room: hits become misses." },
                    ]),
                    quiet("when forty keys a second go, as in a full cache", { [evicted]: growing(2_400, 50) }, minutes(45)),
                ],
            },
            {
                name: "RedisCannotPersist",
                severity: "warning",
                expression: `min by (pod) (${select("redis_aof_last_write_status", redis)}) == 0`,
                forSeconds: minutes(5),
                labels: store,
                summary: "A Redis server can't write to its volume.",
                description: "{{ $labels.pod }} could not write its append-only file. A primary stops taking writes then.",
                dashboard: "redis",
                cases: [
                    fires(
                        "when writes fail for ten minutes",
                        { [ofStore("redis_aof_last_write_status", example.jobs.redis, "redis-0")]: steady(0, 10) },
                        minutes(9),
                        [{ labels: { pod: "redis-0" }, description: "redis-0 could not write its append-only file. A primary stops taking writes then." }],
                    ),
                    quiet("when one write failed", { [ofStore("redis_aof_last_write_status", example.jobs.redis, "redis-0")]: "1x2 0 1x10" }, minutes(9)),
                ],
            },
        ],
    };
}

function info(pod: string, role: string): string {
    return ofStore("redis_instance_info", example.jobs.redis, `redis-${pod}`, { role });
}

function up(pod: string): string {
    return ofStore("redis_up", example.jobs.redis, `redis-${pod}`);
}

function link(pod: string): string {
    return ofStore("redis_master_link_up", example.jobs.redis, `redis-${pod}`);
}

const evicted = ofStore("redis_evicted_keys_total", example.jobs.redis, "redis-0");
