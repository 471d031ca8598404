import { type Server, createServer, request as send } from "node:http";

import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { afterEach, describe, expect, it } from "vitest";

import { type PodMetrics, podMetrics } from "../../adapters/pod-metrics.ts";
import { reasonOf, valueOf } from "./evidence/setup.ts";

const servers: Server[] = [];
const opened: PodMetrics[] = [];

afterEach(async () => {
    await Promise.all(opened.splice(0).map((metrics) => metrics.close()));
    const closed = servers.splice(0).map((server) => {
        server.closeAllConnections();
        return new Promise((resolve) => server.close(resolve));
    });
    await Promise.all(closed);
});

async function listening(server: Server, host = "127.0.0.1", port = 0): Promise<number> {
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(port, host, resolve));
    const address = server.address();
    if (address === null || typeof address === "string") {
        throw new Error("it does not listen");
    }
    return address.port;
}

/** A process that shows its metrics. */
class ShownProcess {
    readonly #registry = new Registry();
    readonly #requests = new Counter({ name: "http_requests_total", help: "R.", labelNames: ["route", "code"], registers: [this.#registry] });
    readonly #durations: Histogram;

    constructor(startedAtSeconds: number, buckets = [0.5, 1, 5]) {
        new Gauge({ name: "process_start_time_seconds", help: "S.", registers: [this.#registry] }).set(startedAtSeconds);
        this.#durations = new Histogram({ name: "http_request_duration_seconds", help: "D.", buckets, registers: [this.#registry] });
        this.#requests.inc({ route: "feed", code: "200" }, 0);
    }

    answered(code: number, seconds: number): void {
        this.#requests.inc({ route: "feed", code: String(code) });
        this.#durations.observe(seconds);
    }

    page(): Promise<string> {
        return this.#registry.metrics();
    }
}

/** Pods on loopback addresses, all on one port, as pods in a cluster are. */
class Pods {
    readonly pages = new Map<string, (() => Promise<string>) | "silent" | "broken">();
    port = 0;

    async add(address: string, page: (() => Promise<string>) | "silent" | "broken"): Promise<void> {
        this.pages.set(address, page);
        this.port = await listening(
            createServer((_, response) => {
                const shown = this.pages.get(address);
                if (shown === "broken") {
                    response.writeHead(503).end("starting");
                } else if (shown !== "silent") {
                    void shown?.().then((text) => response.end(text));
                }
            }),
            address,
            this.port,
        );
    }
}

function metricsOf(pods: Pods, proxyUrl?: string): PodMetrics {
    const metrics = podMetrics({ port: pods.port, timeoutMs: 300, ...(proxyUrl === undefined ? {} : { proxyUrl }) });
    opened.push(metrics);
    return metrics;
}

const a = { name: "a", address: "127.0.0.1" };
const b = { name: "b", address: "127.0.0.2" };

describe("a look at pods", () => {
    it("counts what each pod answered since the look before", async () => {
        const pods = new Pods();
        const [one, other] = [new ShownProcess(1_000), new ShownProcess(1_000)];
        await pods.add("127.0.0.1", () => one.page());
        await pods.add("127.0.0.2", () => other.page());
        const metrics = metricsOf(pods);
        one.answered(200, 3);
        const first = await metrics.look([a, b]);
        one.answered(200, 0.1);
        one.answered(500, 1);
        one.answered(503, 1.1);
        other.answered(404, 9);
        const second = await metrics.look([a, b]);
        const third = await metrics.look([a, b]);

        expect(first.map(({ pod, counts }) => [pod, reasonOf(counts)])).toEqual([
            ["a", "this is the first look at it"],
            ["b", "this is the first look at it"],
        ]);
        expect(second.map(({ counts }) => valueOf(counts))).toMatchObject([
            { total: 3, failed: 2, slow: 1 },
            { total: 1, failed: 0, slow: 1 },
        ]);
        expect(third.map(({ counts }) => valueOf(counts))).toMatchObject([{ total: 0 }, { total: 0 }]);
    });

    it("counts a process that has started since from its start on", async () => {
        const pods = new Pods();
        let process = new ShownProcess(1_000);
        await pods.add("127.0.0.1", () => process.page());
        const metrics = metricsOf(pods);
        process.answered(200, 0.1);
        await metrics.look([a]);
        process = new ShownProcess(2_000);
        process.answered(500, 2);
        process.answered(500, 2);

        expect((await metrics.look([a])).map(({ counts }) => valueOf(counts))).toMatchObject([{ total: 2, failed: 2, slow: 2 }]);
    });

    it("bridges looks at which a pod could not be asked", async () => {
        const pods = new Pods();
        const process = new ShownProcess(1_000);
        await pods.add("127.0.0.1", () => process.page());
        const metrics = metricsOf(pods);
        await metrics.look([a]);
        process.answered(500, 0.1);
        pods.pages.set("127.0.0.1", "broken");
        const [broken] = await metrics.look([a]);
        process.answered(200, 0.1);
        pods.pages.set("127.0.0.1", () => process.page());
        const [mended] = await metrics.look([a]);

        expect(reasonOf(broken?.counts ?? { kind: "observed", value: 0 })).toContain("it answered 503: starting");
        expect(mended?.counts).toMatchObject({ kind: "observed", value: { total: 2, failed: 1 } });
    });

    it.each<{ readonly what: string; readonly page: "silent" | "broken" | (() => Promise<string>); readonly reason: RegExp }>([
        { what: "does not answer", page: "silent", reason: /took longer than 300 ms/ },
        { what: "answers with an error", page: "broken", reason: /answered 503/ },
        { what: "shows something else", page: () => Promise.resolve("<html>\n"), reason: /line 1 of the metrics is no sample/ },
        { what: "shows half a page", page: () => Promise.resolve("process_start_time_seconds 1000\nhttp_requ"), reason: /end in the middle of a line/ },
        {
            what: "does not say when it started",
            page: () => Promise.resolve('http_requests_total{code="200"} 1\n'),
            reason: /don't say when the process started/,
        },
        {
            what: "shows a count that is no number",
            page: () => Promise.resolve('process_start_time_seconds 1000\nhttp_requests_total{code="200"} NaN\n'),
            reason: /http_requests_total is NaN/,
        },
    ])("reports a pod that $what, beside the others", async ({ page, reason }) => {
        const pods = new Pods();
        const process = new ShownProcess(1_000);
        await pods.add("127.0.0.1", () => process.page());
        await pods.add("127.0.0.2", page);
        const metrics = metricsOf(pods);
        await metrics.look([a, b]);
        const [sound, ill] = await metrics.look([a, b]);

        expect(sound?.counts.kind).toBe("observed");
        expect(reasonOf(ill?.counts ?? { kind: "observed", value: 0 })).toMatch(reason);
    });

    it("reports a pod without an address, and one where nothing listens", async () => {
        const pods = new Pods();
        await pods.add("127.0.0.1", "broken");
        const looks = await metricsOf(pods).look([{ name: "new" }, { name: "gone", address: "127.0.0.9" }]);

        expect(looks.map(({ counts }) => reasonOf(counts))).toEqual([
            "pod new can't be asked for its metrics: it has no address yet",
            expect.stringContaining("ECONNREFUSED"),
        ]);
    });

    it("is missing when the histogram has no bound at one second", async () => {
        const pods = new Pods();
        const process = new ShownProcess(1_000, [0.5, 2]);
        await pods.add("127.0.0.1", () => process.page());
        const metrics = metricsOf(pods);
        await metrics.look([a]);

        expect((await metrics.look([a])).map(({ counts }) => reasonOf(counts))).toEqual(["http_request_duration_seconds_bucket has no bound at 1 s"]);
    });

    it("keeps its connection from one look to the next", async () => {
        const pods = new Pods();
        const process = new ShownProcess(1_000);
        await pods.add("127.0.0.1", () => process.page());
        let connections = 0;
        servers[0]?.on("connection", () => (connections += 1));
        const metrics = metricsOf(pods);
        for (let look = 0; look < 5; look += 1) {
            await metrics.look([a]);
        }

        expect(connections).toBe(1);
    });

    it("goes through a proxy, which is asked for the whole address", async () => {
        const pods = new Pods();
        const process = new ShownProcess(1_000);
        await pods.add("127.0.0.1", () => process.page());
        const asked: (string | undefined)[] = [];
        const proxy = await listening(
            createServer((incoming, answer) => {
                asked.push(incoming.url);
                send(incoming.url ?? "", (reply) => reply.pipe(answer)).end();
            }),
        );
        const metrics = metricsOf(pods, `http://127.0.0.1:${String(proxy)}`);
        await metrics.look([a]);
        process.answered(500, 0.1);

        expect((await metrics.look([a])).map(({ counts }) => valueOf(counts))).toMatchObject([{ total: 1, failed: 1 }]);
        expect(asked).toEqual([1, 2].map(() => `http://127.0.0.1:${String(pods.port)}/metrics`));
    });
});
