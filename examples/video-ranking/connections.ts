import { readFileSync } from "node:fs";

import { z } from "zod";

const text = z.string().min(1);

/** The files of `/etc/service/secrets`, as components/connection-files.ts of the program writes them. An empty authority means: those that the image trusts. */
const filesSchema = z.object({
    "postgres-url": text,
    "redis-url": text,
    "redis-sentinel-primary": z.string(),
    "redis-authority": z.string(),
    "clickhouse-url": text,
    "clickhouse-authority": z.string(),
    "kafka-bootstrap-servers": text,
    "kafka-security-protocol": z.enum(["plaintext", "ssl", "sasl_plaintext", "sasl_ssl"]),
    "kafka-username": text,
    "kafka-password": text,
});

/** How the PostgreSQL server is reached. */
export interface PostgresConnection {
    readonly host: string;
    readonly port: number;
    readonly database: string;
    readonly user: string;
    readonly password: string;
    /** Options of the TLS connection; false: none. */
    readonly ssl: false | { readonly rejectUnauthorized?: false; readonly checkServerIdentity?: () => undefined };
}

/** How Redis is reached, or the Sentinels that know where it is. */
export interface RedisConnection {
    readonly host: string;
    readonly port: number;
    readonly username: string;
    readonly password: string;
    /** The name to ask a Sentinel for. Undefined: the host is Redis itself. */
    readonly primary: string | undefined;
    readonly tls: Authority | undefined;
}

/** How ClickHouse is reached. */
export interface ClickHouseConnection {
    readonly url: string;
    readonly username: string;
    readonly password: string;
    readonly database: string;
    readonly tls: Authority | undefined;
}

/** How the brokers of Kafka are reached. */
export interface KafkaConnection {
    readonly bootstrapBrokers: readonly string[];
    readonly tls: boolean;
    /** The login, by SCRAM-SHA-512. Undefined: the brokers ask for none. */
    readonly login: { readonly username: string; readonly password: string } | undefined;
}

/** Options of a TLS connection. `ca` is read from its file each time a connection is made, since authorities are renewed below a running pod. */
export interface Authority {
    readonly ca?: string;
}

/** All stores. */
export interface Connections {
    readonly postgres: PostgresConnection;
    readonly redis: RedisConnection;
    readonly clickhouse: ClickHouseConnection;
    readonly kafka: KafkaConnection;
}

/**
 * Reads how the stores are reached.
 *
 * The Secret of a revision never changes: a new password is a new Secret and new pods. Only the authorities' files change below a running process.
 *
 * @throws {Error} naming the files that are missing or can't be understood, never what is in them.
 */
export function connectionsOf(files: Readonly<Record<string, string>>): Connections {
    const result = filesSchema.safeParse(files);
    if (!result.success) {
        throw new Error(`the secrets can't be read: ${result.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ")}`);
    }
    const { data } = result;
    const redis = urlIn(data, "redis-url");
    const clickhouse = urlIn(data, "clickhouse-url");
    const kafka = data["kafka-security-protocol"];
    return {
        postgres: postgresOf(urlIn(data, "postgres-url")),
        redis: {
            host: redis.hostname,
            port: Number(redis.port),
            username: redis.username,
            password: redis.password,
            primary: data["redis-sentinel-primary"] === "" ? undefined : data["redis-sentinel-primary"],
            tls: redis.protocol === "rediss:" ? authorityIn(data["redis-authority"]) : undefined,
        },
        clickhouse: {
            url: clickhouse.origin,
            username: clickhouse.username,
            password: clickhouse.password,
            database: clickhouse.pathname.slice(1),
            tls: clickhouse.protocol === "https:" ? authorityIn(data["clickhouse-authority"]) : undefined,
        },
        kafka: {
            bootstrapBrokers: data["kafka-bootstrap-servers"].split(","),
            tls: kafka.endsWith("ssl"),
            login: kafka.startsWith("sasl_") ? { username: data["kafka-username"], password: data["kafka-password"] } : undefined,
        },
    };
}

/** @param url with libpq's `sslmode`, which Node's client understands in another way. https://www.postgresql.org/docs/current/libpq-ssl.html */
function postgresOf(url: URL): PostgresConnection {
    const login = { host: url.hostname, port: Number(url.port), database: url.pathname.slice(1), user: url.username, password: url.password };
    return { ...login, ssl: sslOf(url.searchParams.get("sslmode") ?? "verify-full") };
}

/**
 * Options of a connection with a `sslmode` of libpq.
 *
 * @throws {Error} for a mode that may end without encryption.
 */
export function sslOf(mode: string): PostgresConnection["ssl"] {
    switch (mode) {
        case "disable":
            return false;
        case "require":
            return { rejectUnauthorized: false };
        case "verify-ca":
            return { checkServerIdentity: () => undefined };
        case "verify-full":
            return {};
        default:
            throw new Error(`sslmode is '${mode}': use disable, require, verify-ca or verify-full`);
    }
}

function authorityIn(path: string): Authority {
    return path === ""
        ? {}
        : {
              get ca() {
                  return readFileSync(path, "utf8");
              },
          };
}

function urlIn(files: z.output<typeof filesSchema>, name: "postgres-url" | "redis-url" | "clickhouse-url"): URL {
    const url = URL.parse(files[name]);
    if (url === null) {
        throw new Error(`the secrets can't be read: ${name} is no URL`);
    }
    return url;
}
