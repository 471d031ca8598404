import { Redis, type RedisOptions } from "ioredis";

import type { RedisConnection } from "./connections.ts";
import type { Candidate } from "./ranking.ts";
import type { ReadCall } from "./route.ts";

/** What was read for a call, and when, in milliseconds since the epoch. It holds no ranking: revisions with different models share the cache. */
export interface CacheEntry {
    readonly madeAtMs: number;
    readonly candidates: readonly Candidate[];
}

/** How long a lookup may take, in milliseconds: past it, the database is quicker. */
const lookupLimitMs = 150;

/** Longest pause before the next attempt to connect, in milliseconds. */
const longestPauseMs = 1_000;

/** Oldest that trending videos may be, in seconds; the contract allows five minutes. */
const trendingAtMostSeconds = 30;

/** The cache in Redis. While it can't be reached, each lookup fails at once, and the service goes on without it. */
export class Cache {
    readonly #redis: Redis;
    readonly #ttlSeconds: number;
    #closed = false;

    /** @param onBroken called with each reason why Redis can't be reached; the same one may come again and again. */
    constructor(connection: RedisConnection, ttlSeconds: number, onBroken: (error: Error) => void) {
        this.#ttlSeconds = ttlSeconds;
        this.#redis = new Redis({ ...addressOf(connection), ...behaviour });
        this.#redis.on("error", onBroken);
        // After a failover the client may give up for good, without an error.
        this.#redis.on("end", () => {
            setTimeout(() => {
                this.#connect(onBroken);
            }, longestPauseMs);
        });
        this.#connect(onBroken);
    }

    #connect(onBroken: (error: Error) => void): void {
        if (!this.#closed) {
            this.#redis.connect().catch(onBroken);
        }
    }

    /**
     * What is kept for a call; undefined: nothing.
     *
     * @throws {Error} when Redis does not answer in time.
     */
    async get(call: ReadCall): Promise<CacheEntry | undefined> {
        const text = await this.#redis.get(keyOf(call));
        return text === null ? undefined : (JSON.parse(text) as CacheEntry);
    }

    /** Keeps what was read for a call. */
    async set(call: ReadCall, entry: CacheEntry): Promise<void> {
        await this.#redis.set(keyOf(call), JSON.stringify(entry), "EX", this.#ttlOf(call));
    }

    /** Whether an entry is past half of its time. Who asks for it then reads it anew in the background, so that what is often asked for never expires. */
    isHalfOver(call: ReadCall, { madeAtMs }: CacheEntry, nowMs: number): boolean {
        return nowMs - madeAtMs > (this.#ttlOf(call) * 1_000) / 2;
    }

    /** Whether Redis can be asked now. */
    get reachable(): boolean {
        return this.#redis.status === "ready";
    }

    close(): void {
        this.#closed = true;
        this.#redis.disconnect();
    }

    #ttlOf({ route }: ReadCall): number {
        return route === "trending" ? Math.min(this.#ttlSeconds, trendingAtMostSeconds) : this.#ttlSeconds;
    }
}

const behaviour = {
    lazyConnect: true,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: lookupLimitMs,
    connectTimeout: 1_000,
    retryStrategy: (times) => Math.min(times * 100, longestPauseMs),
    // A primary that was demoted says so: ask the Sentinels who is the primary now.
    reconnectOnError: ({ message }) => message.startsWith("READONLY"),
} as const satisfies RedisOptions;

function addressOf({ host, port, username, password, primary, tls }: RedisConnection): Omit<RedisOptions, "replyMapping"> {
    const login = { username, password, ...(tls === undefined ? {} : { tls }) };
    if (primary === undefined) {
        return { host, port, ...login };
    }
    return {
        ...login,
        name: primary,
        sentinels: [{ host, port }],
        sentinelUsername: username,
        sentinelPassword: password,
        sentinelRetryStrategy: (times) => Math.min(times * 100, longestPauseMs),
        // The Sentinels tell of a new primary: the old one may stay reachable for a while.
        failoverDetector: true,
        ...(tls === undefined ? {} : { sentinelTLS: tls, enableTLSForSentinelMode: true }),
    };
}

/** The number tells shapes of entries apart: two revisions may run at once. */
function keyOf({ route, of }: ReadCall): string {
    return `1:${route}:${of}`;
}
