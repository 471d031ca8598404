import { once } from "node:events";
import type { Server } from "node:http";
import { type AddressInfo, connect } from "node:net";

import { type V1Pod, loadYaml } from "@kubernetes/client-node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { randomLcg } from "d3-random";
import { Agent, request } from "undici";
import { parseDocument } from "yaml";

import { videos } from "../../lab/workload/catalogue.ts";
import type { EventRecord } from "../../lab/workload/event-log.ts";
import { Fleet } from "../../lab/workload/fleet.ts";
import { metricsServer } from "../../lab/workload/metrics-server.ts";
import { type PodFacts, podFacts } from "../../lab/workload/pod-facts.ts";
import { PodConnections } from "../../lab/workload/pod-connections.ts";
import { revisionSettings } from "../../lab/workload/revision-settings.ts";
import { userServer } from "../../lab/workload/user-server.ts";
import { labelKeys } from "../../service/label-keys.ts";

// Loopback has many addresses: pods get one each, as in the lab's network.
const addresses = ["127.0.8.1", "127.0.8.2"] as const;

function facts(address: string, overrides: Partial<PodFacts> = {}): PodFacts {
    return {
        uid: `uid-${address}`,
        namespace: "nova",
        name: `ranking-${address}`,
        service: "ranking",
        revision: "v1-0-0",
        version: "v1-0-0",
        address,
        configMapName: "settings",
        memoryLimitBytes: 400 * 2 ** 20,
        drainMs: 0,
        startedAtMs: Date.now(),
        restarts: 0,
        deletion: "none",
        ...overrides,
    };
}

