import { describe, expect, it } from "vitest";

import { type ClickHouseReading, judgeClickHouse } from "../../../rollout/preflight/clickhouse/judge.ts";
import { type KafkaReading, judgeKafka } from "../../../rollout/preflight/kafka/judge.ts";
import { type PostgresReading, judgePostgres } from "../../../rollout/preflight/postgres/judge.ts";
import { type RedisReading, judgeRedis } from "../../../rollout/preflight/redis/judge.ts";

describe("PostgreSQL", () => {
    const standby = { name: "replica-1", state: "streaming", caughtUpSeconds: 0.1, behindBytes: 0 };
    const well: PostgresReading = {
        version: "17.2",
        inRecovery: false,
        encrypted: true,
        connections: 40,
        connectionLimit: 97,
        standbys: [standby],
        missing: [],
    };
    const expected = { standbys: 1, encrypted: true, version: "17.0.0" };

    it("passes when the primary is well and its replica in sync", () => {
        expect(judgePostgres(well, expected)).toMatchObject({
            state: "passed",
            text: "version 17.2, 1 replicas in sync within 0.1 s, 40 of 97 connections, TLS",
        });
    });

    it.each<{ readonly what: string; readonly change: Partial<PostgresReading>; readonly text: RegExp }>([
        { what: "the server is a replica", change: { inRecovery: true }, text: /is a replica, and takes no writes/ },
        { what: "the connection is plain", change: { encrypted: false }, text: /not encrypted/ },
        { what: "the version is another", change: { version: "16.4" }, text: /version 16\.4, not 17\.0\.0/ },
        { what: "connections run out", change: { connections: 78 }, text: /78 of 97 connections are in use/ },
        { what: "a limit of none is known", change: { connectionLimit: 0 }, text: /40 of 0 connections/ },
        { what: "a replica is missing", change: { standbys: [] }, text: /0 replicas follow the primary, not 1/ },
        { what: "a replica catches up", change: { standbys: [{ ...standby, state: "catchup" }] }, text: /replica-1 is in state 'catchup'/ },
        {
            what: "a replica does not apply what was written",
            change: { standbys: [{ ...standby, caughtUpSeconds: undefined, behindBytes: 4_096 }] },
            text: /replica-1 lags: after 5 s it is still 4096 bytes behind/,
        },
        { what: "the database is missing", change: { missing: ["database events"] }, text: /there is no database events/ },
    ])("fails when $what, and says what to do", ({ change, text }) => {
        const { state, text: told, fix } = judgePostgres({ ...well, ...change }, expected);

        expect({ state, told }).toEqual({ state: "failed", told: expect.stringMatching(text) as string });
        expect(fix).not.toBe("");
    });

    it("tells everything that is wrong at once", () => {
        expect(judgePostgres({ ...well, encrypted: false, standbys: [] }, expected).text).toMatch(/not encrypted; 0 replicas/);
    });
});

