import { isIP } from "node:net";

import { Redis } from "ioredis";

import { defined } from "../../defined.ts";
import type { RedisReading, RedisReplicaReading, RedisServerReading, SentinelReading } from "./judge.ts";
import { wordsOf } from "../live/unanswered.ts";

/** How a Redis is reached. */
export interface RedisArgs {
    /** Sentinels, or the server itself where there are none. */
    readonly addresses: readonly { readonly host: string; readonly port: number }[];
    /** Name of the primary that the Sentinels know. If omitted, the addresses are servers. */
    readonly sentinelPrimaryName?: string;
    readonly username?: string;
    readonly password?: string;
    /** TLS, with the PEM of the authority that signed the servers' certificate. Defaults to none. */
    readonly tls?: { readonly certificateAuthority?: string; readonly serverName?: string };
    /** How long one answer may take, in milliseconds. @default 4000 */
    readonly timeoutMs?: number;
}

/**
 * Looks at a Redis: asks every Sentinel for the primary, and the primary for the rest. It needs INFO on the servers and `SENTINEL GET-MASTER-ADDR-BY-NAME`, `REPLICAS` and
 * `SENTINELS`, as an application's account has them.
 *
 * @throws where no Sentinel, or not the primary, answers.
 */
export async function readRedis(args: RedisArgs, signal?: AbortSignal): Promise<RedisReading> {
    const { sentinelPrimaryName: name, addresses } = args;
    if (name === undefined) {
        const [address] = addresses;
        if (address === undefined) {
            throw new Error("no address of Redis is known");
        }
        return readPrimary(args, address, signal);
    }
    const asked = await Promise.allSettled(addresses.map((address) => readSentinel(args, address, name, signal)));
    const answers = asked.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
    const silent = asked.flatMap((one, index) => (one.status === "rejected" ? [`${shown(addresses[index])}: ${wordsOf(one.reason)}`] : []));
    const [first] = answers;
    if (first === undefined) {
        throw new Error(`no Sentinel answers: ${silent.join("; ")}`);
    }
    const sentinel: SentinelReading = {
        answering: answers.map(({ address }) => address),
        silent,
        primaries: answers.map(({ primary }) => shown(primary)),
        down: [...new Set(answers.flatMap(({ down }) => down))],
        replicas: first.replicas,
    };
    return { ...(await readPrimary(args, first.primary, signal)), sentinel };
}

interface Address {
    readonly host: string;
    readonly port: number;
}

interface SentinelAnswer {
    readonly address: string;
    readonly primary: Address;
    readonly replicas: number;
    readonly down: readonly string[];
}

async function readSentinel(args: RedisArgs, address: Address, name: string, signal?: AbortSignal): Promise<SentinelAnswer> {
    return connected(args, address, signal, async (client) => {
        const primary = texts(await client.call("SENTINEL", "GET-MASTER-ADDR-BY-NAME", name));
        const [host, port] = primary;
        if (host === undefined || port === undefined) {
            throw new Error(`it knows no primary '${name}'`);
        }
        const replicas = await instances(client, "REPLICAS", name);
        const others = await instances(client, "SENTINELS", name);
        return {
            address: shown(address),
            primary: { host, port: Number(port) },
            replicas: replicas.length,
            down: [...downIn("replica", replicas), ...downIn("Sentinel", others)],
        };
    });
}

/** A list of instances, each a list of keys and values in turn. */
async function instances(client: Redis, what: "REPLICAS" | "SENTINELS", name: string): Promise<readonly ReadonlyMap<string, string>[]> {
    const answer: unknown = await client.call("SENTINEL", what, name);
    return (Array.isArray(answer) ? answer : []).map((instance: unknown) => {
        const words = texts(instance);
        return new Map(words.flatMap((word, index): [string, string][] => (index % 2 === 0 ? [[word, words[index + 1] ?? ""]] : [])));
    });
}

function downIn(kind: string, found: readonly ReadonlyMap<string, string>[]): readonly string[] {
    return found.flatMap((instance) => {
        const flags = instance.get("flags") ?? "";
        return /s_down|o_down|disconnected/.test(flags) ? [`${kind} ${instance.get("ip") ?? "?"}:${instance.get("port") ?? "?"} is down (${flags})`] : [];
    });
}

