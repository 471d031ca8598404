import { Agent, type IncomingMessage, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

import { Consumer, stringDeserializers } from "@platformatic/kafka";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";

import { faultNames } from "../../../examples/video-ranking/fault.ts";
import { videos as simulated } from "../../../lab/workload/catalogue.ts";
import { drawRequest } from "../../../lab/load/mix.ts";
import { waitUntil } from "../../../lab/wait.ts";
import { probes } from "../../../service/probes.ts";
import * as dialogues from "../../../service/probes/dialogues.ts";
import { contractRequests, metricsProblems } from "../../helpers/contract-page.ts";
import type { ServiceProcess } from "./process.ts";
import { ServiceWorld } from "./world.ts";

const listSchema = z.object({ videos: z.array(z.object({ id: z.string(), title: z.string(), creator: z.string(), score: z.number() })) });

const lineSchema = z.looseObject({ time: z.iso.datetime(), level: z.enum(["info", "warning", "error"]), message: z.string(), revision: z.string() });

/** The real service as a plain process: see {@link ServiceWorld}. Containers, probes of the kubelet and network policies are for tests with real nodes. */
describe("the video ranking service", () => {
    let world: ServiceWorld;
    let shared: ServiceProcess;

    const start: ServiceWorld["start"] = (...files) => world.start(...files);
    const idsOf = async (one: ServiceProcess, path: string): Promise<readonly string[]> => {
        const { status, body } = await one.ask({ path });
        expect(status, `${path}: ${body}`).toBe(200);
        return listSchema.parse(JSON.parse(body)).videos.map(({ id }) => id);
    };
    const send = async (one: ServiceProcess, user: string, video: string, kind = "share"): Promise<string> => {
        const { status, body } = await one.ask({ method: "POST", path: "/api/v1/engagement", json: { user, video, kind } });
        expect(status).toBe(202);
        return z.object({ id: z.string() }).parse(JSON.parse(body)).id;
    };

    beforeAll(async () => {
        world = await ServiceWorld.create("ranking");
        shared = await start();
    });
    afterAll(() => world.end());
    afterEach(() => world.killAll(shared));

    it("does not get ready before its tables are there, and says what to do", async () => {
        await waitUntil(
            () => {
                expect(shared.lines.some(({ message }) => String(message).includes('the catalogue can\'t be read: relation "video" does not exist'))).toBe(
                    true,
                );
                return Promise.resolve();
            },
            { what: "the line in the log", withinMs: 20_000 },
        );
        expect((await shared.ask({ path: "/health/started" })).status).toBe(503);
        expect((await shared.ask({ path: "/health/ready" })).status).toBe(503);
        expect((await shared.ask({ path: "/health/live" })).status).toBe(200);
    });

    it("gets its tables from migrations that the database's owner runs, once", async () => {
        expect(await world.migrate()).toBe("applied 001-schema.sql, 002-catalogue.sql");
        expect(await world.migrate()).toBe("the database is up to date");
        await shared.ready();
    });

    it("has the videos that the lab's users ask for", async () => {
        const found = await Promise.all(
            simulated.map(async ({ id, title, creator }) => {
                const { body } = await shared.ask({ path: `/api/v1/search?q=${encodeURIComponent(title)}` });
                return listSchema.parse(JSON.parse(body)).videos.some((video) => video.id === id && video.title === title && video.creator === creator);
            }),
        );
        expect(found.filter((one) => !one)).toEqual([]);
    });

    it.each(Object.keys(probes))("passes the program's own probe '%s'", async (name) => {
        const probe = { ...dialogues }[probes[name as keyof typeof probes].export as keyof typeof dialogues];
        await probe({
            revision: world.stack.stable.name,
            ask: (wanted) => shared.ask({ ...wanted, headers: { ...wanted.headers, "x-audience": "testers" } }),
            pods: () => Promise.resolve([shared.pod]),
            signal: AbortSignal.timeout(10_000),
        });
    });

    it("answers every request of the contract, says who answered, and counts it", async () => {
        for (const { method, path, label } of contractRequests) {
            const counted = { route: label };
            const before = await shared.total("http_requests_total", counted);
            const wanted = path.replace("creators/ID", "creators/creator-001").replace("videos/ID", "videos/video-001").replace("TEXT", "guitar");
            const json = method === "POST" ? { user: "one", video: "video-001", kind: "view" } : undefined;
            const answer = await shared.ask({ method: method === "POST" ? "POST" : "GET", path: wanted, json });
            expect(answer.status, path).toBe(method === "POST" ? 202 : 200);
            expect(answer.headers).toMatchObject({ "x-served-by-revision": world.stack.stable.name, "x-served-by-pod": shared.pod.name });
            expect((await shared.total("http_requests_total", counted)) - before).toBe(label === "not counted" ? 0 : 1);
        }
    });

    it("shows the metrics of the contract and no series that comes later, whatever users ask", async () => {
        const seriesOf = async (): Promise<readonly string[]> =>
            (await shared.pod.metrics())
                .filter(({ labels }) => labels.audience === undefined)
                .map(({ name, labels }) => JSON.stringify([name, labels]))
                .toSorted();
        const before = await seriesOf();
        for (let index = 0; index < 200; index += 1) {
            const { method, path, body } = drawRequest(Math.random);
            const { status } = await shared.ask({ method, path, json: body === undefined ? undefined : JSON.parse(body) });
            expect([200, 202]).toContain(status);
        }
        for (const path of ["/api/v1/feed", "/api/v1/creators/nobody/recommendations", "/api/v1/nothing"]) {
            await shared.ask({ path });
        }
        await shared.ask({ method: "POST", path: "/api/v1/engagement", json: { user: "one" } });
        expect(await seriesOf()).toEqual(before);

        // Some testers' series have not come yet: nothing of the kind has happened to them.
        const problems = metricsProblems(await (await fetch(shared.metricsUrl)).text());
        expect(problems.filter((problem) => !problem.includes(", not audience"))).toEqual([]);
    });

    it("records each event in the topic under its id, within two seconds", async () => {
        const consumer = new Consumer({
            clientId: "test",
            groupId: "test-events",
            bootstrapBrokers: [world.stack.environment.NOVA_LAB_KAFKA_BOOTSTRAP ?? ""],
            deserializers: stringDeserializers,
        });
        try {
            const stream = await consumer.consume({ topics: [`${world.stack.live.service}.engagement-events`], mode: "latest" });
            const seen = new Map<string, string>();
            stream.on("data", ({ key, value }) => seen.set(key, value));
            await sleep(1_000);
            const id = await send(shared, "user-1", "video-002", "like");
            await waitUntil(
                () => {
                    expect(JSON.parse(seen.get(id) ?? "{}")).toMatchObject({
                        id,
                        user: "user-1",
                        video: "video-002",
                        kind: "like",
                        revision: world.stack.stable.name,
                    });
                    return Promise.resolve();
                },
                { what: "the record", withinMs: 2_000, everyMs: 50 },
            );
        } finally {
            await consumer.close(true);
        }
    });

    it("gives users different feeds, and each its own by what that user does", async () => {
        const before = await idsOf(shared, "/api/v1/feed?user=gardener");
        expect(await idsOf(shared, "/api/v1/feed?user=gardener")).toEqual(before);
        expect(await idsOf(shared, "/api/v1/feed?user=guitarist")).not.toEqual(before);

        const tomatoes = simulated.filter(({ title }) => title.startsWith("Tomatoes")).map(({ id }) => id);
        for (const id of tomatoes) {
            await send(shared, "gardener", id);
        }
        await waitUntil(
            async () => {
                const feed = await idsOf(shared, "/api/v1/feed?user=gardener");
                expect(tomatoes.filter((id) => feed.includes(id)).length).toBe(tomatoes.length);
            },
            { what: "a feed of tomatoes", withinMs: 10_000, everyMs: 200 },
        );
        const other = await idsOf(shared, "/api/v1/feed?user=guitarist");
        expect(tomatoes.filter((id) => other.includes(id)).length).toBeLessThan(tomatoes.length);
    });

    it("trends by events", async () => {
        const fresh = await (await start({ CACHE_TTL_SECONDS: "1" })).ready();
        const last = (await idsOf(fresh, "/api/v1/trending")).at(-1) ?? "";
        for (let index = 0; index < 20; index += 1) {
            await send(fresh, `fan-${String(index)}`, last);
        }
        await waitUntil(
            async () => {
                expect((await idsOf(fresh, "/api/v1/trending"))[0]).toBe(last);
            },
            { what: `${last} first`, withinMs: 15_000, everyMs: 300 },
        );
    });

    it("puts records aside that are no events, and goes on", async () => {
        await send(shared, "user-1", "no-such-video");
        await waitUntil(
            () => {
                expect(shared.lines.some(({ level, message }) => level === "warning" && String(message).includes("was put aside"))).toBe(true);
                return Promise.resolve();
            },
            { what: "the line in the log", withinMs: 10_000 },
        );
    });

    it("counts testers apart", async () => {
        const users = await shared.total("http_requests_total");
        const testers = await shared.total("http_requests_total", { audience: "testers" });
        await shared.ask({ path: "/api/v1/trending", headers: { "x-audience": "testers" } });
        expect((await shared.total("http_requests_total", { audience: "testers" })) - testers).toBe(1);
        expect((await shared.total("http_requests_total")) - users).toBe(1);
    });

    it("logs JSON lines with the fields of the contract, and no secret", () => {
        expect(shared.lines.length).toBeGreaterThan(3);
        for (const line of shared.lines) {
            expect(lineSchema.parse(line).revision).toBe(world.stack.stable.name);
        }
        const passwords = [new URL(world.secrets["postgres-url"] ?? "").password, world.redis.passwords.application, world.secrets["kafka-password"] ?? "?"];
        const log = JSON.stringify(shared.lines);
        expect(passwords.filter((password) => password.length < 20 || log.includes(password))).toEqual([]);
    });

    describe("whose cache is away", () => {
        it("asks another primary when the first one dies", async () => {
            await idsOf(shared, "/api/v1/feed?user=reader");
            expect((await shared.ask({ path: "/api/v1/feed?user=reader" })).headers["x-cache"]).toBe("hit");
            await world.redis.stop("one");
            const statuses = new Set<number>();
            await waitUntil(
                async () => {
                    const { status, headers } = await shared.ask({ path: "/api/v1/feed?user=reader" });
                    statuses.add(status);
                    expect(headers["x-cache"]).toBe("hit");
                },
                // A Sentinel whose machine is busy waits for 30 s before it trusts its own clock again, and a failover that failed is tried again after 10 s.
                { what: "hits again", withinMs: 240_000, everyMs: 100 },
            );
            expect([...statuses]).toEqual([200]);
        });

        it("answers from the database, counts each lookup, and comes back with a renewed authority", async () => {
            await Promise.all([world.redis.stop("sentinel"), world.redis.stop("other")]);
            await sleep(500);
            const errors = await shared.total("cache_requests_total", { result: "error" });
            for (let index = 0; index < 20; index += 1) {
                const { status, headers } = await shared.ask({ path: `/api/v1/feed?user=user-${String(index)}` });
                expect(status).toBe(200);
                expect(headers["x-cache"]).toBe("miss");
            }
            expect((await shared.total("cache_requests_total", { result: "error" })) - errors).toBe(20);
            expect((await shared.ask({ path: "/health/ready" })).status).toBe(200);

            await world.redis.renewCertificates();
            await world.redis.startServer("one");
            await world.redis.startServer("other", "one");
            await world.redis.startSentinel();
            await waitUntil(
                async () => {
                    expect((await shared.ask({ path: "/api/v1/feed?user=reader" })).headers["x-cache"]).toBe("hit");
                },
                { what: "hits again", withinMs: 90_000, everyMs: 200 },
            );
        });
    });

    it("stays ready without the database: answers what the cache knows, and 500 to the rest", async () => {
        await idsOf(shared, "/api/v1/feed?user=known");
        await waitUntil(
            async () => {
                expect((await shared.ask({ path: "/api/v1/feed?user=known" })).headers["x-cache"]).toBe("hit");
            },
            { what: "a hit", withinMs: 5_000 },
        );
        await world.database.close();
        try {
            const failures = await shared.total("database_connection_errors_total");
            expect((await shared.ask({ path: "/api/v1/feed?user=known" })).status).toBe(200);
            expect((await shared.ask({ path: "/api/v1/feed?user=unknown" })).status).toBe(500);
            expect(await shared.total("database_connection_errors_total")).toBeGreaterThan(failures);
            expect((await shared.ask({ path: "/health/ready" })).status).toBe(200);
            const late = await start();
            await waitUntil(
                async () => {
                    expect((await late.ask({ path: "/health/started" })).status).toBe(503);
                },
                { what: "a process that waits for its database", withinMs: 20_000, everyMs: 200 },
            );
        } finally {
            await world.database.open();
        }
        await waitUntil(() => idsOf(shared, "/api/v1/feed?user=unknown"), { what: "the database again", withinMs: 10_000 });
    });

    it("loses no request when it ends: it answers each connection once more, tells it to close, and ends by itself", async () => {
        const one = await (await start()).ready();
        const agent = new Agent({ keepAlive: true, maxSockets: 30 });
        const outcomes: string[] = [];
        const user = async (name: number): Promise<void> => {
            // As a proxy does: it sends on its open connections until the service closes them, and opens no new ones.
            for (;;) {
                const answer = await get(`${one.origin}/api/v1/feed?user=user-${String(name)}`, agent);
                outcomes.push(String(answer.status));
                if (answer.closes) {
                    return;
                }
                await sleep(Math.random() * 40);
            }
        };
        const users = Array.from({ length: 30 }, (_, name) => user(name));
        await sleep(2_000);
        const before = outcomes.length;
        one.signal("SIGTERM");
        await Promise.all(users);
        expect(before).toBeGreaterThan(300);
        expect(new Set(outcomes)).toEqual(new Set(["200"]));
        expect(await one.exitCode()).toBe(0);
        agent.destroy();
    });

    describe("whose config asks for a fault", () => {
        const shares = async (one: ServiceProcess, requests = 60): Promise<Readonly<Record<string, number>>> => {
            const outcomes = await Promise.all(
                Array.from({ length: requests }, async (_, index) =>
                    one.ask({ path: `/api/v1/feed?user=user-${String(index)}` }).then(
                        ({ status }) => String(status),
                        () => "none",
                    ),
                ),
            );
            return Object.fromEntries([...new Set(outcomes)].map((outcome) => [outcome, outcomes.filter((each) => each === outcome).length / requests]));
        };

        // Of 60 requests, a half is 50 % give or take 30, with almost five standard deviations.
        it.each([
            { fault: "erroring", outcome: "500" },
            { fault: "hanging", outcome: "none" },
            { fault: "resetting", outcome: "none" },
        ])("gives half of its users $outcome while it is $fault, and stays ready", async ({ fault, outcome }) => {
            const one = await (await start({ FAULT_PROFILE: fault })).ready();
            const { 200: good = 0, [outcome]: bad = 0 } = await shares(one);
            expect(good + bad).toBe(1);
            expect(bad).toBeGreaterThan(0.2);
            expect(bad).toBeLessThan(0.8);
            expect((await one.ask({ path: "/health/ready" })).status).toBe(200);
        });

        it("is slow to all", async () => {
            const one = await (await start({ FAULT_PROFILE: "slow" })).ready();
            const startMs = performance.now();
            expect(await shares(one, 10)).toEqual({ "200": 1 });
            expect(performance.now() - startMs).toBeGreaterThan(700);
        });

        it("keeps connections from those who need one, and shows it", async () => {
            const one = await (await start({ FAULT_PROFILE: "database-starved", FAULT_AFTER_SECONDS: "6" })).ready();
            await idsOf(one, "/api/v1/feed?user=kept");
            await waitUntil(
                async () => {
                    expect(await one.total("database_pool_connections", { state: "in_use" })).toBe(10);
                },
                { what: "the fault", withinMs: 20_000 },
            );
            expect((await one.ask({ path: "/api/v1/feed?user=kept" })).status).toBe(200);
            expect((await one.ask({ path: `/api/v1/search?q=${String(Date.now())}` })).status).toBe(500);
            expect(await one.total("database_connection_errors_total")).toBeGreaterThan(0);
        });

        it("reads no cache", async () => {
            const one = await (await start({ FAULT_PROFILE: "no-cache" })).ready();
            await idsOf(one, "/api/v1/feed?user=reader");
            expect((await one.ask({ path: "/api/v1/feed?user=reader" })).headers["x-cache"]).toBe("miss");
            expect(await one.total("cache_requests_total", { result: "error" })).toBe(2);
        });

        it("accepts events that it never sends", async () => {
            const one = await (await start({ FAULT_PROFILE: "silent" })).ready();
            await send(one, "user-1", "video-001");
            await sleep(1_000);
            expect(await one.total("engagement_events_total", { result: "accepted" })).toBe(1);
            expect(await one.total("engagement_events_total", { result: "recorded" })).toBe(0);
        });

        it("leaks memory that it really uses", async () => {
            const one = await (await start({ FAULT_PROFILE: "leaking", FAULT_LEAK_FACTOR: "60" })).ready();
            const before = await one.total("process_resident_memory_bytes");
            await waitUntil(
                async () => {
                    expect((await one.total("process_resident_memory_bytes")) - before).toBeGreaterThan(50 * 2 ** 20);
                },
                { what: "a leak", withinMs: 20_000 },
            );
        });

        it("ends again and again", async () => {
            const one = await start({ FAULT_PROFILE: "crash-looping" });
            expect(await one.exitCode()).toBe(1);
        });

        it("ends at once where there is no such fault, and names those that are", async () => {
            const one = await start({ FAULT_PROFILE: "tired" });
            expect(await one.exitCode()).toBe(1);
            expect(one.lines.at(-1)?.message).toBe(`the service can't start: FAULT_PROFILE is 'tired': use ${faultNames.join(", ")}`);
        });
    });
});

async function get(url: string, agent: Agent): Promise<{ readonly status: number | undefined; readonly closes: boolean }> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    request(url, { agent }, resolve).once("error", reject).end();
    const answer = await promise;
    await answer.resume().toArray();
    return { status: answer.statusCode, closes: answer.headers.connection === "close" };
}