describe("a simulated pod", () => {
    let settings: Record<string, string> = {};
    let brokerFails = false;
    let records: EventRecord[] = [];
    let fleet: Fleet;
    let servers: readonly [users: Server, metrics: Server];
    let agent: Agent;

    beforeEach(async () => {
        settings = {};
        brokerFails = false;
        records = [];
        fleet = new Fleet(async () => revisionSettings(settings));
        const events = {
            append: async (record: EventRecord) => {
                if (brokerFails) {
                    throw new Error("no broker");
                }
                records.push(record);
            },
            close: async () => undefined,
        };
        servers = [userServer(fleet, events, randomLcg(0.5)), metricsServer(fleet)];
        new PodConnections(fleet, servers);
        for (const server of servers) {
            server.listen(0, "0.0.0.0");
            await once(server, "listening");
        }
        agent = new Agent({ pipelining: 0 });
    });

    afterEach(async () => {
        await agent.destroy();
        for (const server of servers) {
            server.closeAllConnections();
            server.close();
        }
    });

    const portOf = (server: Server): number => (server.address() as AddressInfo).port;
    const call = async (path: string, options: { address?: string; body?: object; audience?: string } = {}) => {
        const { address = addresses[0], body, audience } = options;
        const answer = await request(`http://${address}:${String(portOf(servers[0]))}${path}`, {
            dispatcher: agent,
            ...(audience === undefined ? {} : { headers: { "x-audience": audience } }),
            ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
        });
        return { status: answer.statusCode, headers: answer.headers, body: (await answer.body.json()) as Record<string, unknown> };
    };
    const scrape = async (address: string = addresses[0]): Promise<ReadonlyMap<string, number>> => {
        const answer = await request(`http://${address}:${String(portOf(servers[1]))}/metrics`, { dispatcher: agent });
        const lines = (await answer.body.text()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));
        return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(" ")), Number(line.slice(line.lastIndexOf(" ") + 1))]));
    };
    const sum = (samples: ReadonlyMap<string, number>, metric: string, ...labels: readonly string[]): number =>
        [...samples]
            .filter(([name]) => name.startsWith(`${metric}{`) && labels.every((label) => name.includes(label)))
            .reduce((total, [, value]) => total + value, 0);

    it("answers with the revision and the pod whose address was called", async () => {
        await fleet.seen(facts(addresses[0]));
        await fleet.seen(facts(addresses[1], { revision: "v1-1-0", name: "other" }));
        const [first, second] = [await call("/api/v1/feed?user=ada"), await call("/api/v1/feed?user=ada", { address: addresses[1] })];
        expect([first.headers["x-served-by-revision"], first.headers["x-served-by-pod"]]).toEqual(["v1-0-0", `ranking-${addresses[0]}`]);
        expect([second.headers["x-served-by-revision"], second.headers["x-served-by-pod"]]).toEqual(["v1-1-0", "other"]);
        expect(second.body).toEqual(first.body);
    });

    it.each([
        { path: "/api/v1/feed?user=ada", check: (list: readonly { title: string; id: string }[]) => list.length === 10 },
        { path: "/api/v1/search?q=Sourdough", check: (list: readonly { title: string }[]) => list.every(({ title }) => title.includes("Sourdough")) },
        { path: "/api/v1/trending", check: (list: readonly object[]) => list.length > 0 },
        { path: "/api/v1/creators/creator-001/recommendations", check: (list: readonly object[]) => list.length > 0 },
        { path: "/api/v1/videos/video-001/similar", check: (list: readonly { id: string }[]) => list.every(({ id }) => id !== "video-001") },
    ])("serves $path", async ({ path, check }) => {
        await fleet.seen(facts(addresses[0]));
        const { status, body, headers } = await call(path);
        const list = body.videos as { id: string; title: string; creator: string; score: number }[];
        expect(status).toBe(200);
        expect(["hit", "miss"]).toContain(headers["x-cache"]);
        expect(list.length).toBeGreaterThan(0);
        expect(check(list)).toBe(true);
        expect(list.every(({ id, score }) => videos.some((video) => video.id === id) && score >= 0 && score <= 1)).toBe(true);
        expect(list.map(({ score }) => score)).toEqual(list.map(({ score }) => score).toSorted((one, other) => other - one));
    });

    it("plays a checkout: shows its cart, and takes an order of what there is", async () => {
        await fleet.seen(facts(addresses[0]));
        expect((await call("/api/v1/cart")).body).toMatchObject({ currency: "EUR", totalCents: 2 * 350 + 890 });
        const order = await call("/api/v1/orders", { body: { items: [{ sku: "honey", quantity: 3 }] } });
        expect(order).toMatchObject({ status: 201, body: { id: expect.any(String) as string, totalCents: 3 * 640 } });
        expect((await call("/api/v1/orders", { body: { items: [{ sku: "gold", quantity: 1 }] } })).status).toBe(400);
        expect((await call("/api/v1/orders")).status).toBe(404);
    });

    it("shows OpenTelemetry's metrics and no others, where its settings say so", async () => {
        settings = { TELEMETRY: "opentelemetry", FAULT_PROFILE: "erroring" };
        await fleet.seen(facts(addresses[0]));
        const answers = await Promise.all(Array.from({ length: 40 }, () => call("/api/v1/cart")));
        await call("/api/v1/orders", { body: { items: [] } });
        const samples = await scrape();
        const requests = (...labels: readonly string[]) => sum(samples, "http_server_request_duration_seconds_count", ...labels);
        const failed = answers.filter(({ status }) => status === 500).length;
        expect(requests('http_route="/api/v1/cart"', 'http_request_method="GET"', 'http_response_status_code="200"')).toBe(40 - failed);
        expect(requests('http_route="/api/v1/cart"', 'http_response_status_code="500"', 'error_type="500"')).toBe(failed);
        expect(requests('http_route="/api/v1/orders"', 'http_request_method="POST"', 'http_response_status_code="400"')).toBe(1);
        expect(new Set([...samples.keys()].map((name) => name.replace(/(_bucket|_sum|_count)?(\{.*)?$/, "")))).toEqual(
            new Set([
                "http_server_request_duration_seconds",
                "http_server_active_requests",
                "process_cpu_time_seconds_total",
                "process_memory_usage_bytes",
                "target_info",
            ]),
        );
        expect(failed).toBeGreaterThan(0);
    });

    it("says when trending videos were ranked, less than five minutes ago", async () => {
        await fleet.seen(facts(addresses[0]));
        const { body } = await call("/api/v1/trending");
        const age = Date.now() - Date.parse(String(body.updatedAt));
        expect(age).toBeGreaterThanOrEqual(0);
        expect(age).toBeLessThan(300_000);
    });

    it.each([
        { path: "/api/v1/feed", status: 400 },
        { path: "/api/v1/search", status: 400 },
        { path: "/api/v1/creators/nobody/recommendations", status: 404 },
        { path: "/api/v1/videos/video-999/similar", status: 404 },
        { path: "/api/v2/feed?user=ada", status: 404 },
        { path: "/health/other", status: 404 },
    ])("refuses $path with $status", async ({ path, status }) => {
        await fleet.seen(facts(addresses[0]));
        expect((await call(path)).status).toBe(status);
    });

    it.each(["started", "ready", "live"])("says that it is %s, without counting the question", async (check) => {
        await fleet.seen(facts(addresses[0]));
        expect((await call(`/health/${check}`)).status).toBe(200);
        expect(sum(await scrape(), "http_requests_total")).toBe(0);
    });

    it("shows every series with 0 before the first request", async () => {
        await fleet.seen(facts(addresses[0]));
        const samples = await scrape();
        const expected = [
            ...["feed", "search", "trending", "creators", "similar"].flatMap((route) =>
                ["hit", "miss"].flatMap((cache) => [
                    ...["200", "500", "504"].map((code) => `http_requests_total{route="${route}",code="${code}",cache="${cache}"}`),
                    `http_request_duration_seconds_count{route="${route}",cache="${cache}"}`,
                    ...["0.1", "0.3", "0.4", "0.5", "1", "+Inf"].map(
                        (bound) => `http_request_duration_seconds_bucket{le="${bound}",route="${route}",cache="${cache}"}`,
                    ),
                ]),
            ),
            ...["202", "500", "504"].map((code) => `http_requests_total{route="engagement",code="${code}",cache="none"}`),
            ...["feed", "engagement"].map((route) => `http_request_timeouts_total{route="${route}"}`),
            ...["hit", "miss", "error"].map((result) => `cache_requests_total{result="${result}"}`),
            'database_pool_connections{state="in_use"}',
            "database_pool_waiting",
            "database_connection_errors_total",
            ...["accepted", "recorded", "failed"].map((result) => `engagement_events_total{result="${result}"}`),
            ...["info", "warning", "error", "critical"].map((level) => `log_messages_total{level="${level}"}`),
        ];
        expect(Object.fromEntries(expected.map((name) => [name, samples.get(name)]))).toEqual(Object.fromEntries(expected.map((name) => [name, 0])));
        expect(samples.get("database_pool_connections_max")).toBeGreaterThan(0);
        expect(samples.get("process_resident_memory_bytes")).toBeLessThan(300 * 2 ** 20);
        expect(samples.get("process_start_time_seconds")).toBeCloseTo(Date.now() / 1_000, -2);
        expect(samples.get('service_info{version="v1-0-0"}')).toBe(1);
    });

    it("counts requests, lookups, time and CPU of the pod that was called, and of no other", async () => {
        await fleet.seen(facts(addresses[0]));
        await fleet.seen(facts(addresses[1]));
        await Promise.all(Array.from({ length: 20 }, () => call("/api/v1/feed?user=ada")));
        const [samples, other] = [await scrape(), await scrape(addresses[1])];
        expect(sum(samples, "http_requests_total", 'route="feed"')).toBe(20);
        expect(sum(samples, "http_request_duration_seconds_count", 'route="feed"')).toBe(20);
        expect(sum(samples, "cache_requests_total")).toBe(20);
        expect(samples.get("process_cpu_seconds_total")).toBeGreaterThan(other.get("process_cpu_seconds_total") ?? Number.NaN);
        expect(sum(other, "http_requests_total")).toBe(0);
    });

    it("counts what testers ask in series of their own, and leaves those of users as they were", async () => {
        await fleet.seen(facts(addresses[0]));
        const before = await scrape();
        for (let count = 0; count < 12; count++) {
            await call("/api/v1/feed?user=ada", { audience: "testers" });
        }
        await call("/api/v1/engagement", { body: { user: "ada", video: "video-001", kind: "like" }, audience: "testers" });
        const after = await scrape();
        expect(sum(after, "http_requests_total", 'audience="testers"')).toBe(13);
        expect(sum(after, "http_request_duration_seconds_count", 'audience="testers"')).toBe(13);
        expect(sum(after, "cache_requests_total", 'audience="testers"')).toBe(12);
        expect(after.get('engagement_events_total{result="accepted",audience="testers"}')).toBe(1);
        const ofUsers = [...before.keys()].filter((name) => /^(?:http_|cache_|engagement_|log_|database_connection_errors)/.test(name));
        expect(ofUsers.length).toBeGreaterThan(100);
        expect(Object.fromEntries(ofUsers.map((name) => [name, after.get(name)]))).toEqual(Object.fromEntries(ofUsers.map((name) => [name, before.get(name)])));
    });

    it("takes nobody else for a tester", async () => {
        await fleet.seen(facts(addresses[0]));
        await call("/api/v1/feed?user=ada", { audience: "users" });
        expect(sum(await scrape(), "http_requests_total", 'audience="testers"')).toBe(0);
    });

    it("records an engagement event under the id that it gave", async () => {
        await fleet.seen(facts(addresses[0]));
        const { status, body } = await call("/api/v1/engagement", { body: { user: "ada", video: "video-001", kind: "like" } });
        expect(status).toBe(202);
        expect(records.map(({ topic, key }) => ({ topic, key }))).toEqual([{ topic: "ranking.engagement-events", key: body.id }]);
        expect(JSON.parse(records[0]?.value ?? "")).toMatchObject({ id: body.id, user: "ada", video: "video-001", kind: "like", revision: "v1-0-0" });
        const samples = await scrape();
        expect(samples.get('engagement_events_total{result="accepted"}')).toBe(1);
        expect(samples.get('engagement_events_total{result="recorded"}')).toBe(1);
    });

    it("counts an event as failed and not as recorded when the broker does not confirm it", async () => {
        brokerFails = true;
        await fleet.seen(facts(addresses[0]));
        await call("/api/v1/engagement", { body: { user: "ada", video: "video-001", kind: "like" } });
        const samples = await scrape();
        expect(samples.get('engagement_events_total{result="accepted"}')).toBe(1);
        expect(samples.get('engagement_events_total{result="recorded"}')).toBe(0);
        expect(samples.get('engagement_events_total{result="failed"}')).toBe(1);
    });

    it("accepts events and records none while it is silent", async () => {
        settings = { FAULT_PROFILE: "silent" };
        await fleet.seen(facts(addresses[0]));
        expect((await call("/api/v1/engagement", { body: { user: "ada", video: "video-001", kind: "like" } })).status).toBe(202);
        const samples = await scrape();
        expect(samples.get('engagement_events_total{result="accepted"}')).toBe(1);
        expect(samples.get('engagement_events_total{result="recorded"}')).toBe(0);
        expect(records).toEqual([]);
    });

    it("refuses an event without a video", async () => {
        await fleet.seen(facts(addresses[0]));
        expect((await call("/api/v1/engagement", { body: { user: "ada" } })).status).toBe(400);
        expect((await scrape()).get('engagement_events_total{result="accepted"}')).toBe(0);
    });

    it("starts to fail at the moment that a switch names, and not before", async () => {
        await fleet.seen(facts(addresses[0]));
        const startsAtMs = fleet.switch({ service: "ranking", revision: "v1-0-0", profile: "database-starved", at: Date.now() + 60_000 });
        expect(startsAtMs).toBeGreaterThan(Date.now());
        expect((await scrape()).get("database_pool_waiting")).toBe(0);
        fleet.switch({ service: "ranking", revision: "v1-0-0", profile: "database-starved" });
        const samples = await scrape();
        expect(samples.get("database_pool_waiting")).toBeGreaterThan(0);
        expect(samples.get('database_pool_connections{state="in_use"}')).toBe(samples.get("database_pool_connections_max"));
    });

    /** What becomes of requests to a pod with a profile, one after another: the status, or how the connection ended. */
    const fates = async (profile: string, requests: number): Promise<Readonly<Record<string, number>>> => {
        settings = { FAULT_PROFILE: profile };
        await fleet.seen(facts(addresses[0]));
        const found: Record<string, number> = {};
        const url = `http://${addresses[0]}:${String(portOf(servers[0]))}/api/v1/feed?user=ada`;
        await Promise.all(
            Array.from({ length: requests }, async () => {
                let fate: string;
                try {
                    const answer = await request(url, { dispatcher: agent, signal: AbortSignal.timeout(8_000) });
                    fate = String(answer.statusCode);
                    await answer.body.text().catch(() => {
                        fate += ", cut off";
                    });
                } catch (error) {
                    fate = error instanceof Error && error.name === "TimeoutError" ? "no answer" : "reset";
                }
                found[fate] = (found[fate] ?? 0) + 1;
            }),
        );
        return found;
    };

    it.each([
        { profile: "hanging", bad: "no answer", counted: 0 },
        { profile: "resetting", bad: "reset", counted: 0 },
        { profile: "resetting-late", bad: "200, cut off", counted: 1 },
    ])("that is $profile gives half of the users '$bad', and counts a good answer for $counted of each", async ({ profile, bad, counted }) => {
        const { [bad]: broken = 0, "200": good = 0, ...others } = await fates(profile, 60);
        expect(others).toEqual({});
        expect(broken).toBeGreaterThan(15);
        expect(good).toBeGreaterThan(15);
        const samples = await scrape();
        expect(sum(samples, "http_requests_total")).toBe(good + counted * broken);
        expect(sum(samples, "http_requests_total", 'code="200"')).toBe(good + counted * broken);
    });

    it.each([
        { profile: "unavailable", code: "503" },
        { profile: "bad-requests", code: "400" },
        { profile: "unauthorized", code: "401" },
        { profile: "forbidden", code: "403" },
        { profile: "not-found", code: "404" },
    ])("that is $profile answers a share of requests with $code, and counts them", async ({ profile, code }) => {
        const { [code]: failed = 0, "200": good = 0, ...others } = await fates(profile, 60);
        expect(others).toEqual({});
        expect(failed).toBeGreaterThan(5);
        expect(good).toBeGreaterThan(15);
        expect(sum(await scrape(), "http_requests_total", `code="${code}"`, 'cache="none"')).toBe(failed);
    });

    it("switches one revision only", async () => {
        await fleet.seen(facts(addresses[0]));
        await fleet.seen(facts(addresses[1], { revision: "v1-1-0" }));
        fleet.switch({ service: "ranking", revision: "v1-1-0", profile: "erroring" });
        expect(fleet.pods.map((pod) => pod.faultAt(Date.now()).profile)).toEqual(["healthy", "erroring"]);
    });

    it("forgets a switch with the last pod of the revision", async () => {
        await fleet.seen(facts(addresses[0]));
        fleet.switch({ service: "ranking", revision: "v1-0-0", profile: "erroring" });
        fleet.gone(facts(addresses[0], { deletion: "by-force" }));
        fleet.step(Date.now());
        await fleet.seen(facts(addresses[0], { uid: "next" }));
        expect(fleet.pods.map((pod) => pod.faultAt(Date.now()).profile)).toEqual(["healthy"]);
    });

    it("refuses connections while it waits for a restart, and counts from 0 afterwards", async () => {
        await fleet.seen(facts(addresses[0]));
        await call("/api/v1/trending");
        const before = await scrape();
        const startMs = fleet.switch({ service: "ranking", revision: "v1-0-0", profile: "crash-looping" });
        // The first restart comes at once, the second after a pause.
        for (const passedMs of [0, 1, 1_001]) {
            fleet.step(startMs + passedMs);
        }
        await expect(call("/api/v1/trending")).rejects.toThrow();
        await expect(scrape()).rejects.toThrow();

        fleet.switch({ service: "ranking", revision: "v1-0-0", profile: "healthy" });
        fleet.step(startMs + 5_000);
        expect((await call("/health/ready")).status).toBe(503);
        const after = await scrape();
        expect(sum(before, "http_requests_total")).toBe(1);
        expect(sum(after, "http_requests_total")).toBe(0);
        expect(after.get("process_start_time_seconds")).toBeGreaterThan(before.get("process_start_time_seconds") ?? Number.NaN);
        expect([...after.keys()]).toEqual([...before.keys()]);
        expect(fleet.pods.map(({ life }) => life.restarts)).toEqual([2]);

        fleet.step(startMs + 6_000);
        expect((await call("/health/ready")).status).toBe(200);
    });

    it("goes on serving for its drain after it was deleted, and not longer", async () => {
        await fleet.seen(facts(addresses[0], { drainMs: 10_000 }));
        fleet.gone(facts(addresses[0], { drainMs: 10_000, deletion: "graceful" }));
        fleet.step(Date.now() + 9_000);
        expect((await call("/api/v1/trending")).status).toBe(200);
        fleet.step(Date.now() + 11_000);
        expect(fleet.pods).toEqual([]);
        await expect(call("/api/v1/trending")).rejects.toThrow();
    });

    it("is gone at once when it was deleted by force", async () => {
        await fleet.seen(facts(addresses[0], { drainMs: 10_000 }));
        fleet.gone(facts(addresses[0], { drainMs: 10_000, deletion: "by-force" }));
        fleet.step(Date.now());
        expect(fleet.pods).toEqual([]);
    });

    it("gives its address to the next pod, drain or not", async () => {
        await fleet.seen(facts(addresses[0], { drainMs: 10_000 }));
        fleet.gone(facts(addresses[0], { drainMs: 10_000, deletion: "graceful" }));
        await fleet.seen(facts(addresses[0], { uid: "next", name: "next" }));
        expect((await call("/health/live")).headers["x-served-by-pod"]).toBe("next");
    });

    it.each([
        { heir: "v1-0-0", becomes: "live on with an heir of the same revision, since no cluster gives an address away that soon", open: true },
        { heir: "v1-1-0", becomes: "are broken where the heir is of another revision: nobody may be moved to that by accident", open: false },
    ])("of a pod that drains, open connections $becomes", async ({ heir, open }) => {
        await fleet.seen(facts(addresses[0], { drainMs: 10_000 }));
        const connection = connect(portOf(servers[0]), addresses[0]);
        const ended = once(connection, "close").then(
            () => "ended",
            () => "ended",
        );
        const ask = async (): Promise<string> => {
            connection.write("GET /health/live HTTP/1.1\r\nHost: ranking\r\n\r\n");
            return Promise.race([once(connection, "data").then(([data]) => String(data)), ended]);
        };
        expect(await ask()).toContain("200 OK");

        fleet.gone(facts(addresses[0], { drainMs: 10_000, deletion: "graceful" }));
        await fleet.seen(facts(addresses[0], { uid: "next", name: "next", revision: heir }));

        expect((await ask()).includes("200 OK")).toBe(open);
        connection.destroy();
    });

    it("tells of a pod that lives and has lost its address to another one, and of none that drains", async () => {
        const displaced: string[] = [];
        fleet.on("displaced", (pod) => displaced.push(pod.facts.name));
        await fleet.seen(facts(addresses[0], { uid: "1", name: "first", drainMs: 10_000 }));
        await fleet.seen(facts(addresses[0], { uid: "2", name: "second", drainMs: 10_000 }));
        expect(displaced).toEqual(["first"]);

        fleet.gone(facts(addresses[0], { uid: "2", name: "second", drainMs: 10_000, deletion: "graceful" }));
        await fleet.seen(facts(addresses[0], { uid: "3", name: "third" }));
        expect(displaced).toEqual(["first"]);
    });

    it("answers a request that came a moment before the simulator heard of the pod", async () => {
        const early = call("/health/live");
        await fleet.seen(facts(addresses[0]));
        expect((await early).status).toBe(200);
    });
});

