import { type Server, createServer } from "node:http";

import { afterEach, describe, expect, it } from "vitest";

import { type GatewayStatistics, gatewayStatistics } from "../../../../rollout/watch/live/gateway-stats.ts";
import { filterOf } from "../../../../rollout/watch/live/gateway-stats/envoy-cluster.ts";
import { reasonOf, valueOf } from "../../gate/live/evidence/setup.ts";

const servers: Server[] = [];
const opened: GatewayStatistics[] = [];

afterEach(async () => {
    await Promise.all(opened.splice(0).map((statistics) => statistics.close()));
    await Promise.all(
        servers.splice(0).map((server) => {
            server.closeAllConnections();
            return new Promise((resolve) => server.close(resolve));
        }),
    );
});

const silence = "(silence)";
const cluster = "shop_ranking-v2_80";

/** What an Envoy has counted for a cluster. */
interface Counted {
    completed: number;
    serverErrors: number;
    timeouts: number;
    gatewayTimeouts: number;
    badGateways: number;
    broken: number;
    unavailable: number;
    triesTimedOut: number;
    streamResets: number;
    retries: number;
    total: number;
    active: number;
    pending: number;
    ejected: number;
    timed: number;
    withinSecond: number;
}

const nothing: Counted = {
    completed: 0,
    serverErrors: 0,
    timeouts: 0,
    gatewayTimeouts: 0,
    badGateways: 0,
    broken: 0,
    unavailable: 0,
    triesTimedOut: 0,
    streamResets: 0,
    retries: 0,
    total: 0,
    active: 0,
    pending: 0,
    ejected: 0,
    timed: 0,
    withinSecond: 0,
};

/** A page as Envoy 1.38 writes it. */
function page(counted: Partial<Counted>, name = cluster): string {
    const c = { ...nothing, ...counted };
    const own = `envoy_cluster_name="${name}"`;
    const bucket = (le: string, value: number) => `envoy_cluster_upstream_rq_time_bucket{${own},le="${le}"} ${String(value)}`;
    const lines = [
        "# TYPE envoy_cluster_upstream_rq_total counter",
        `envoy_cluster_upstream_rq_total{${own}} ${String(c.total)}`,
        `envoy_cluster_upstream_rq_timeout{${own}} ${String(c.timeouts)}`,
        `envoy_cluster_upstream_rq_pending_failure_eject{${own}} ${String(c.ejected)}`,
        `envoy_cluster_upstream_rq_cancelled{${own}} 0`,
        `envoy_cluster_upstream_cx_protocol_error{${own}} ${String(c.broken)}`,
        `envoy_cluster_upstream_rq_per_try_timeout{${own}} ${String(c.triesTimedOut)}`,
        `envoy_cluster_upstream_rq_rx_reset{${own}} ${String(c.streamResets)}`,
        `envoy_cluster_upstream_rq_retry{${own}} ${String(c.retries)}`,
        ...(c.unavailable === 0 ? [] : [`envoy_cluster_upstream_rq{envoy_response_code="503",${own}} ${String(c.unavailable)}`]),
        ...(c.gatewayTimeouts === 0 ? [] : [`envoy_cluster_upstream_rq{envoy_response_code="504",${own}} ${String(c.gatewayTimeouts)}`]),
        ...(c.badGateways === 0 ? [] : [`envoy_cluster_upstream_rq{envoy_response_code="502",${own}} ${String(c.badGateways)}`]),
        ...(c.completed === 0 ? [] : [`envoy_cluster_upstream_rq_completed{${own}} ${String(c.completed)}`]),
        ...(c.serverErrors === 0 ? [] : [`envoy_cluster_upstream_rq_xx{envoy_response_code_class="5",${own}} ${String(c.serverErrors)}`]),
        "# TYPE envoy_cluster_upstream_rq_active gauge",
        `envoy_cluster_upstream_rq_active{${own}} ${String(c.active)}`,
        `envoy_cluster_upstream_rq_pending_active{${own}} ${String(c.pending)}`,
        "# TYPE envoy_server_live gauge",
        "envoy_server_live{} 1",
        ...(c.timed === 0 ? [] : [bucket("500", 0), bucket("1000", c.withinSecond), bucket("2500", c.timed), bucket("+Inf", c.timed)]),
    ];
    return `${lines.join("\n")}\n`;
}

