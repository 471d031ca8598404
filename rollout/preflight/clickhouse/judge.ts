import { type PreflightFinding, type Problem, findingOf } from "../preflight.ts";

/** What was seen of a ClickHouse cluster. */
export interface ClickHouseReading {
    readonly version: string;
    /** Rows of system.clusters for the cluster, with whether each server answered. */
    readonly servers: readonly ClickHouseServerReading[];
    /** Replicated tables, of every server that answered. */
    readonly tables: readonly ClickHouseTableReading[];
    /** Disks, of every server that answered. */
    readonly disks: readonly { readonly server: string; readonly name: string; readonly freeBytes: number; readonly totalBytes: number }[];
    /** Servers whose connection to a Keeper is up. */
    readonly keeperSessions: number;
    /** Versions of the schema that were applied. */
    readonly migrations: readonly string[];
}

/** A server of the cluster. */
export interface ClickHouseServerReading {
    readonly shard: number;
    readonly host: string;
    /** Errors that others had in reaching it, lately. */
    readonly errors: number;
    readonly answered: boolean;
}

/** A replicated table on one server. @see https://clickhouse.com/docs/operations/system-tables/replicas */
export interface ClickHouseTableReading {
    readonly server: string;
    readonly table: string;
    readonly readonly: boolean;
    readonly sessionExpired: boolean;
    readonly queue: number;
    readonly delaySeconds: number;
    readonly replicas: number;
    readonly activeReplicas: number;
}

/** What the check requires. */
export interface ClickHouseExpectation {
    readonly shards: number;
    readonly replicas: number;
    /** Versions of the schema that the program declares. */
    readonly migrations: readonly string[];
}

/** Parts that a replica may have yet to fetch or merge. ClickHouse delays inserts from 300 parts in a partition; not in the checklist. */
const mostQueued = 100;
/** Seconds that a replica may be behind: ClickHouse' own `max_replica_delay_for_distributed_queries`, beyond which it is not asked any more. */
const mostDelaySeconds = 300;
/** Share of a disk that must be free. Merges need room for a copy of what they merge. */
const leastFreeShare = 0.15;

/** Checklist, 'Infrastructure Pre-flight': all shards healthy. */
export function judgeClickHouse(reading: ClickHouseReading, expected: ClickHouseExpectation): PreflightFinding {
    const { version, servers, tables, disks, keeperSessions, migrations } = reading;
    const shards = new Set(servers.map(({ shard }) => shard));
    const answering = servers.filter(({ answered }) => answered);
    const missing = expected.migrations.filter((migration) => !migrations.includes(migration));
    const problems: Problem[] = [
        ...(shards.size === expected.shards
            ? []
            : [
                  {
                      text: `the cluster has ${String(shards.size)} shards, not ${String(expected.shards)}`,
                      fix: "see remote_servers in the configuration: the program declares it",
                  },
              ]),
        ...[...shards].flatMap((shard): readonly Problem[] => {
            const replicas = servers.filter((server) => server.shard === shard).length;
            return replicas === expected.replicas
                ? []
                : [
                      {
                          text: `shard ${String(shard)} has ${String(replicas)} replicas, not ${String(expected.replicas)}`,
                          fix: "see remote_servers in the configuration",
                      },
                  ];
        }),
        ...servers
            .filter(({ answered }) => !answered)
            .map(({ shard, host }) => ({
                text: `${host} of shard ${String(shard)} does not answer`,
                fix: "start the server, and see its log and its volume",
            })),
        ...servers
            .filter(({ answered, errors }) => answered && errors > 0)
            .map(({ host, errors }) => ({
                text: `${host} could not be reached ${String(errors)} times lately`,
                fix: "see the server's log, and the network between the servers",
            })),
        ...tables.flatMap(problemsOfTable),
        ...(tables.length > 0 ? [] : [{ text: "there is no replicated table", fix: "run 'pulumi up': its migration makes the tables" }]),
        ...disks
            .filter(({ freeBytes, totalBytes }) => !(freeBytes / totalBytes >= leastFreeShare))
            .map(({ server, name, freeBytes, totalBytes }) => ({
                text: `disk ${name} of ${server} has ${((freeBytes / totalBytes) * 100).toFixed(0)} % free, less than ${String(leastFreeShare * 100)} %`,
                fix: "enlarge the volume, or shorten how long events are kept",
            })),
        ...(disks.length > 0 ? [] : [{ text: "no disk is known", fix: "let the account read system.disks" }]),
        ...(keeperSessions >= answering.length && keeperSessions > 0
            ? []
            : [
                  {
                      text: `${String(keeperSessions)} of ${String(answering.length)} servers are connected to a Keeper`,
                      fix: "start the Keepers, two of three at the least: without a majority all tables are read-only",
                  },
              ]),
        ...missing.map((migration) => ({ text: `migration ${migration} was not applied`, fix: "run 'pulumi up', and see the log of the migration's job" })),
    ];
    return findingOf(
        problems,
        `version ${version}, ${String(shards.size)} shards of ${String(expected.replicas)} replicas, ${String(tables.length)} replicated tables in order`,
        {
            version,
            servers: servers.map(({ shard, host }) => `${String(shard)}/${host}`),
            keeperSessions,
            migrations: [...migrations],
            longestQueue: Math.max(0, ...tables.map(({ queue }) => queue)),
        },
    );
}

function problemsOfTable(table: ClickHouseTableReading): readonly Problem[] {
    const name = `${table.table} on ${table.server}`;
    return [
        ...(table.readonly || table.sessionExpired
            ? [{ text: `${name} is read-only`, fix: "see whether the server reaches the Keepers; then SYSTEM RESTORE REPLICA if its metadata is lost" }]
            : []),
        ...(table.activeReplicas >= table.replicas
            ? []
            : [{ text: `${name}: ${String(table.activeReplicas)} of ${String(table.replicas)} replicas are active`, fix: "start the missing server" }]),
        ...(table.queue <= mostQueued
            ? []
            : [{ text: `${name} has ${String(table.queue)} entries in its replication queue`, fix: "see system.replication_queue for what it waits for" }]),
        ...(table.delaySeconds <= mostDelaySeconds
            ? []
            : [{ text: `${name} is ${String(table.delaySeconds)} s behind`, fix: "see system.replication_queue for what it waits for" }]),
    ];
}
