import { createHash } from "node:crypto";

import type { ClickHouseAccount } from "./users.ts";

/** Table that the service writes events to, and reads them from: it spreads over all shards. */
export const eventTable = "engagement_events";

/** Days that events are kept, in the tables and in dumps. */
export const eventDays = 90;

/** The schema's changes, oldest first. */
export interface Migration {
    /** Number and name, such as `001-engagement-events`. Numbers count up without a gap. */
    readonly version: string;
    /** Statements that may run again after an interruption: each says `IF NOT EXISTS` or the like. */
    readonly sql: string;
}

/**
 * The schema's changes for `database`. What was once applied is never edited: a change is a new entry at the end. The job refuses an edited one.
 *
 * 001: one row for each thing that a viewer did with a video. A table on each shard, replicated, and one in front that spreads rows by viewer, so that a viewer's rows are
 * together. Rows go after 90 days.
 *
 * @throws {RangeError} when the database's name would need quotes.
 */
export function migrationsOf(database: string): readonly Migration[] {
    if (!/^[a-z][a-z0-9_]{0,62}$/.test(database)) {
        throw new RangeError(`database is '${database}': use lower-case letters, digits and '_', starting with a letter`);
    }
    return [
        {
            version: "001-engagement-events",
            sql: `CREATE TABLE IF NOT EXISTS ${database}.engagement_events_local ON CLUSTER '{cluster}'
(
    event_id UUID,
    event_type LowCardinality(String),
    occurred_at DateTime64(3, 'UTC'),
    received_at DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC'),
    viewer_id String,
    session_id String,
    video_id String,
    creator_id String,
    surface LowCardinality(String),
    position UInt16,
    watch_time_ms UInt32,
    revision LowCardinality(String)
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/{database}/{table}', '{replica}')
PARTITION BY toYYYYMM(occurred_at)
ORDER BY (video_id, event_type, occurred_at, event_id)
TTL toDateTime(occurred_at) + INTERVAL ${String(eventDays)} DAY DELETE;

CREATE TABLE IF NOT EXISTS ${database}.engagement_events ON CLUSTER '{cluster}'
AS ${database}.engagement_events_local
ENGINE = Distributed('{cluster}', '${database}', 'engagement_events_local', cityHash64(viewer_id));
`,
        },
    ];
}

/** What must be there before the first migration: the database, and the list of what was applied. It is on every server, so that the job can use any of them. */
export function ledgerOf(database: string): string {
    return `CREATE DATABASE IF NOT EXISTS ${database} ON CLUSTER '{cluster}';

CREATE TABLE IF NOT EXISTS ${database}.schema_migrations ON CLUSTER '{cluster}'
(
    version String,
    checksum FixedString(64),
    applied_at DateTime DEFAULT now()
)
ENGINE = ReplicatedMergeTree('/clickhouse/tables/all/{database}/{table}', '{replica}')
ORDER BY version;
`;
}

/** SHA-256 over all migrations, in hex: another schema is another checksum, and so another job. */
export function checksumOf(migrations: readonly Migration[]): string {
    return createHash("sha256").update(JSON.stringify(migrations)).digest("hex");
}

/**
 * The files that the job mounts: the ledger, one file a migration, and the script that applies what is missing, in order.
 *
 * The ledger is read and written with a quorum, so that a server that lags behind can't make a migration run twice, or look as if it had not run.
 */
export function migrationFiles(database: string, migrations: readonly Migration[]): Readonly<Record<string, string>> {
    return {
        ...Object.fromEntries(migrations.map(({ version, sql }) => [`${version}.sql`, sql])),
        "ledger.sql": ledgerOf(database),
        "migrate.sh": `set -eu
ask() { clickhouse-client --config-file /credentials/client.xml --query "$1"; }
apply() { clickhouse-client --config-file /credentials/client.xml --multiquery < "$1"; }
until ask 'SELECT 1' > /dev/null; do echo 'waiting for the servers'; sleep 3; done
apply /migrations/ledger.sql
for file in /migrations/[0-9]*.sql; do
    version="$(basename "$file" .sql)"
    checksum="$(sha256sum "$file" | cut -d ' ' -f 1)"
    applied="$(ask "SELECT checksum FROM ${database}.schema_migrations WHERE version = '$version' LIMIT 1 SETTINGS select_sequential_consistency = 1")"
    if [ "$applied" = "$checksum" ]; then
        echo "$version: already applied"
    elif [ -n "$applied" ]; then
        echo "$version: applied with the checksum $applied, and is now $checksum. Undo the edit, and write the change as a new migration." >&2
        exit 1
    else
        echo "$version: applying"
        apply "$file"
        ask "INSERT INTO ${database}.schema_migrations (version, checksum) SETTINGS insert_quorum = 'auto', insert_quorum_parallel = 0 VALUES ('$version', '$checksum')"
    fi
done
`,
    };
}

/** What a client needs to reach any server. */
export interface ClientConfigurationArgs {
    readonly host: string;
    readonly port: number;
    readonly tls: boolean;
    readonly account: ClickHouseAccount;
    readonly password: string;
}

/** `client.xml` for a job: how to reach any server, and an account's password, kept out of the command line. A certificate that can't be trusted ends the connection. */
export function clientConfiguration(args: ClientConfigurationArgs): string {
    const trust = args.tls
        ? "<secure>1</secure><openSSL><client><caConfig>/tls/ca.crt</caConfig><loadDefaultCAFile>false</loadDefaultCAFile><verificationMode>strict</verificationMode><invalidCertificateHandler><name>RejectCertificateHandler</name></invalidCertificateHandler></client></openSSL>"
        : "";
    return `<config><host>${args.host}</host><port>${String(args.port)}</port><user>${args.account}</user><password>${escapeXml(args.password)}</password>${trust}</config>\n`;
}

function escapeXml(text: string): string {
    return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