/** A gateway that shows what the test says, and takes note of what it was asked. */
async function envoy(shown: () => string, host = "127.0.0.1", port = 0): Promise<{ readonly port: number; readonly asked: string[] }> {
    const asked: string[] = [];
    const server = createServer((request, response) => {
        asked.push(`${request.headers.host ?? ""} ${request.url ?? ""}`);
        const text = shown();
        // Nothing is said.
        if (text !== silence) {
            response.writeHead(200, { "content-type": "text/plain; charset=UTF-8" }).end(text);
        }
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(port, host, resolve));
    const address = server.address();
    return { port: typeof address === "object" && address !== null ? address.port : 0, asked };
}

function reader(port: number, more: Partial<Parameters<typeof gatewayStatistics>[0]> = {}, nowMs?: () => number): GatewayStatistics {
    const statistics = gatewayStatistics({ urls: [`http://127.0.0.1:${String(port)}/stats/prometheus`], cluster, timeoutMs: 3_000, ...more }, nowMs);
    opened.push(statistics);
    return statistics;
}

async function looksAt(statistics: GatewayStatistics) {
    const instances = await statistics.instances();
    return Promise.all(instances.map((instance) => statistics.look(instance)));
}

/** What is counted between two pages. */
async function between(before: Partial<Counted>, after: Partial<Counted>) {
    let shown = page(before);
    const { port } = await envoy(() => shown);
    const statistics = reader(port);
    await looksAt(statistics);
    shown = page(after);
    return (await looksAt(statistics))[0]?.counts ?? { kind: "missing", reason: "no instance" };
}

describe("what an expression asks Envoy for", () => {
    it.each([
        { name: "cluster.shop_ranking-v2_80.upstream_rq_total", wanted: true },
        { name: "cluster.shop_ranking-v2_80.upstream_rq_5xx", wanted: true },
        { name: "cluster.shop_ranking-v2_80.upstream_cx_protocol_error", wanted: true },
        { name: "server.live", wanted: true },
        { name: "cluster.shop_ranking-v2_80.upstream_rq_total_more", wanted: false },
        { name: "cluster.shop_ranking-v2_80-testers_80.upstream_rq_total", wanted: false },
        { name: "cluster.shop_ranking-v20_80.upstream_rq_total", wanted: false },
        { name: "cluster.my.shop_ranking-v2_80.upstream_rq_total", wanted: false },
    ])("is, for $name: $wanted", ({ name, wanted }) => {
        expect(new RegExp(filterOf(cluster).replaceAll("\\-", "-")).test(name)).toBe(wanted);
    });

    it("takes a cluster's name by the letter", () => {
        expect(new RegExp(filterOf("a.b")).test("cluster.axb.upstream_rq_total")).toBe(false);
    });
});

describe("the gateway's statistics", () => {
    // Each as it was seen on Envoy 1.38.
    it.each([
        { what: "an answer", after: { total: 11, completed: 11 }, counts: { total: 1, failed: 0 } },
        { what: "a 500 or 503 of the pod", after: { total: 11, completed: 11, serverErrors: 1 }, counts: { total: 1, failed: 1 } },
        {
            what: "the gateway's time limit",
            after: { total: 11, completed: 11, serverErrors: 1, timeouts: 1, gatewayTimeouts: 1 },
            counts: { total: 1, failed: 1 },
        },
        { what: "a reset before the headers", after: { total: 11, completed: 11, serverErrors: 1 }, counts: { total: 1, failed: 1 } },
        { what: "a reset amid the body, of an answer with 200", after: { total: 11, completed: 11, broken: 1 }, counts: { total: 1, failed: 1 } },
        {
            what: "an answer that is not HTTP",
            after: { total: 11, completed: 11, serverErrors: 1, badGateways: 1, broken: 1 },
            counts: { total: 1, failed: 1 },
        },
        {
            what: "an answer with 200 that stops amid the body until the time limit",
            after: { total: 11, completed: 11, timeouts: 1 },
            counts: { total: 1, failed: 1 },
        },
        {
            what: "a stream of HTTP/2 that is reset before the headers",
            after: { total: 11, completed: 11, serverErrors: 1, unavailable: 1, streamResets: 1 },
            counts: { total: 1, failed: 1 },
        },
        { what: "a stream of HTTP/2 that is reset amid the body", after: { total: 11, completed: 11, streamResets: 1 }, counts: { total: 1, failed: 1 } },
        {
            what: "a stream of HTTP/2 that is reset, and repeated with success",
            after: { total: 12, completed: 11, streamResets: 1, retries: 1 },
            counts: { total: 1, failed: 0 },
        },
        {
            what: "the time limit of a try that is not repeated",
            after: { total: 11, completed: 11, serverErrors: 1, gatewayTimeouts: 1, triesTimedOut: 1 },
            counts: { total: 1, failed: 1 },
        },
        {
            what: "the time limit of a try that is repeated with success",
            after: { total: 12, completed: 11, triesTimedOut: 1, retries: 1 },
            counts: { total: 1, failed: 0 },
        },
        { what: "a refused connection", after: { total: 10, completed: 11, serverErrors: 1, ejected: 1 }, counts: { total: 1, failed: 1 } },
        { what: "no endpoint", after: { total: 10, completed: 11, serverErrors: 1 }, counts: { total: 1, failed: 1 } },
        { what: "a failure that was repeated with success", after: { total: 12, completed: 11 }, counts: { total: 1, failed: 0 } },
        { what: "a failure that was repeated in vain", after: { total: 12, completed: 11, serverErrors: 1 }, counts: { total: 1, failed: 1 } },
        { what: "a client that goes away", after: { total: 11, completed: 10 }, counts: { total: 0, failed: 0 } },
        { what: "a break that is counted after its answer", after: { total: 10, completed: 10, broken: 2 }, counts: { total: 2, failed: 2 } },
        {
            what: "kinds of faults beside one another",
            after: { total: 20, completed: 20, serverErrors: 4, timeouts: 2, gatewayTimeouts: 1, broken: 3, badGateways: 1 },
            counts: { total: 10, failed: 7 },
        },
    ])("count $what", async ({ after, counts }) => {
        expect(valueOf(await between({ total: 10, completed: 10 }, after))).toMatchObject(counts);
    });

    it("count answers that took longer than a second", async () => {
        const counts = await between({ total: 10, completed: 10 }, { total: 20, completed: 20, timed: 10, withinSecond: 7 });

        expect(valueOf(counts)).toEqual({ total: 10, failed: 0, timed: 10, slow: 3 });
    });

    it("count requests that hang, on a connection or waiting for one, a second later", async () => {
        let [shown, nowMs] = [page({ total: 100, completed: 93, active: 7, pending: 2 }), 0];
        const { port } = await envoy(() => shown);
        const statistics = reader(port, {}, () => nowMs);
        await looksAt(statistics);
        nowMs = 1_100;
        shown = page({ total: 103, completed: 95, active: 8, pending: 2 });

        expect((await looksAt(statistics)).map(({ counts }) => valueOf(counts))).toEqual([{ total: 2, failed: 0, timed: 7, slow: 7 }]);
    });

    it.each([
        { what: "the first look", before: undefined, after: page({ total: 5 }), reason: /read once/ },
        { what: "counts that began anew", before: page({ total: 50, completed: 50 }), after: page({ total: 5, completed: 5 }), reason: /fell: it began anew/ },
        { what: "another cluster alone", before: page({}), after: page({ total: 9 }, "shop_ranking-v1_80"), reason: /has no cluster shop_ranking-v2_80/ },
        { what: "no cluster", before: page({}), after: "# TYPE envoy_server_live gauge\nenvoy_server_live{} 1\n", reason: /metrics\.gateway\.clusterName/ },
        { what: "an empty page", before: page({}), after: "", reason: /middle of a line/ },
        { what: "half a page", before: page({}), after: page({}).slice(0, 200), reason: /middle of a line|no cluster/ },
        { what: "a count that is none", before: page({}), after: page({}).replace(/rq_timeout(.*) 0/, "rq_timeout$1 NaN"), reason: /rq_timeout is NaN/ },
        { what: "silence", before: page({}), after: silence, reason: /took longer than 3000 ms/ },
        {
            what: "a histogram without the bound",
            before: page({}),
            after: page({ total: 1, timed: 1 }).replace('le="1000"', 'le="900"'),
            reason: /no bound at 1000 ms/,
        },
    ])("are missing after $what", async ({ before, after, reason }) => {
        let shown = before ?? after;
        const { port } = await envoy(() => shown);
        const statistics = reader(port);
        if (before !== undefined) {
            await looksAt(statistics);
        }
        shown = after;

        expect((await looksAt(statistics)).map(({ counts }) => reasonOf(counts))).toEqual([expect.stringMatching(reason)]);
    });

    it("go on after the instance began anew, and after a cluster came back", async () => {
        let shown = page({ total: 50, completed: 50 });
        const { port } = await envoy(() => shown);
        const statistics = reader(port);
        await looksAt(statistics);
        const counted = [];
        for (const next of [
            page({ total: 5, completed: 5 }),
            page({ total: 7, completed: 7 }),
            page({}, "other"),
            page({ total: 9, completed: 9, serverErrors: 1 }),
        ]) {
            shown = next;
            counted.push((await looksAt(statistics)).map(({ counts }) => (counts.kind === "observed" ? counts.value.total : "missing")));
        }

        expect(counted).toEqual([["missing"], [2], ["missing"], [2]]);
    });

    it("keep the counters of each instance apart: every address of every URL is one", async () => {
        let more = 0;
        const first = await envoy(() => page({ total: 100 + more, completed: 100 + more }));
        const second = await envoy(() => page({ total: 5_000 + more, completed: 5_000 + more, serverErrors: 10 + more }), "127.0.0.2", first.port);
        const statistics = reader(first.port, {
            urls: [`http://gateway.test:${String(first.port)}/stats/prometheus`],
            resolve: () => Promise.resolve(["127.0.0.1", "127.0.0.2"]),
        });
        await looksAt(statistics);
        more = 3;

        expect((await looksAt(statistics)).map(({ counts }) => valueOf(counts))).toMatchObject([
            { total: 3, failed: 0 },
            { total: 3, failed: 3 },
        ]);
        expect([first, second].map(({ asked }) => asked.length)).toEqual([2, 2]);
        expect(first.asked[0]).toMatch(/^gateway\.test:\d+ \/stats\/prometheus\?filter=/);
    });

    it("are read through a proxy where one leads there, which is asked for the whole address", async () => {
        const proxy = await envoy(() => page({ total: 1, completed: 1 }));
        const statistics = reader(1, { urls: ["http://envoy.inside:8002/stats/prometheus"], proxyUrl: `http://127.0.0.1:${String(proxy.port)}` });
        await looksAt(statistics);

        expect((await looksAt(statistics)).map(({ counts }) => valueOf(counts))).toMatchObject([{ total: 0 }]);
        expect(proxy.asked[0]).toMatch(/^envoy\.inside:8002 http:\/\/envoy\.inside:8002\/stats\/prometheus\?filter=/);
    });

    it("say which name has no address", async () => {
        const statistics = reader(1, { urls: ["http://gateway.test/stats/prometheus"], resolve: () => Promise.resolve([]) });

        await expect(statistics.instances()).rejects.toThrow("gateway.test has no address: metrics.gatewayStatsUrl must name the gateway's instances");
    });
});
