import { readFileSync } from "node:fs";

import pg from "pg";
import { z } from "zod";

import { defined } from "../../../rollout/defined.ts";
import { wordsOf } from "../../../rollout/words.ts";
import { Turnstile } from "../turnstile.ts";

/** Settings of the provider, with the official defaults. It has no settings for a cloud's identity service. */
export const settings = z.strictObject({
    host: z.string().default("localhost"),
    port: z.int().default(5432),
    username: z.string().default("postgres"),
    password: z.string().optional(),
    /** Database that is connected to when a resource names none. */
    database: z.string().default("postgres"),
    sslmode: z.enum(["disable", "require", "verify-ca", "verify-full"]).default("require"),
    /** File with the certificate of the authority, in PEM. */
    sslrootcert: z.string().optional(),
    /** Seconds; 0 waits for ever. */
    connectTimeout: z.int().min(0).default(180),
    /** The stand-in asks the server instead; the value is only checked for its form. */
    expectedVersion: z
        .string()
        .regex(/^\d+(\.\d+){0,2}$/, "must be a version such as 16.0.0")
        .default("9.0.0"),
    /** Nothing differs: every operation opens one connection and writes take turns. */
    maxConnections: z.int().min(0).default(20),
    superuser: z.boolean().default(true),
    scheme: z.literal("postgres").default("postgres"),
});

/** What went wrong, where, and as whom. Never holds the password. */
export class PostgresqlError extends Error {}

/** How long connecting takes at most when the settings say 'for ever', in ms. */
const longestConnectMs = 180_000;

/** Writes of one plugin take turns: concurrent grants on one object fail with 'tuple concurrently updated'. */
const writes = new Turnstile();

/** Key of the advisory lock under which two plugins take turns in one database. Any number, as long as no other program uses it. */
const advisoryLock = 7_041_826;

/** A PostgreSQL server, reached as one user. */
export class Server {
    readonly #settings: z.output<typeof settings>;

    constructor(given: z.output<typeof settings>) {
        this.#settings = given;
    }

    /** The user that statements run as. */
    get user(): string {
        return this.#settings.username;
    }

    /** The database that is used when a resource names none. */
    get database(): string {
        return this.#settings.database;
    }

    /**
     * Opens a session in a database, and closes it whatever happens.
     *
     * @throws {PostgresqlError} naming host, port and user when the server can't be reached or refuses, or with what the server said about a statement.
     */
    async session<Result>(database: string, work: (session: Session) => Promise<Result>): Promise<Result> {
        const client = new pg.Client({ ...this.#address(database), ssl: this.#tls(), application_name: "nova-lab-stand-in" });
        client.on("error", () => undefined); // a connection that breaks fails the query that runs; the event would end the process
        try {
            await client.connect();
        } catch (error) {
            await client.end().catch(() => undefined);
            throw this.#connectError(database, error);
        }
        try {
            return await work(new Session(client));
        } catch (error) {
            throw statementError(error);
        } finally {
            await client.end();
        }
    }

    /** A session in which writes take turns, in one transaction: all of it happens, or nothing. */
    transaction<Result>(database: string, work: (session: Session) => Promise<Result>): Promise<Result> {
        return this.alone(database, async (session) => {
            await session.run("BEGIN");
            await session.run(`SELECT pg_advisory_xact_lock(${String(advisoryLock)})`);
            const result = await work(session);
            await session.run("COMMIT");
            return result;
        });
    }

    /** A session in which writes take turns, without a transaction: CREATE DATABASE and DROP DATABASE allow none. */
    alone<Result>(database: string, work: (session: Session) => Promise<Result>): Promise<Result> {
        return writes.pass(() => this.session(database, work));
    }

    /** Whether the server has a database of this name: one that is gone is an answer to a read, not an error. */
    hasDatabase(name: string): Promise<boolean> {
        return this.session(this.database, (session) => session.exists("SELECT 1 FROM pg_database WHERE datname = $1", [name]));
    }

    #address(database: string): pg.ClientConfig {
        const { host, port, username, password, connectTimeout } = this.#settings;
        return {
            host,
            port,
            user: username,
            database,
            connectionTimeoutMillis: connectTimeout === 0 ? longestConnectMs : connectTimeout * 1_000,
            ...defined({ password }),
        };
    }

    #tls(): pg.ClientConfig["ssl"] {
        const { sslmode, sslrootcert } = this.#settings;
        if (sslmode === "disable") {
            return false;
        }
        const authority = sslrootcert === undefined ? {} : { ca: readFileSync(sslrootcert, "utf8") };
        // As libpq has it: 'require' encrypts only, 'verify-ca' checks the authority, 'verify-full' the host name as well.
        return { ...authority, rejectUnauthorized: sslmode !== "require", ...(sslmode === "verify-ca" ? { checkServerIdentity: () => undefined } : {}) };
    }

    #connectError(database: string, error: unknown): PostgresqlError {
        const { host, port, username } = this.#settings;
        const reason = error instanceof AggregateError ? error.errors.map(String).join("; ") : wordsOf(error);
        const fix = reason.includes("SSL") ? "; if the server has no TLS, set sslmode to 'disable'" : "";
        return new PostgresqlError(`can't connect to PostgreSQL at ${host}:${String(port)}, database '${database}', as user '${username}': ${reason}${fix}`);
    }
}

/** One open connection. */
export class Session {
    readonly #client: pg.Client;

    constructor(client: pg.Client) {
        this.#client = client;
    }

    /** Runs a statement for its effect. */
    async run(statement: string): Promise<void> {
        await this.#client.query(statement);
    }

    /** Runs a query, and checks that each row has the wanted shape. */
    async rows<Row extends z.ZodObject>(row: Row, query: string, parameters: readonly unknown[]): Promise<z.output<Row>[]> {
        const result = await this.#client.query<Record<string, unknown>>(query, [...parameters]);
        return result.rows.map((found) => row.parse(found));
    }

    /** Whether a query finds anything. */
    async exists(query: string, parameters: readonly unknown[]): Promise<boolean> {
        return (await this.rows(z.object({}), query, parameters)).length > 0;
    }
}

/** A name as SQL wants it, whatever is in it. */
export function identifier(name: string): string {
    return pg.escapeIdentifier(name);
}

/** A text as SQL wants it, whatever is in it. */
export function literal(text: string): string {
    return pg.escapeLiteral(text);
}

/** A role as SQL wants it: `public` means everyone and is a keyword. */
export function grantee(role: string): string {
    return role.toLowerCase() === "public" ? "PUBLIC" : identifier(role);
}

/** SQLSTATEs for an object that is there already: database, other object, schema. */
const duplicateStates: ReadonlySet<string | undefined> = new Set(["42P04", "42710", "42P06"]);

function statementError(error: unknown): unknown {
    if (!(error instanceof pg.DatabaseError)) {
        return error;
    }
    const detail = error.detail === undefined ? "" : ` (${error.detail.replaceAll("\n", "; ")})`;
    const fix = duplicateStates.has(error.code) ? "; bring it in with 'pulumi import', or choose another name" : "";
    return new PostgresqlError(`PostgreSQL: ${error.message}${detail}${fix}`);
}
