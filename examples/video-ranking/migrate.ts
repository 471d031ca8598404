import { createHash } from "node:crypto";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

import pg from "pg";

import { type PostgresConnection, sslOf } from "./connections.ts";
import { reasonOf } from "./log.ts";

/** A change of the schema, from a file of `migrations/`. */
export interface Migration {
    readonly name: string;
    readonly sql: string;
    readonly checksum: string;
}

/** Which session may migrate: any number, the same in each. */
const lock = 7_001;

/** The migrations of the image, oldest first. */
export function migrations(folder = join(import.meta.dirname, "migrations")): readonly Migration[] {
    return readdirSync(folder)
        .filter((name) => name.endsWith(".sql"))
        .toSorted()
        .map((name) => {
            const sql = readFileSync(join(folder, name), "utf8");
            return { name, sql, checksum: createHash("sha256").update(sql).digest("hex") };
        });
}

/**
 * The login of the database's owner: a line of libpq's password file, and the rest of libpq's variables.
 * The program keeps one for the backups, and a Job may mount the same Secret. https://www.postgresql.org/docs/current/libpq-pgpass.html
 *
 * @param passfile `host:port:database:user:password`, with `\` before a colon that belongs to a value.
 * @throws {Error} when the line is no such one. It never says what is in it.
 */
export function ownerOf(passfile: string, sslMode: string): PostgresConnection {
    const [host, port, database, user, password, ...others] = (passfile.trim().match(/(?:\\.|[^:\\])+/g) ?? []).map((field) =>
        field.replaceAll(/\\(.)/g, "$1"),
    );
    if (host === undefined || port === undefined || database === undefined || user === undefined || password === undefined || others.length > 0) {
        throw new Error("PGPASSFILE names a file that is no line host:port:database:user:password");
    }
    return { host, port: Number(port), database, user, password, ssl: sslOf(sslMode) };
}

/**
 * Brings a database up to date: each migration once, in order, all or nothing. Two that run at once wait for each other.
 *
 * @param schema it must be there, and belong to the role that is logged in.
 * @returns the names of those that were applied now.
 * @throws {Error} when a migration that was applied has been edited since, or fails; what was applied before it stays.
 */
export async function migrate(connection: PostgresConnection, schema: string, wanted: readonly Migration[]): Promise<readonly string[]> {
    const client = new pg.Client({ ...connection, connectionTimeoutMillis: 10_000, options: `-c search_path=${schema}` });
    const applied: string[] = [];
    await client.connect();
    try {
        await client.query("select pg_advisory_lock($1)", [lock]);
        await client.query(
            "create table if not exists migration (name text primary key, checksum text not null, applied_at timestamptz not null default now())",
        );
        const known = new Map(
            (await client.query<{ name: string; checksum: string }>("select name, checksum from migration")).rows.map((row) => [row.name, row.checksum]),
        );
        for (const { name, sql, checksum } of wanted) {
            const before = known.get(name);
            if (before !== undefined && before !== checksum) {
                throw new Error(`migration ${name} was edited after it was applied: put it back, and write a new one`);
            }
            if (before === undefined) {
                // One query of several statements is one transaction.
                await client.query(`begin; ${sql}; insert into migration (name, checksum) values ('${name}', '${checksum}'); commit`);
                applied.push(name);
            }
        }
        return applied;
    } finally {
        await client.end();
    }
}

if (import.meta.main) {
    const { PGPASSFILE: passfile, PGSSLMODE: sslMode = "verify-full" } = process.env;
    try {
        if (passfile === undefined) {
            throw new Error("PGPASSFILE is not set: name a file with the line host:port:database:user:password of the database's owner");
        }
        const owner = ownerOf(readFileSync(passfile, "utf8"), sslMode);
        // The program names the schema after the database.
        const applied = await migrate(owner, owner.database, migrations());
        process.stdout.write(`${applied.length === 0 ? "the database is up to date" : `applied ${applied.join(", ")}`}\n`);
    } catch (error) {
        process.stderr.write(`the database could not be migrated: ${reasonOf(error)}\n`);
        process.exitCode = 1;
    }
}