describe("the facts of a pod", () => {
    const shown = (changes: (pod: ReturnType<typeof parseDocument>) => void = () => undefined): V1Pod => {
        const pod = parseDocument(`
            kind: Pod
            apiVersion: v1
            metadata: { uid: "1", namespace: nova, name: ranking-1, labels: { app.kubernetes.io/name: ranking, ${labelKeys.revision}: v1-0-0 } }
            spec:
                containers: [{ name: api, resources: { limits: { memory: 400Mi } }, lifecycle: { preStop: { sleep: { seconds: 10 } } } }]
                volumes: [{ name: scratch }, { name: settings, configMap: { name: settings-1 } }]
            status: { phase: Running, podIP: 10.244.1.7, startTime: "1970-01-01T00:00:01Z" }
        `);
        changes(pod);
        return loadYaml<V1Pod>(pod.toString());
    };

    it("are read from what the API server shows", () => {
        expect(podFacts(shown())).toEqual({
            uid: "1",
            namespace: "nova",
            name: "ranking-1",
            service: "ranking",
            revision: "v1-0-0",
            version: "v1-0-0",
            address: "10.244.1.7",
            configMapName: "settings-1",
            memoryLimitBytes: 419_430_400,
            drainMs: 10_000,
            startedAtMs: 1_000,
            restarts: 0,
            deletion: "none",
        });
    });

    it("know a revision by the library's own label as well", () => {
        const other = shown((pod) => {
            pod.deleteIn(["metadata", "labels", labelKeys.revision]);
            pod.setIn(["metadata", "labels", "progressive-rollout/revision"], "v2-0-0");
        });
        expect(podFacts(other)?.revision).toBe("v2-0-0");
    });

    it.each([
        { what: "has no address yet", path: ["status", "podIP"] },
        { what: "does not run", path: ["status", "phase"] },
        { what: "belongs to no revision", path: ["metadata", "labels", labelKeys.revision] },
        { what: "belongs to no service", path: ["metadata", "labels", "app.kubernetes.io/name"] },
    ])("are none for a pod that $what", ({ path }) => {
        expect(podFacts(shown((pod) => pod.deleteIn(path)))).toBeUndefined();
    });

    it.each([
        { seconds: 30, deletion: "graceful" },
        { seconds: 0, deletion: "by-force" },
    ])("say that a deletion with $seconds s of grace is $deletion", ({ seconds, deletion }) => {
        const deleted = shown((pod) => {
            pod.setIn(["metadata", "deletionTimestamp"], "2026-01-01T00:00:00Z");
            pod.setIn(["metadata", "deletionGracePeriodSeconds"], seconds);
        });
        expect(podFacts(deleted)?.deletion).toBe(deletion);
    });
});