describe("Redis", () => {
    const primary = {
        address: "redis-0:6379",
        role: "master",
        version: "7.4.0",
        usedMemoryBytes: 400 * 2 ** 20,
        memoryLimitBytes: 512 * 2 ** 20,
        evictionPolicy: "allkeys-lru",
        persistent: true,
        loading: false,
        offsetBytes: 100_000_000,
    };
    const replica = { address: "redis-1:6379", state: "online", offsetBytes: 100_000_000, lagSeconds: 1 };
    const sentinel = { answering: ["a", "b", "c"], silent: [], primaries: ["redis-0:6379", "redis-0:6379"], down: [], replicas: 2 };
    const well: RedisReading = { primary, replicas: [replica, { ...replica, address: "redis-2:6379" }], sentinel };
    const expected = { replicas: 2, sentinels: 3 };

    it("passes when all nodes are well", () => {
        expect(judgeRedis(well, expected).state).toBe("passed");
    });

    it("passes when a cache that may throw out every key is full", () => {
        expect(judgeRedis({ ...well, primary: { ...primary, usedMemoryBytes: primary.memoryLimitBytes } }, expected).state).toBe("passed");
    });

    it.each<{ readonly what: string; readonly reading: RedisReading; readonly text: RegExp }>([
        { what: "it is no primary", reading: { ...well, primary: { ...primary, role: "slave" } }, text: /is a slave, not the primary/ },
        { what: "it loads", reading: { ...well, primary: { ...primary, loading: true } }, text: /still loading/ },
        { what: "it has no limit", reading: { ...well, primary: { ...primary, memoryLimitBytes: 0 } }, text: /no memory limit/ },
        { what: "it never evicts", reading: { ...well, primary: { ...primary, evictionPolicy: "noeviction" } }, text: /throws nothing out/ },
        {
            what: "it is nearly full and may evict only some keys",
            reading: { ...well, primary: { ...primary, evictionPolicy: "volatile-ttl", usedMemoryBytes: 500 * 2 ** 20 } },
            text: /uses 500\.0 MiB of 512\.0 MiB/,
        },
        { what: "nothing is on disk", reading: { ...well, primary: { ...primary, persistent: false } }, text: /keeps no append-only file/ },
        {
            what: "a write to disk failed",
            reading: { ...well, primary: { ...primary, persistenceError: "aof_last_write_status is err" } },
            text: /aof_last_write_status/,
        },
        { what: "a replica is dead", reading: { ...well, replicas: [replica] }, text: /1 replicas follow the primary redis-0:6379, not 2/ },
        { what: "a replica waits", reading: { ...well, replicas: [replica, { ...replica, state: "wait_bgsave" }] }, text: /state 'wait_bgsave'/ },
        { what: "a replica is silent", reading: { ...well, replicas: [replica, { ...replica, lagSeconds: 30 }] }, text: /30 s ago/ },
        { what: "a replica is far behind", reading: { ...well, replicas: [replica, { ...replica, offsetBytes: 0 }] }, text: /95\.4 MiB behind/ },
        { what: "a lag is not a number", reading: { ...well, replicas: [replica, { ...replica, lagSeconds: Number.NaN }] }, text: /NaN s ago/ },
        { what: "no Sentinel is known", reading: { primary, replicas: well.replicas }, text: /no Sentinel answered/ },
        {
            what: "a Sentinel is silent",
            reading: { ...well, sentinel: { ...sentinel, answering: ["a", "b"], silent: ["c: timeout"] } },
            text: /2 of 3 Sentinels answer \(c: timeout\)/,
        },
        { what: "Sentinels disagree", reading: { ...well, sentinel: { ...sentinel, primaries: ["x", "y"] } }, text: /name 2 primaries: x, y/ },
        {
            what: "a Sentinel has a replica down",
            reading: { ...well, sentinel: { ...sentinel, down: ["replica x is down (s_down)"] } },
            text: /replica x is down/,
        },
    ])("fails when $what", ({ reading, text }) => {
        expect(judgeRedis(reading, expected)).toMatchObject({ state: "failed", text: expect.stringMatching(text) as string });
    });

    it("asks for no Sentinel of a server that somebody else runs", () => {
        expect(judgeRedis({ primary, replicas: [] }, { replicas: 0, sentinels: 0 }).state).toBe("passed");
    });
});

