import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

import { Admin, Consumer, Producer, stringDeserializers, stringSerializers } from "@platformatic/kafka";
import { Redis } from "ioredis";
import pg from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { type AccessEntry, entriesOf } from "../../../components/kafka/access.ts";
import { serviceTopics } from "../../../components/kafka/service-topics.ts";
import { acl } from "../../../lab/plugins/kafka/acl.ts";
import { labLayout, readLabState } from "../../../lab/api.ts";
import { waitUntil } from "../../../lab/wait.ts";
import { RealBroker } from "./broker.ts";
import type { ServiceProcess } from "./process.ts";
import { ServiceWorld } from "./world.ts";

/**
 * What the program lets the service do in its stores: all that it needs, as taking any of it away shows, and nothing else.
 *
 * PostgreSQL's roles and privileges are those that the real engine made. Kafka's entries are applied to a broker of this test, which asks for a login.
 */
describe("the rights of the service", () => {
    let world: ServiceWorld;
    let broker: RealBroker;
    let service = "";
    let kafkaFiles: Readonly<Record<string, string>> = {};
    let access: readonly AccessEntry[] = [];

    beforeAll(async () => {
        world = await ServiceWorld.create("rights");
        await world.migrate();
        service = world.stack.live.service;
        const { "kafka-username": user = "", "kafka-password": password = "" } = world.secrets;
        const declared = serviceTopics({ service, user });
        access = declared.access.flatMap(entriesOf);
        broker = new RealBroker(world.servers, { user, password });
        await broker.start();
        for (const name of [...declared.topics.map((topic) => topic.name), "other"]) {
            await broker.admin.createTopics({ topics: [name], partitions: 3, replicas: 1 });
        }
        for (const entry of access) {
            await grant(entry);
        }
        kafkaFiles = { "kafka-bootstrap-servers": broker.address, "kafka-security-protocol": "sasl_plaintext" };
    });
    afterAll(async () => {
        await broker.close();
        await world.end();
    });
    afterEach(() => world.killAll());

    const grant = (entry: AccessEntry) => acl.create(broker.admin, { ...entry.acl });
    const revoke = async (entry: AccessEntry): Promise<void> => {
        const { id, state } = await acl.create(broker.admin, { ...entry.acl });
        await acl.delete(broker.admin, id, state);
    };
    const start = async (): Promise<ServiceProcess> => (await world.start({ CACHE_TTL_SECONDS: "1" }, kafkaFiles)).ready();
    const send = (one: ServiceProcess) => one.ask({ method: "POST", path: "/api/v1/engagement", json: { user: "one", video: "video-001", kind: "share" } });
    /** Points of the video that events are sent of, as the superuser sees them. */
    const points = async (): Promise<number> =>
        (await asSuperuser<{ points: number }>(`select coalesce(sum(points), 0)::float as points from ${schema()}.interest`))[0]?.points ?? 0;
    const schema = (): string => service.replaceAll("-", "_");
    const asSuperuser = async <Row extends pg.QueryResultRow>(sql: string): Promise<readonly Row[]> => {
        const { postgres, ports } = readLabState(labLayout()) ?? {};
        const client = new pg.Client({ host: "127.0.0.1", port: ports?.postgres, user: postgres?.user, password: postgres?.password, database: schema() });
        await client.connect();
        try {
            return (await client.query<Row>(sql)).rows;
        } finally {
            await client.end();
        }
    };

    it("are enough: events are recorded under the service's own name, and taken in", async () => {
        const one = await start();
        const before = await points();
        expect((await send(one)).status).toBe(202);
        await waitUntil(
            async () => {
                expect(await one.total("engagement_events_total", { result: "recorded" })).toBe(1);
                expect(await points()).toBeGreaterThan(before);
            },
            { what: "the event", withinMs: 30_000, everyMs: 300 },
        );
    });

    describe("in Kafka", () => {
        it("are needed to write events: without it they are lost, and counted so", async () => {
            const entry = entryOf("write-topic", "engagement-events");
            await revoke(entry);
            try {
                const one = await start();
                await send(one);
                await waitUntil(
                    async () => {
                        expect(await one.total("engagement_events_total", { result: "failed" })).toBe(1);
                    },
                    { what: "a lost event", withinMs: 30_000 },
                );
            } finally {
                await grant(entry);
            }
        });

        it.each([
            ["read-topic", "engagement-events"],
            ["read-group", ""],
        ])("are needed to take events in: %s %s", async (operation, name) => {
            const entry = entryOf(operation, name);
            await revoke(entry);
            try {
                const one = await start();
                const before = await points();
                await send(one);
                await waitUntil(
                    () => {
                        expect(one.lines.some(({ message }) => String(message).startsWith("events can't be read from Kafka"))).toBe(true);
                        return Promise.resolve();
                    },
                    { what: "the line in the log", withinMs: 30_000 },
                );
                expect(await points()).toBeLessThanOrEqual(before);
                // Users notice nothing of it.
                expect((await one.ask({ path: "/api/v1/feed?user=one" })).status).toBe(200);
            } finally {
                await grant(entry);
            }
        });

        it("end at the service's own topics and groups", async () => {
            const login = broker.login;
            const producer = new Producer({ ...login, serializers: stringSerializers, retries: 0 });
            const consumerOf = (groupId: string) => new Consumer({ ...login, groupId, deserializers: stringDeserializers, retries: 0 });
            const stranger = consumerOf("other-group");
            const own = consumerOf(`${service}.ranking`);
            const admin = new Admin({ ...login, retries: 0 });
            try {
                await expect(producer.send({ messages: [{ topic: "other", key: "a", value: "b" }] })).rejects.toThrow();
                await expect(producer.send({ messages: [{ topic: `${service}.feature-updates`, key: "a", value: "b" }] })).rejects.toThrow();
                await expect(firstOf(own, `${service}.dead-letter`)).rejects.toThrow();
                await expect(firstOf(stranger, `${service}.engagement-events`)).rejects.toThrow();
                await expect(admin.createTopics({ topics: ["more"], partitions: 1, replicas: 1 })).rejects.toThrow();
                await expect(admin.deleteTopics({ topics: [`${service}.engagement-events`] })).rejects.toThrow();
            } finally {
                await Promise.all(
                    [producer.close(true), stranger.close(true), own.close(true), admin.close()].map((closing) => closing.catch(() => undefined)),
                );
            }
        });

        it("need the service's password", async () => {
            const one = await (await world.start({}, { ...kafkaFiles, "kafka-password": randomBytes(8).toString("hex") })).ready();
            await send(one);
            await waitUntil(
                async () => {
                    expect(await one.total("engagement_events_total", { result: "failed" })).toBe(1);
                },
                { what: "a lost event", withinMs: 30_000 },
            );
        });

        const entryOf = (operation: string, name: string): AccessEntry => {
            const found = access.find(({ key }) => key.includes(`-${operation}-`) && key.endsWith(name));
            if (found === undefined) {
                throw new Error(`the program declares no ${operation} of ${name}`);
            }
            return found;
        };
    });

    describe("in PostgreSQL", () => {
        it.each([
            { privilege: "select", table: "video" },
            { privilege: "select", table: "popularity" },
            { privilege: "select", table: "interest" },
        ])("are needed to answer: $privilege on $table", async ({ privilege, table }) => {
            const one = await start();
            await asSuperuser(`revoke ${privilege} on ${schema()}.${table} from ${schema()}_application`);
            try {
                expect((await one.ask({ path: `/api/v1/search?q=${String(Date.now())}` })).status).toBe(500);
            } finally {
                await asSuperuser(`grant ${privilege} on ${schema()}.${table} to ${schema()}_application`);
            }
            expect((await one.ask({ path: `/api/v1/search?q=${String(Date.now())}` })).status).toBe(200);
        });

        it.each(["insert", "update"])("are needed to take events in: %s", async (privilege) => {
            const one = await start();
            await asSuperuser(`revoke ${privilege} on ${schema()}.interest from ${schema()}_application`);
            try {
                await send(one);
                await waitUntil(
                    () => {
                        expect(
                            one.lines.some(({ message }) => String(message).includes("events can't be read from Kafka: permission denied for table interest")),
                        ).toBe(true);
                        return Promise.resolve();
                    },
                    { what: "the line in the log", withinMs: 30_000 },
                );
            } finally {
                await asSuperuser(`grant ${privilege} on ${schema()}.interest to ${schema()}_application`);
            }
        });

        it("are needed to start: without USAGE on the schema it never gets ready", async () => {
            await asSuperuser(`revoke usage on schema ${schema()} from ${schema()}_application`);
            try {
                const one = await world.start({}, kafkaFiles);
                await waitUntil(
                    () => {
                        expect(one.lines.some(({ message }) => String(message).startsWith("the catalogue can't be read"))).toBe(true);
                        return Promise.resolve();
                    },
                    { what: "the line in the log", withinMs: 20_000 },
                );
                expect((await one.ask({ path: "/health/started" })).status).toBe(503);
            } finally {
                await asSuperuser(`grant usage on schema ${schema()} to ${schema()}_application`);
            }
        });

        it("end at rows of the service's own tables", async () => {
            await asSuperuser("create schema if not exists elsewhere; create table if not exists elsewhere.secret (id text)");
            const client = new pg.Client({ connectionString: world.applicationUrl });
            await client.connect();
            try {
                const refused = [
                    "select * from elsewhere.secret",
                    "create table more (id text)",
                    "create table public.more (id text)",
                    "drop table video",
                    "alter table video add column more text",
                    "create schema more",
                    "truncate interest",
                    `set role ${schema()}_owner`,
                    "select pg_read_file('/etc/passwd')",
                ];
                for (const statement of refused) {
                    await expect(client.query(statement), statement).rejects.toThrow(/permission denied|must be owner/);
                }
            } finally {
                await client.end();
            }
        });
    });

    describe("in Redis", () => {
        const connectTo = (port: number, username: string, password: string): Redis =>
            new Redis({ host: "127.0.0.1", port, username, password, tls: { rejectUnauthorized: false }, maxRetriesPerRequest: 0, retryStrategy: () => null });

        it("end at data: no settings, no list of keys, no emptying, no failover", async () => {
            const { application } = world.redis.passwords;
            const server = connectTo(world.redis.primaryPort, "application", application);
            const sentinel = connectTo(world.redis.sentinelPort, "application", application);
            try {
                expect(await server.set("1:test", "a", "EX", 5)).toBe("OK");
                for (const [command = "", ...args] of [
                    ["config", "get", "*"],
                    ["keys", "*"],
                    ["flushall"],
                    ["acl", "list"],
                    ["replicaof", "no", "one"],
                    ["shutdown"],
                ]) {
                    await expect(server.call(command, ...args), command).rejects.toThrow(/NOPERM/);
                }
                for (const [command = "", ...args] of [
                    ["sentinel", "failover", "cache"],
                    ["sentinel", "remove", "cache"],
                    ["sentinel", "config", "get", "*"],
                    ["shutdown"],
                ]) {
                    await expect(sentinel.call(command, ...args), command).rejects.toThrow(/NOPERM/);
                }
            } finally {
                server.disconnect();
                sentinel.disconnect();
            }
        });

        it("are needed to read the cache: without GET each lookup fails, and users are answered", async () => {
            const one = await start();
            const sentinelUser = connectTo(world.redis.primaryPort, "admin", world.redis.adminPassword);
            try {
                await sentinelUser.call("acl", "setuser", "application", "-get");
                await sleep(200);
                const before = await one.total("cache_requests_total", { result: "error" });
                const { status, headers } = await one.ask({ path: "/api/v1/feed?user=reader" });
                expect([status, headers["x-cache"]]).toEqual([200, "miss"]);
                expect((await one.total("cache_requests_total", { result: "error" })) - before).toBe(1);
                await sentinelUser.call("acl", "setuser", "application", "+get");
            } finally {
                sentinelUser.disconnect();
            }
        });
    });
});

/** The first record of a topic that the consumer may read. */
async function firstOf(consumer: Consumer<string, string, string, string>, topic: string): Promise<string | undefined> {
    for await (const { value } of await consumer.consume({ topics: [topic], mode: "earliest" })) {
        return value;
    }
    return undefined;
}
