import { ClickHouseLogLevel, createClient } from "@clickhouse/client";
import { z } from "zod";

import { defined } from "../../defined.ts";
import type { ClickHouseReading } from "./judge.ts";

/** How a ClickHouse cluster is reached. */
export interface ClickHouseArgs {
    /** HTTP interface of any server: `https://clickhouse.example.com:8443`. Without credentials. */
    readonly url: string;
    readonly username: string;
    readonly password: string;
    /** Name of the cluster in the servers' configuration. */
    readonly cluster: string;
    /** Database with the list of migrations. */
    readonly database: string;
    /** PEM of the authority that signed the certificate. @default those of Node */
    readonly certificateAuthority?: string;
    /** How long one answer may take, in milliseconds. @default 5000 */
    readonly timeoutMs?: number;
}

/**
 * Looks at a ClickHouse cluster through one of its servers: those that it can't reach are left out of what is said of tables and disks, and named.
 *
 * The account reads system tables, and those of the other servers (`GRANT REMOTE ON *.*` where the server asks for it).
 *
 * @throws the client's error.
 */
export async function readClickHouse(args: ClickHouseArgs, signal?: AbortSignal): Promise<ClickHouseReading> {
    const { url, username, password, cluster, database, certificateAuthority, timeoutMs = 5_000 } = args;
    const client = createClient({
        url,
        username,
        password,
        request_timeout: timeoutMs,
        application: "rollout-preflight",
        keep_alive: { enabled: false },
        // An error is reported once, as the check's finding.
        log: { level: ClickHouseLogLevel.OFF },
        ...(certificateAuthority === undefined ? {} : { tls: { ca_cert: Buffer.from(certificateAuthority) } }),
    });
    const ask = async <T>(query: string, row: z.ZodType<T>): Promise<readonly T[]> => {
        const answer = await client.query({
            query,
            query_params: { cluster },
            format: "JSONEachRow",
            clickhouse_settings: { skip_unavailable_shards: 1, readonly: "1", output_format_json_quote_64bit_integers: 0 },
            ...defined({ abort_signal: signal }),
        });
        return z.array(row).parse(await answer.json());
    };
    const everywhere = (table: string): string => `clusterAllReplicas({cluster:String}, ${table})`;
    try {
        const [version] = await ask("SELECT version() AS version", z.object({ version: z.string() }));
        const [servers, hosts, tables, disks, keepers, migrations] = await Promise.all([
            ask(
                "SELECT shard_num AS shard, host_name AS host, errors_count AS errors FROM system.clusters WHERE cluster = {cluster:String} ORDER BY shard, host",
                serverRow,
            ),
            ask(`SELECT DISTINCT hostName() AS host FROM ${everywhere("system.one")}`, z.object({ host: z.string() })),
            ask(tableQuery(everywhere("system.replicas")), tableRow),
            ask(
                `SELECT hostName() AS server, name, free_space AS freeBytes, total_space AS totalBytes FROM ${everywhere("system.disks")} ORDER BY server, name`,
                diskRow,
            ),
            ask(
                `SELECT uniqExact(hostName()) AS sessions FROM ${everywhere("system.zookeeper_connection")} WHERE is_expired = 0`,
                z.object({ sessions: z.number() }),
            ),
            ask(`SELECT DISTINCT version FROM ${quoted(database)}.schema_migrations ORDER BY version`, z.object({ version: z.string() })),
        ]);
        // A pod's own name is the first label of the name that the others call it by.
        const answered = new Set(hosts.map(({ host }) => host.split(".")[0]));
        return {
            version: version?.version ?? "unknown",
            servers: servers.map((server) => ({ ...server, answered: answered.has(server.host.split(".")[0]) })),
            tables,
            disks,
            keeperSessions: keepers[0]?.sessions ?? 0,
            migrations: migrations.map((migration) => migration.version),
        };
    } finally {
        await client.close();
    }
}

function tableQuery(replicas: string): string {
    return `SELECT hostName() AS server, concat(database, '.', table) AS table, is_readonly AS readonly, is_session_expired AS sessionExpired, queue_size AS queue,
        absolute_delay AS delaySeconds, total_replicas AS replicas, active_replicas AS activeReplicas FROM ${replicas} ORDER BY server, table`;
}

function quoted(name: string): string {
    return `\`${name.replaceAll(/[`\\]/g, "\\$&")}\``;
}

const flag = z.union([z.boolean(), z.number()]).transform(Boolean);
const serverRow = z.object({ shard: z.number(), host: z.string(), errors: z.number() });
const tableRow = z.object({
    server: z.string(),
    table: z.string(),
    readonly: flag,
    sessionExpired: flag,
    queue: z.number(),
    delaySeconds: z.number(),
    replicas: z.number(),
    activeReplicas: z.number(),
});
const diskRow = z.object({ server: z.string(), name: z.string(), freeBytes: z.number(), totalBytes: z.number() });
