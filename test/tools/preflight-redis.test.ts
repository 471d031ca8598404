import getPort from "get-port";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { type RedisArgs, readRedis } from "../../rollout/preflight/redis/read.ts";
import { unanswered } from "../../rollout/preflight/live/unanswered.ts";
import { sentinelAcl, serverAcl } from "../../components/redis/acl.ts";
import { ensureCommands } from "../../lab/toolchain/system.ts";
import { waitUntil } from "../../lab/wait.ts";
import { type RedisReading, judgeRedis } from "../../rollout/preflight/redis/judge.ts";
import { RealServers } from "./preflight-servers.ts";

const servers = new RealServers();
const passwords = { application: "the-application's", exporter: "exporter", replication: "replication", sentinel: "sentinel" };
const ports = { servers: [0, 0, 0], sentinels: [0, 0, 0] };
const expected = { replicas: 2, sentinels: 3 };

/** With the rights that the program gives the application, and no others. */
const read = (change: Partial<RedisArgs> = {}): Promise<RedisReading> =>
    readRedis({
        addresses: ports.sentinels.map((port) => ({ host: "127.0.0.1", port })),
        sentinelPrimaryName: "main",
        username: "application",
        password: passwords.application,
        ...change,
    });
const judged = async () => judgeRedis(await read(), expected);

beforeAll(async () => {
    await ensureCommands(["redis-server"], () => undefined);
    await servers.write("server.acl", serverAcl(passwords));
    await servers.write("sentinel.acl", sentinelAcl(passwords));
    for (const index of [0, 1, 2]) {
        ports.servers[index] = await getPort({ host: "127.0.0.1" });
        ports.sentinels[index] = await getPort({ host: "127.0.0.1" });
    }
    for (const [index, port] of ports.servers.entries()) {
        await startServer(index, port);
    }
    for (const [index, port] of ports.sentinels.entries()) {
        await startSentinel(index, port);
    }
    await waitUntil(
        async () => {
            expect(await judged()).toMatchObject({ state: "passed" });
            // Each Sentinel has found the others.
            expect((await read()).sentinel?.replicas).toBe(2);
        },
        { what: "Redis", withinMs: 240_000, everyMs: 500 },
    );
});
afterAll(() => servers.end());

async function startServer(index: number, port: number): Promise<void> {
    const name = `redis-${String(index)}`;
    const path = await servers.makeFolder(name);
    const lines = [
        `port ${String(port)}`,
        "bind 127.0.0.1",
        `dir ${path}`,
        `aclfile ${servers.folder}/server.acl`,
        "maxmemory 64mb",
        "maxmemory-policy allkeys-lru",
        "appendonly yes",
        'save ""',
        "masteruser replication",
        `masterauth ${passwords.replication}`,
        "repl-diskless-sync-delay 0",
        ...(index === 0 ? [] : [`replicaof 127.0.0.1 ${String(ports.servers[0])}`]),
    ];
    servers.start(name, "redis-server", [await servers.write(`${name}.conf`, lines.join("\n"))]);
}

async function startSentinel(index: number, port: number): Promise<void> {
    const name = `sentinel-${String(index)}`;
    const lines = [
        `port ${String(port)}`,
        "bind 127.0.0.1",
        `dir ${await servers.makeFolder(name)}`,
        `aclfile ${servers.folder}/sentinel.acl`,
        "sentinel sentinel-user sentinel",
        `sentinel sentinel-pass ${passwords.sentinel}`,
        `sentinel monitor main 127.0.0.1 ${String(ports.servers[0])} 2`,
        "sentinel auth-user main sentinel",
        `sentinel auth-pass main ${passwords.sentinel}`,
        "sentinel down-after-milliseconds main 1000",
    ];
    servers.start(name, "redis-server", [await servers.write(`${name}.conf`, lines.join("\n")), "--sentinel"]);
}

describe("a real Redis with Sentinel", () => {
    it("passes with a primary and two replicas, with the application's own rights", async () => {
        expect(await judged()).toMatchObject({ state: "passed", evidence: { evictionPolicy: "allkeys-lru", memoryLimitBytes: 64 * 2 ** 20 } });
    });

    it("is a failed look when the password is wrong, and does not tell it", async () => {
        const problem = await read({ password: "wrong-password" }).then(
            () => undefined,
            (error: unknown) => unanswered(error),
        );

        expect(problem?.fix).toMatch(/refuses the login/);
        expect(JSON.stringify(problem)).not.toContain("wrong-password");
    });

    it("is a failed look when TLS is spoken to a plain port", async () => {
        const problem = await read({ tls: {} }).then(
            () => undefined,
            (error: unknown) => unanswered(error),
        );

        expect(problem?.fix).toMatch(/one side speaks TLS and the other does not|ended the connection/);
    });

    it("fails when a Sentinel is dead", async () => {
        await servers.stop("sentinel-2", "SIGKILL");

        expect((await judged()).text).toMatch(/2 of 3 Sentinels answer \(127\.0\.0\.1:\d+: connect ECONNREFUSED/);
    });

    it("fails when a replica is dead, as the primary and the Sentinels have it", async () => {
        await servers.stop("redis-2", "SIGKILL");

        await waitUntil(
            async () => {
                const { state, text } = await judged();
                expect(state).toBe("failed");
                expect(text).toMatch(/1 replicas follow the primary 127\.0\.0\.1:\d+, not 2/);
                expect(text).toMatch(/replica 127\.0\.0\.1:\d+ is down \(s_down/);
            },
            { what: "the dead replica to be noticed", withinMs: 240_000, everyMs: 500 },
        );
    });

    it("is a failed look when the primary is dead and no other has taken over yet", async () => {
        await servers.stop("sentinel-1", "SIGKILL");
        await servers.stop("redis-0", "SIGKILL");

        await expect(read()).rejects.toThrow(/ECONNREFUSED/);
    });
});