async function readPrimary(args: RedisArgs, address: Address, signal?: AbortSignal): Promise<RedisReading> {
    return connected(args, address, signal, async (client) => {
        const info = infoOf(await client.info());
        return { primary: primaryOf(shown(address), info), replicas: replicasOf(info) };
    });
}

async function connected<T>(args: RedisArgs, { host, port }: Address, signal: AbortSignal | undefined, read: (client: Redis) => Promise<T>): Promise<T> {
    const { username, password, tls, timeoutMs = 4_000 } = args;
    const client = new Redis({
        host,
        port,
        lazyConnect: true,
        connectTimeout: timeoutMs,
        commandTimeout: timeoutMs,
        retryStrategy: () => null,
        maxRetriesPerRequest: 0,
        // It would hide LOADING, which is worth telling, behind an endless wait.
        enableReadyCheck: false,
        ...defined({ username, password }),
        ...(tls === undefined ? {} : { tls: tlsOf(tls, host) }),
    });
    let cause: Error | undefined;
    client.on("error", (error: Error) => {
        cause = error;
    });
    const cut = (): void => {
        client.disconnect();
    };
    signal?.addEventListener("abort", cut);
    try {
        await client.connect();
        return await read(client);
    } catch (error) {
        // 'Connection is closed.' says nothing: what closed it was told before.
        throw error instanceof Error && error.message.includes("Connection is closed") && cause !== undefined ? cause : error;
    } finally {
        signal?.removeEventListener("abort", cut);
        cut();
    }
}

/** A server name is never an address (RFC 6066): without one, the certificate is checked for the address itself. */
function tlsOf({ certificateAuthority, serverName }: NonNullable<RedisArgs["tls"]>, host: string): { readonly servername?: string; readonly ca?: string } {
    const name = serverName ?? host;
    return { ...(isIP(name) === 0 ? { servername: name } : {}), ...defined({ ca: certificateAuthority }) };
}

/** INFO as a map. */
function infoOf(text: string): ReadonlyMap<string, string> {
    const entries = text.split(/\r?\n/).flatMap((line): [string, string][] => {
        const colon = line.indexOf(":");
        return colon < 1 ? [] : [[line.slice(0, colon), line.slice(colon + 1)]];
    });
    if (entries.length === 0) {
        throw new Error("Protocol error: the answer to INFO is empty");
    }
    return new Map(entries);
}

function primaryOf(address: string, info: ReadonlyMap<string, string>): RedisServerReading {
    const wrong = ["rdb_last_bgsave_status", "aof_last_write_status", "aof_last_bgrewrite_status"].filter((key) => (info.get(key) ?? "ok") !== "ok");
    return {
        address,
        role: info.get("role") ?? "server of unknown role",
        version: info.get("redis_version") ?? "unknown",
        usedMemoryBytes: Number(info.get("used_memory")),
        memoryLimitBytes: Number(info.get("maxmemory")),
        evictionPolicy: info.get("maxmemory_policy") ?? "unknown",
        // INFO does not tell whether snapshots are scheduled, so those don't count.
        persistent: info.get("aof_enabled") === "1",
        loading: info.get("loading") !== "0",
        offsetBytes: Number(info.get("master_repl_offset")),
        ...(wrong.length === 0 ? {} : { persistenceError: wrong.map((key) => `${key} is ${info.get(key) ?? ""}`).join(", ") }),
    };
}

/** `slave0:ip=10.0.0.2,port=6379,state=online,offset=14,lag=1` */
function replicasOf(info: ReadonlyMap<string, string>): readonly RedisReplicaReading[] {
    return [...info]
        .filter(([key]) => /^slave\d+$/.test(key))
        .map(([, value]) => {
            const fields = new Map(
                value.split(",").map((field): [string, string] => [field.slice(0, field.indexOf("=")), field.slice(field.indexOf("=") + 1)]),
            );
            return {
                address: `${fields.get("ip") ?? "?"}:${fields.get("port") ?? "?"}`,
                state: fields.get("state") ?? "unknown",
                offsetBytes: Number(fields.get("offset")),
                lagSeconds: Number(fields.get("lag")),
            };
        });
}

function texts(answer: unknown): readonly string[] {
    return Array.isArray(answer) ? answer.map(String) : [];
}

function shown(address: Address | undefined): string {
    return address === undefined ? "?" : `${address.host}:${String(address.port)}`;
}