describe("ClickHouse", () => {
    const server = (shard: number, host: string) => ({ shard, host, errors: 0, answered: true });
    const table = { server: "s1-0", table: "events.local", readonly: false, sessionExpired: false, queue: 0, delaySeconds: 0, replicas: 2, activeReplicas: 2 };
    const well: ClickHouseReading = {
        version: "24.8",
        servers: [server(1, "s1-0"), server(1, "s1-1"), server(2, "s2-0"), server(2, "s2-1")],
        tables: [table],
        disks: [{ server: "s1-0", name: "default", freeBytes: 50, totalBytes: 100 }],
        keeperSessions: 4,
        migrations: ["001-events"],
    };
    const expected = { shards: 2, replicas: 2, migrations: ["001-events"] };

    it("passes when all shards are well", () => {
        expect(judgeClickHouse(well, expected).state).toBe("passed");
    });

    it.each<{ readonly what: string; readonly change: Partial<ClickHouseReading>; readonly text: RegExp }>([
        { what: "a shard is missing", change: { servers: well.servers.slice(0, 2), keeperSessions: 2 }, text: /1 shards, not 2/ },
        { what: "a replica is missing", change: { servers: well.servers.slice(1), keeperSessions: 3 }, text: /shard 1 has 1 replicas, not 2/ },
        {
            what: "a server is silent",
            change: { servers: [...well.servers.slice(1), { ...server(1, "s1-0"), answered: false }] },
            text: /s1-0 of shard 1 does not answer/,
        },
        {
            what: "a server has errors",
            change: { servers: [...well.servers.slice(1), { ...server(1, "s1-0"), errors: 3 }] },
            text: /could not be reached 3 times/,
        },
        { what: "a table is read-only", change: { tables: [{ ...table, readonly: true }] }, text: /is read-only/ },
        { what: "a session expired", change: { tables: [{ ...table, sessionExpired: true }] }, text: /is read-only/ },
        { what: "a queue is long", change: { tables: [{ ...table, queue: 101 }] }, text: /101 entries in its replication queue/ },
        { what: "a replica is behind", change: { tables: [{ ...table, delaySeconds: 301 }] }, text: /301 s behind/ },
        { what: "a replica is not active", change: { tables: [{ ...table, activeReplicas: 1 }] }, text: /1 of 2 replicas are active/ },
        { what: "there is no table", change: { tables: [] }, text: /no replicated table/ },
        { what: "a disk is full", change: { disks: [{ server: "s1-0", name: "default", freeBytes: 10, totalBytes: 100 }] }, text: /10 % free/ },
        { what: "a disk has no size", change: { disks: [{ server: "s1-0", name: "default", freeBytes: 0, totalBytes: 0 }] }, text: /NaN % free/ },
        { what: "no disk is known", change: { disks: [] }, text: /no disk is known/ },
        { what: "Keepers are lost", change: { keeperSessions: 0 }, text: /0 of 4 servers are connected to a Keeper/ },
        { what: "a migration is missing", change: { migrations: [] }, text: /001-events was not applied/ },
    ])("fails when $what", ({ change, text }) => {
        expect(judgeClickHouse({ ...well, ...change }, expected)).toMatchObject({ state: "failed", text: expect.stringMatching(text) as string });
    });
});

describe("Kafka", () => {
    const partition = { id: 0, leader: 1, replicas: [1, 2, 3], inSync: [1, 2, 3] };
    const topic = { name: "events", partitions: [partition], settings: { "retention.ms": "1000" } };
    const well: KafkaReading = { brokers: [1, 2, 3], hasController: true, topics: [topic], lags: [{ group: "api", topic: "events", records: 5 }] };
    const expected = { topics: [{ name: "events", partitions: 1, settings: { "retention.ms": "1000" } }], replicationFactor: 3, minimumInSyncReplicas: 2 };

    it("passes when all brokers are up and the topics as declared", () => {
        expect(judgeKafka(well, expected)).toMatchObject({ state: "passed", text: "3 brokers, 1 topics with 1 partitions in sync, as declared" });
    });

    it.each<{ readonly what: string; readonly change: Partial<KafkaReading>; readonly text: RegExp }>([
        { what: "a broker is down", change: { brokers: [1, 2] }, text: /2 brokers are up, fewer than the 3 copies.*; broker 3 is down/ },
        { what: "there is no controller", change: { hasController: false }, text: /no active controller/ },
        { what: "a topic is missing", change: { topics: [] }, text: /there is no topic events/ },
        {
            what: "a partition is offline",
            change: { topics: [{ ...topic, partitions: [{ ...partition, leader: -1 }] }] },
            text: /partition 0 of events is offline/,
        },
        { what: "a copy is behind", change: { topics: [{ ...topic, partitions: [{ ...partition, inSync: [1, 2] }] }] }, text: /under-replicated: 2 of 3/ },
        {
            what: "too few copies are in sync",
            change: { topics: [{ ...topic, partitions: [{ ...partition, inSync: [1] }] }] },
            text: /takes no writes: 1 of 3/,
        },
        { what: "partitions were added", change: { topics: [{ ...topic, partitions: [partition, { ...partition, id: 1 }] }] }, text: /2 partitions, not 1/ },
        { what: "a setting was changed", change: { topics: [{ ...topic, settings: { "retention.ms": "9" } }] }, text: /retention\.ms is 9, not 1000/ },
        { what: "a setting is not known", change: { topics: [{ ...topic, settings: {} }] }, text: /retention\.ms is not known, not 1000/ },
        { what: "a group lags", change: { lags: [{ group: "api", topic: "events", records: 20_000 }] }, text: /group api has 20000 records of events/ },
        { what: "a lag is not a number", change: { lags: [{ group: "api", topic: "events", records: Number.NaN }] }, text: /NaN records/ },
    ])("fails when $what", ({ change, text }) => {
        expect(judgeKafka({ ...well, ...change }, expected)).toMatchObject({ state: "failed", text: expect.stringMatching(text) as string });
    });
});
