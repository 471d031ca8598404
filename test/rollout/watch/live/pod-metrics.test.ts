import { type Server, createServer, request as send } from "node:http";
import { gzipSync } from "node:zlib";

import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { afterEach, describe, expect, it } from "vitest";

import { closed, listening } from "../../../helpers/listening.ts";
import { podSeries } from "../../pod-series.ts";
import { defined } from "../../../../rollout/defined.ts";
import { type CountsLook, type PodMetrics, type PodTarget, podMetrics } from "../../../../rollout/watch/live/pod-metrics.ts";
import { reasonOf, valueOf } from "../../gate/live/evidence/setup.ts";

const servers: Server[] = [];
const opened: PodMetrics[] = [];

afterEach(async () => {
    await Promise.all(opened.splice(0).map((metrics) => metrics.close()));
    await Promise.all(servers.splice(0).map(closed));
});

async function started(server: Server, host?: string, port?: number): Promise<number> {
    servers.push(server);
    return listening(server, defined({ host, port }));
}

/** A process that shows its metrics. */
class ShownProcess {
    readonly #registry = new Registry();
    readonly #requests = new Counter({ name: "http_requests_total", help: "R.", labelNames: ["route", "code"], registers: [this.#registry] });
    readonly #durations: Histogram;
    readonly underWay = new Gauge({ name: "http_requests_in_flight", help: "F.", registers: [this.#registry] });

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
        this.port = await started(
            createServer((_, response) => {
                const shown = this.pages.get(address);
                if (shown === "broken") {
                    response.writeHead(503).end("starting");
                } else if (shown !== "silent") {
                    void shown?.().then((text) => response.writeHead(200, { "content-type": plain }).end(text));
                }
            }),
            address,
            this.port,
        );
    }
}

function metricsOf(pods: Pods, proxyUrl?: string, nowMs?: () => number): PodMetrics {
    const metrics = podMetrics(podSeries, { port: pods.port, timeoutMs: 3_000, ...defined({ proxyUrl }) }, nowMs);
    opened.push(metrics);
    return metrics;
}

function looksAt(metrics: PodMetrics, ...targets: readonly PodTarget[]): Promise<readonly CountsLook[]> {
    return Promise.all(targets.map((target) => metrics.look(target)));
}

const plain = "text/plain; version=0.0.4; charset=utf-8";

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
        const first = await looksAt(metrics, a, b);
        one.answered(200, 0.1);
        one.answered(500, 1);
        one.answered(503, 1.1);
        other.answered(404, 9);
        const second = await looksAt(metrics, a, b);
        const third = await looksAt(metrics, a, b);

        expect(first.map(({ counts }) => reasonOf(counts))).toEqual([
            "pod a was read once: counts flow from the second time on",
            "pod b was read once: counts flow from the second time on",
        ]);
        expect(second.map(({ counts }) => valueOf(counts))).toEqual([
            { total: 3, failed: 2, timed: 3, slow: 1 },
            { total: 1, failed: 0, timed: 1, slow: 1 },
        ]);
        expect(third.map(({ counts }) => valueOf(counts))).toMatchObject([{ total: 0 }, { total: 0 }]);
    });

    it("counts a process that has started since from its start on", async () => {
        const pods = new Pods();
        let process = new ShownProcess(1_000);
        await pods.add("127.0.0.1", () => process.page());
        const metrics = metricsOf(pods);
        process.answered(200, 0.1);
        await looksAt(metrics, a);
        process = new ShownProcess(2_000);
        process.answered(500, 2);
        process.answered(500, 2);

        expect((await looksAt(metrics, a)).map(({ counts }) => valueOf(counts))).toMatchObject([{ total: 2, failed: 2, slow: 2 }]);
    });

    it("bridges looks at which a pod could not be asked", async () => {
        const pods = new Pods();
        const process = new ShownProcess(1_000);
        await pods.add("127.0.0.1", () => process.page());
        const metrics = metricsOf(pods);
        await looksAt(metrics, a);
        process.answered(500, 0.1);
        pods.pages.set("127.0.0.1", "broken");
        const [broken] = await looksAt(metrics, a);
        process.answered(200, 0.1);
        pods.pages.set("127.0.0.1", () => process.page());
        const [fixed] = await looksAt(metrics, a);

        expect(reasonOf(broken?.counts ?? { kind: "observed", value: 0 })).toContain("it answered 503: starting");
        expect(fixed?.counts).toMatchObject({ kind: "observed", value: { total: 2, failed: 1 } });
    });

    it.each<{ readonly what: string; readonly page: "silent" | "broken" | (() => Promise<string>); readonly reason: RegExp }>([
        { what: "does not answer", page: "silent", reason: /took longer than 3000 ms/ },
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
        await looksAt(metrics, a, b);
        const [sound, ill] = await looksAt(metrics, a, b);

        expect(sound?.counts.kind).toBe("observed");
        expect(reasonOf(ill?.counts ?? { kind: "observed", value: 0 })).toMatch(reason);
    });

    it("reports a pod without an address, and one where nothing listens", async () => {
        const pods = new Pods();
        await pods.add("127.0.0.1", "broken");
        const looks = await looksAt(metricsOf(pods), { name: "new" }, { name: "gone", address: "127.0.0.9" });

        expect(looks.map(({ counts }) => reasonOf(counts))).toEqual([
            "the metrics of pod new can't be read: it has no address yet",
            expect.stringContaining("ECONNREFUSED"),
        ]);
    });

    it("counts nothing twice for a process whose start jitters by seconds", async () => {
        const pods = new Pods();
        let process = new ShownProcess(1_000);
        await pods.add("127.0.0.1", () => process.page());
        const metrics = metricsOf(pods);
        process.answered(200, 0.1);
        process.answered(500, 0.1);
        await looksAt(metrics, a);
        const same = new ShownProcess(1_007);
        [200, 500, 200].forEach((code) => {
            same.answered(code, 0.1);
        });
        process = same;

        expect((await looksAt(metrics, a)).map(({ counts }) => valueOf(counts))).toEqual([{ total: 1, failed: 0, timed: 1, slow: 0 }]);
    });

    it("is missing once when a counter falls without a restart, and goes on from there", async () => {
        const pods = new Pods();
        let process = new ShownProcess(1_000);
        await pods.add("127.0.0.1", () => process.page());
        const metrics = metricsOf(pods);
        process.answered(200, 0.1);
        await looksAt(metrics, a);
        process = new ShownProcess(1_000);
        const [fallen] = await looksAt(metrics, a);
        process.answered(500, 0.1);

        expect(reasonOf(fallen?.counts ?? { kind: "observed", value: 0 })).toContain("a counter fell without a restart");
        expect((await looksAt(metrics, a)).map(({ counts }) => valueOf(counts))).toMatchObject([{ total: 1, failed: 1 }]);
    });

    it("counts requests that hang for more than a second as slow, once, although no counter moves", async () => {
        const pods = new Pods();
        const process = new ShownProcess(1_000);
        await pods.add("127.0.0.1", () => process.page());
        let nowMs = 0;
        const metrics = metricsOf(pods, undefined, () => nowMs);
        process.underWay.set(7);
        await looksAt(metrics, a);
        nowMs = 1_000;
        const counted = [await looksAt(metrics, a), await looksAt(metrics, a)].map(([look]) => valueOf(look?.counts ?? { kind: "missing", reason: "" }));

        expect(counted).toEqual([
            { total: 0, failed: 0, timed: 7, slow: 7 },
            { total: 0, failed: 0, timed: 0, slow: 0 },
        ]);
    });

    it("says that hangs are not seen where a process doesn't show the requests under way", async () => {
        const pods = new Pods();
        const process = new ShownProcess(1_000);
        await pods.add("127.0.0.1", async () => (await process.page()).replaceAll(/^.*http_requests_in_flight.*\n/gm, ""));
        const metrics = metricsOf(pods);
        await looksAt(metrics, a);

        expect(await looksAt(metrics, a)).toMatchObject([
            { counts: { kind: "observed" }, unseen: "pod a shows no http_requests_in_flight: requests that hang are not seen there" },
        ]);
    });

    it.each([
        { what: "an exemplar on a bucket", type: plain, change: (page: string) => page.replace(/(_bucket\{le="0.5"\} \d+)/, '$1 # {trace_id="a"} 0.04 1.7e9') },
        {
            what: "OpenMetrics",
            type: "application/openmetrics-text; version=1.0.0; charset=utf-8",
            change: (page: string) => `${page.replaceAll(/\n\n/g, "\n")}# EOF\n`,
        },
        { what: "a page that is packed", type: plain, change: (page: string) => page, packed: true },
    ])("reads $what", async ({ type, change, packed = false }) => {
        const process = new ShownProcess(1_000);
        const port = await started(
            createServer((_, response) => {
                void process.page().then((page) => {
                    response.writeHead(200, { "content-type": type, ...(packed ? { "content-encoding": "gzip" } : {}) });
                    response.end(packed ? gzipSync(change(page)) : change(page));
                });
            }),
        );
        const metrics = podMetrics(podSeries, { port });
        opened.push(metrics);
        await looksAt(metrics, a);
        process.answered(500, 0.1);

        expect((await looksAt(metrics, a)).map(({ counts }) => valueOf(counts))).toMatchObject([{ total: 1, failed: 1 }]);
    });

    it.each([
        { what: "a page of HTML", status: 200, type: "text/html", text: "<html></html>\n", reason: /of the type text\/html/ },
        { what: "no type", status: 200, type: undefined, text: "process_start_time_seconds 1\n", reason: /no content-type/ },
        { what: "JSON", status: 200, type: "application/json", text: "{}\n", reason: /of the type application\/json/ },
        { what: "nothing", status: 204, type: plain, text: "", reason: /answered 204/ },
        {
            what: "OpenMetrics without its end",
            status: 200,
            type: "application/openmetrics-text",
            text: "process_start_time_seconds 1\n",
            reason: /don't end in # EOF/,
        },
    ])("reports a pod that shows $what", async ({ status, type, text, reason }) => {
        const port = await started(
            createServer((_, response) => {
                response.writeHead(status, defined({ "content-type": type })).end(text);
            }),
        );
        const metrics = podMetrics(podSeries, { port });
        opened.push(metrics);

        expect((await looksAt(metrics, a)).map(({ counts }) => reasonOf(counts))).toEqual([expect.stringMatching(reason)]);
    });

    it("asks for the formats that it reads, and for no other", async () => {
        let accept: string | undefined;
        const port = await started(
            createServer((request, response) => {
                accept = request.headers.accept;
                response.end();
            }),
        );
        const metrics = podMetrics(podSeries, { port });
        opened.push(metrics);
        await looksAt(metrics, a);

        expect(accept).toMatch(/^text\/plain;version=0\.0\.4;q=1,application\/openmetrics-text;version=1\.0\.0;q=0\.8,/);
        expect(accept).not.toContain("*/*");
    });

    it("is missing when the histogram has no bound at one second", async () => {
        const pods = new Pods();
        const process = new ShownProcess(1_000, [0.5, 2]);
        await pods.add("127.0.0.1", () => process.page());
        const metrics = metricsOf(pods);

        expect((await looksAt(metrics, a)).map(({ counts }) => reasonOf(counts))).toEqual([
            "the metrics of pod a can't be read: http_request_duration_seconds_bucket has no bound at 1 s",
        ]);
    });

    it("keeps its connection from one look to the next", async () => {
        const pods = new Pods();
        const process = new ShownProcess(1_000);
        await pods.add("127.0.0.1", () => process.page());
        let connections = 0;
        servers[0]?.on("connection", () => (connections += 1));
        const metrics = metricsOf(pods);
        for (let look = 0; look < 5; look += 1) {
            await looksAt(metrics, a);
        }

        expect(connections).toBe(1);
    });

    it("goes through a proxy, which is asked for the whole address", async () => {
        const pods = new Pods();
        const process = new ShownProcess(1_000);
        await pods.add("127.0.0.1", () => process.page());
        const asked: (string | undefined)[] = [];
        const proxy = await started(
            createServer((incoming, answer) => {
                asked.push(incoming.url);
                send(incoming.url ?? "", (reply) => reply.pipe(answer.writeHead(200, reply.headers))).end();
            }),
        );
        const metrics = metricsOf(pods, `http://127.0.0.1:${String(proxy)}`);
        await looksAt(metrics, a);
        process.answered(500, 0.1);

        expect((await looksAt(metrics, a)).map(({ counts }) => valueOf(counts))).toMatchObject([{ total: 1, failed: 1 }]);
        expect(asked).toEqual([1, 2].map(() => `http://127.0.0.1:${String(pods.port)}/metrics`));
    });
});
