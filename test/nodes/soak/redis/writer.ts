import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

import { Redis, type RedisOptions } from "ioredis";

import { waitUntil } from "../../../../lab/wait.ts";
import { wordsOf } from "../../../../rollout/words.ts";
import type { Observed, WriterSettings } from "./observed.ts";

/*
 * A client of the Redis cluster, as a process of its own: it writes all the time, by way of the Sentinels, with the options of examples/video-ranking/cache.ts. Each number is
 * written until Redis acknowledges it. A line on standard input is a question, a line on standard output its answer:
 *
 * - `begin` forgets what was measured so far, but not what was acknowledged.
 * - `report` says what was measured, and which acknowledged numbers the primary does not have now.
 */
const settings = JSON.parse(process.env.WRITER_SETTINGS ?? "") as WriterSettings;

/** Each client writes so often, in milliseconds. */
const everyMs = 20;
/** Clients of their own, so that one that is lucky does not hide another one's wait. */
const clients = 3;

const acknowledged = new Map<string, number>();
const failures = new Map<string, number>();
let attempts = 0;
let longestMs = 0;
let openSince: readonly { ms: number }[] = [];

const redis = (): Redis => {
    const { host, port, primary, password, authorityFile } = settings;
    const tls = authorityFile === undefined ? undefined : { ca: readFileSync(authorityFile, "utf8"), checkServerIdentity: () => undefined };
    const options = {
        name: primary,
        sentinels: [{ host, port }],
        username: "application",
        password,
        sentinelUsername: "application",
        sentinelPassword: password,
        enableOfflineQueue: false,
        autoResendUnfulfilledCommands: false,
        maxRetriesPerRequest: 0,
        commandTimeout: 1_000,
        connectTimeout: 1_000,
        retryStrategy: (times: number) => Math.min(times * 100, 1_000),
        sentinelRetryStrategy: (times: number) => Math.min(times * 100, 1_000),
        reconnectOnError: ({ message }: Error) => message.startsWith("READONLY"),
        failoverDetector: true,
        ...(tls === undefined ? {} : { tls, sentinelTLS: tls, enableTLSForSentinelMode: true }),
    } satisfies RedisOptions;
    const client = new Redis(options);
    // Each attempt to write says what is wrong.
    client.on("error", () => undefined);
    // The library gives up where a connection is lost while it still asks for the primary.
    client.on("end", () => setTimeout(() => void client.connect().catch(() => undefined), 100));
    return client;
};

/** Writes one number after another; how long it took from the first attempt to the acknowledgement is how long this client could not write. */
async function write(client: Redis, index: number, since: { ms: number }): Promise<never> {
    for (let number = 0; ; number += 1) {
        const key = `client-${String(index)}:${String(number)}`;
        since.ms = performance.now();
        for (;;) {
            attempts += 1;
            try {
                await client.set(key, number);
                break;
            } catch (error) {
                const words = wordsOf(error).replaceAll(/\d[\d.:]*/g, "N");
                failures.set(words, (failures.get(words) ?? 0) + 1);
                await sleep(50);
            }
        }
        acknowledged.set(key, number);
        longestMs = Math.max(longestMs, performance.now() - since.ms);
        since.ms = performance.now();
        await sleep(everyMs);
    }
}

/** Acknowledged numbers that the primary does not have. Each is told once. */
async function missing(client: Redis): Promise<readonly string[]> {
    const known = [...acknowledged];
    const lost: string[] = [];
    for (let start = 0; start < known.length; start += 1_000) {
        const part = known.slice(start, start + 1_000);
        const values = await waitUntil(() => client.mget(part.map(([key]) => key)), { what: "the primary", withinMs: 20_000, everyMs: 200 });
        lost.push(...part.flatMap(([key, number], index) => (values[index] === String(number) ? [] : [key])));
    }
    lost.forEach((key) => acknowledged.delete(key));
    return lost;
}

const reader = redis();
openSince = Array.from({ length: clients }, () => ({ ms: performance.now() }));
openSince.forEach((since, index) => void write(redis(), index, since));

for await (const line of createInterface({ input: process.stdin })) {
    if (line === "begin") {
        failures.clear();
        [attempts, longestMs] = [0, 0];
        console.log(JSON.stringify({ begun: true }));
    } else {
        const waitedMs = openSince.map(({ ms }) => performance.now() - ms);
        const observed: Observed = {
            acknowledged: acknowledged.size,
            attempts,
            failures: Object.fromEntries(failures),
            longestMs: Math.round(Math.max(longestMs, ...waitedMs)),
            lost: await missing(reader),
        };
        console.log(JSON.stringify(observed));
    }
}
process.exit(0);
