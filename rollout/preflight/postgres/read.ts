import { setTimeout as sleep } from "node:timers/promises";

import pg from "pg";
import { z } from "zod";

import { defined } from "../../defined.ts";
import { type PostgresReading, type StandbyReading, mostLagSeconds } from "./judge.ts";

/** How a PostgreSQL server is reached. */
export interface PostgresArgs {
    readonly host: string;
    readonly port: number;
    readonly sslMode: "disable" | "require" | "verify-ca" | "verify-full";
    /** PEM of the authority that signed the server's certificate. @default those of Node */
    readonly certificateAuthority?: string;
    readonly username: string;
    readonly password: string;
    /** Databases and roles that must be there. */
    readonly databases: readonly string[];
    readonly roles: readonly string[];
    /** How long one answer may take, in milliseconds. @default 5000 */
    readonly timeoutMs?: number;
}

/**
 * Looks at a PostgreSQL server. The account needs to see other roles' connections and replicas: a superuser, or a member of `pg_monitor`.
 *
 * Whether replicas keep up is measured: they get {@link mostLagSeconds} to apply what was written when the look began. The server's own `replay_lag` is empty for one that has
 * applied nothing since it connected.
 *
 * @throws the client's error.
 */
export async function readPostgres(args: PostgresArgs, signal?: AbortSignal): Promise<PostgresReading> {
    const { host, port, username, password, timeoutMs = 5_000 } = args;
    const client = new pg.Client({
        host,
        port,
        user: username,
        password,
        database: "postgres",
        application_name: "rollout preflight",
        ssl: tlsOf(args),
        connectionTimeoutMillis: timeoutMs,
        query_timeout: timeoutMs,
    });
    // Without a listener, a connection that breaks between two questions would end the program.
    client.on("error", () => undefined);
    const cut = (): void => {
        client.connection.stream.destroy();
    };
    signal?.addEventListener("abort", cut);
    try {
        await client.connect();
        const server = serverRow.parse((await client.query(serverQuery)).rows[0]);
        const missing = z
            .array(z.object({ what: z.string() }))
            .parse((await client.query(missingQuery, [args.databases, args.roles])).rows)
            .map(({ what }) => what);
        return { ...server, missing, standbys: server.inRecovery ? [] : await standbysOf(client) };
    } finally {
        signal?.removeEventListener("abort", cut);
        await Promise.race([client.end().catch(() => undefined), sleep(500, undefined, { ref: false })]);
        cut();
    }
}

/** As libpq's sslmode: https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION */
function tlsOf({ sslMode, certificateAuthority }: PostgresArgs): pg.ClientConfig["ssl"] {
    const authority = defined({ ca: certificateAuthority });
    switch (sslMode) {
        case "disable":
            return false;
        case "require":
            return { rejectUnauthorized: false };
        case "verify-ca":
            return { ...authority, checkServerIdentity: () => undefined };
        case "verify-full":
            return authority;
    }
}

async function standbysOf(client: pg.Client): Promise<readonly StandbyReading[]> {
    const { rows } = await client.query("select pg_current_wal_lsn()::text as position");
    const { position } = z.object({ position: z.string() }).parse(rows[0]);
    const startMs = performance.now();
    const caughtUp = new Map<string, number>();
    for (;;) {
        const standbys = z.array(standbyRow).parse((await client.query(standbyQuery, [position])).rows);
        const seconds = (performance.now() - startMs) / 1_000;
        for (const { pid, applied } of standbys) {
            if (applied && !caughtUp.has(pid)) {
                caughtUp.set(pid, seconds);
            }
        }
        if (standbys.every(({ state, applied }) => applied || state !== "streaming") || seconds >= mostLagSeconds) {
            return standbys.map(({ pid, name, state, behindBytes }) => ({ name, state, behindBytes, caughtUpSeconds: caughtUp.get(pid) }));
        }
        await sleep(100);
    }
}

const serverRow = z.object({
    version: z.string(),
    inRecovery: z.boolean(),
    encrypted: z.boolean(),
    connections: z.number(),
    connectionLimit: z.number(),
});

const serverQuery = `select split_part(current_setting('server_version'), ' ', 1) as version, pg_is_in_recovery() as "inRecovery",
    coalesce((select ssl from pg_stat_ssl where pid = pg_backend_pid()), false) as encrypted,
    (select count(*) from pg_stat_activity where backend_type = 'client backend')::int as connections,
    (current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int) as "connectionLimit"`;

const missingQuery = `select 'database ' || wanted as what from unnest($1::text[]) as wanted where not exists (select 1 from pg_database where datname = wanted)
    union all select 'role ' || wanted from unnest($2::text[]) as wanted where not exists (select 1 from pg_roles where rolname = wanted)`;

const standbyRow = z.object({ pid: z.string(), name: z.string(), state: z.string(), behindBytes: z.number(), applied: z.boolean() });

const standbyQuery = `select pid::text, coalesce(nullif(application_name, ''), client_addr::text, 'without a name') as name, coalesce(state, 'unknown') as state,
    coalesce(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn), 0)::float8 as "behindBytes", coalesce(replay_lsn >= $1::pg_lsn, false) as applied
    from pg_stat_replication where application_name <> 'pg_basebackup' order by name, pid`;
