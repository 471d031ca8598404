import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { GatewayCounts, GatewayView } from "../../../../../rollout/gate/evidence.ts";
import { gatewayViews } from "../../../../../rollout/gate/live/gateway/gateway-view.ts";
import { reasonOf, valueOf } from "../evidence/setup.ts";
import { GatewayWorld, type WorldCounter, type WorldInstance, now, scrapes, viewsOf, window } from "./world.ts";

const envoy = { kind: "envoy", clusterName: "{namespace}_{service}-{revision}_80" } as const;

/** What an Envoy counts each second. Rates are whole, so that sums are. */
interface Rates {
    readonly ok: number;
    readonly codes?: Readonly<Record<string, number>>;
    readonly timeouts?: number;
    readonly resets?: number;
    readonly broken?: number;
    readonly protocol?: number;
    readonly refused?: number;
    readonly retries?: number;
}

const second = (at: number): number => at - (now - 2_000);

/** The counters of one cluster, grown since long before the window. A code has no series before its first answer. */
function cluster(revision: string, rates: Rates, grownAt: (at: number) => number | undefined = second): readonly WorldCounter[] {
    const labels = { envoy_cluster_name: `nova-test_video-ranking-${revision}_80` };
    const codes: Readonly<Record<string, number>> = { "200": rates.ok, ...rates.codes };
    const counter = (name: string, perSecond: number, more: Readonly<Record<string, string>> = {}): WorldCounter => ({
        name: `envoy_cluster_upstream_${name}`,
        labels: { ...labels, ...more },
        at: (at) => {
            const grown = grownAt(at);
            return grown === undefined ? undefined : grown * perSecond;
        },
    });
    const byClass = Map.groupBy(Object.entries(codes), ([code]) => code.charAt(0));
    const answers = Object.values(codes).reduce((sum, rate) => sum + rate, 0);
    return [
        counter("rq_total", answers + (rates.retries ?? 0)),
        ...[...byClass].map(([digit, ofClass]) =>
            counter(
                "rq_xx",
                ofClass.reduce((sum, [, rate]) => sum + rate, 0),
                { envoy_response_code_class: digit },
            ),
        ),
        ...Object.entries(codes).map(([code, rate]) => counter("rq", rate, { envoy_response_code: code })),
        counter("rq_timeout", rates.timeouts ?? 0),
        counter("rq_rx_reset", rates.resets ?? 0),
        counter("cx_destroy_remote_with_active_rq", rates.broken ?? 0),
        counter("cx_protocol_error", rates.protocol ?? 0),
        counter("cx_connect_fail", rates.refused ?? 0),
        counter("rq_retry", rates.retries ?? 0),
        ...["5", "100", "1000", "+Inf"].map((le) => counter("rq_time_bucket", le === "5" ? 0 : rates.ok, { le })),
    ];
}

const instance = (name: string, ...counters: readonly (readonly WorldCounter[])[]): WorldInstance => ({ instance: `${name}:8002`, counters: counters.flat() });
const healthy: Rates = { ok: 10 };
/** Seconds between the first scrape within the window and the last one. */
const seconds = 585;

const countsOf = async (rates: Rates): Promise<GatewayCounts> => {
    const views = await viewsOf(envoy, [instance("a", cluster("v1", healthy), cluster("v2", rates))]);
    return valueOf(partOf(views.v2).requests);
};

function partOf(view: (GatewayView & { readonly kind: "seen" }) | undefined): GatewayView & { readonly kind: "seen" } {
    if (view === undefined) {
        throw new Error("there is no such view");
    }
    return view;
}

describe("what Envoy counted of a revision's backend", () => {
    it.each([
        { what: "answers that went well", rates: { ok: 10 }, is: { total: 10, failed: 0, timedOut: 0, unanswered: 0 } },
        { what: "a 500 of the pod", rates: { ok: 8, codes: { "500": 2 } }, is: { total: 10, failed: 2, timedOut: 0, unanswered: 0 } },
        { what: "a 503 of the pod", rates: { ok: 8, codes: { "503": 2 } }, is: { total: 10, failed: 2, timedOut: 0, unanswered: 0 } },
        {
            what: "a time limit before the headers",
            rates: { ok: 8, codes: { "504": 2 }, timeouts: 2 },
            is: { total: 10, failed: 2, timedOut: 2, unanswered: 0 },
        },
        { what: "a time limit after the headers", rates: { ok: 10, timeouts: 2 }, is: { total: 10, failed: 2, timedOut: 2, unanswered: 0 } },
        { what: "a refused connection", rates: { ok: 8, codes: { "503": 2 }, refused: 2 }, is: { total: 10, failed: 2, timedOut: 0, unanswered: 2 } },
        { what: "a reset before the headers", rates: { ok: 8, codes: { "503": 2 }, broken: 2 }, is: { total: 10, failed: 2, timedOut: 0, unanswered: 2 } },
        { what: "a reset after the headers", rates: { ok: 10, broken: 2, protocol: 2 }, is: { total: 10, failed: 2, timedOut: 0, unanswered: 2 } },
        { what: "a reset of a stream after the headers", rates: { ok: 10, resets: 2 }, is: { total: 10, failed: 2, timedOut: 0, unanswered: 2 } },
        {
            what: "resets before and after the headers",
            rates: { ok: 8, codes: { "503": 2 }, broken: 5, protocol: 3 },
            is: { total: 10, failed: 5, timedOut: 0, unanswered: 5 },
        },
        { what: "an answer that is not HTTP", rates: { ok: 8, codes: { "502": 2 }, protocol: 2 }, is: { total: 10, failed: 2, timedOut: 0, unanswered: 0 } },
        { what: "no endpoint at all", rates: { ok: 0, codes: { "503": 10 } }, is: { total: 10, failed: 10, timedOut: 0, unanswered: 0 } },
        { what: "a reset that was repeated with success", rates: { ok: 10, broken: 2, retries: 2 }, is: { total: 10, failed: 0, retries: 2 } },
        {
            what: "answers that blame the caller",
            rates: { ok: 4, codes: { "400": 2, "401": 1, "403": 1, "404": 1, "429": 1 } },
            is: { total: 10, failed: 0, clientErrors: { unauthorized: 1, forbidden: 1, notFound: 1, other: 3 } },
        },
    ])("has $what", async ({ rates, is }) => {
        const { clientErrors, ...counts } = is as Partial<GatewayCounts>;
        const counted = await countsOf(rates);
        expect(counted).toMatchObject(Object.fromEntries(Object.entries(counts).map(([name, rate]) => [name, rate * seconds])));
        if (clientErrors !== undefined) {
            expect(counted.clientErrors).toEqual(Object.fromEntries(Object.entries(clientErrors).map(([name, rate]) => [name, rate * seconds])));
        }
    });

    it("has the time to answer in seconds", async () => {
        const views = await viewsOf(envoy, [instance("a", cluster("v1", healthy), cluster("v2", healthy))]);
        expect(valueOf(partOf(views.v2).latency)).toEqual({ boundsSeconds: [0.005, 0.1, 1, Infinity], counts: [0, 10 * seconds, 0, 0] });
    });

    it("is summed over the gateway's instances, and says how fresh it is", async () => {
        const { v2 } = await viewsOf(envoy, [instance("a", cluster("v1", healthy), cluster("v2", healthy)), instance("b", cluster("v2", { ok: 5 }))]);
        expect(valueOf(partOf(v2).requests).total).toBe(15 * seconds);
        expect(valueOf(partOf(v2).recentRequests)).toBe(15 * 45);
        expect(valueOf(partOf(v2).scrapes)).toEqual({ newestAgeSeconds: 5, fewestDistinct: 40, pods: 2 });
    });

    it("counts a first failure, whose series did not exist before", async () => {
        const first: WorldCounter[] = [
            {
                name: "envoy_cluster_upstream_rq_xx",
                labels: { envoy_cluster_name: "nova-test_video-ranking-v2_80", envoy_response_code_class: "5" },
                at: (at) => (at > now - 100 ? 3 : undefined),
            },
        ];
        const { v2 } = await viewsOf(envoy, [instance("a", cluster("v1", healthy), cluster("v2", healthy), first)]);
        expect(valueOf(partOf(v2).requests).failed).toBe(3);
    });

    it.each([
        { what: "Envoy was restarted", at: (at: number) => (at < now - 300 ? second(at) : at - (now - 300)) },
        {
            what: "Envoy deleted the cluster and made it again",
            at: (at: number) => (at < now - 320 ? second(at) : at < now - 300 ? undefined : at - (now - 300)),
        },
        { what: "the cluster came back with more than before", at: (at: number) => (at < now - 320 ? 0 : at < now - 300 ? undefined : 5 * (at - (now - 300))) },
    ])("counts nothing twice and from 0 on where $what", async ({ at }) => {
        const { v2 } = await viewsOf(envoy, [instance("a", cluster("v1", healthy), cluster("v2", healthy, at))]);
        const shown = scrapes.filter((moment) => moment >= window.fromSeconds);
        const before = shown.filter((moment) => moment < now - 320).map((moment) => at(moment) ?? 0);
        const first = shown.filter((moment) => moment < now - 300 && at(moment) !== undefined).map((moment) => at(moment) ?? 0);
        const grown = ((first.at(-1) ?? 0) - (before[0] ?? 0) + (at(now - 5) ?? 0)) * 10;
        expect(valueOf(partOf(v2).requests).total).toBe(grown);
    });

    it("counts from 0 a cluster that appeared at an instance that was scraped before", async () => {
        const { v2 } = await viewsOf(envoy, [
            instance(
                "a",
                cluster("v1", healthy),
                cluster("v2", healthy, (at) => (at < now - 300 ? undefined : at - (now - 305))),
            ),
        ]);
        expect(valueOf(partOf(v2).requests).total).toBe(10 * 300);
    });

    it("counts nothing of what an instance counted before its first scrape", async () => {
        const late = { ...instance("b", cluster("v2", healthy)), scrapedAt: scrapes.filter((at) => at > now - 100) };
        const { v2 } = await viewsOf(envoy, [instance("a", cluster("v1", healthy)), late]);
        expect(valueOf(partOf(v2).requests).total).toBe(10 * 90);
    });

    it("is nothing of a backend that the gateway does not know, while it knows the other", async () => {
        const { v2 } = await viewsOf(envoy, [instance("a", cluster("v1", healthy))]);
        expect(valueOf(partOf(v2).requests)).toMatchObject({ total: 0, failed: 0 });
        expect(valueOf(partOf(v2).scrapes).newestAgeSeconds).toBe(5);
        expect(partOf(v2).latency.kind).toBe("missing");
    });

    it("never exceeds what there was, whatever the counters say", async () => {
        const rate = fc.nat(50);
        await fc.assert(
            fc.asyncProperty(
                fc.record({ ok: rate, "503": rate, "504": rate, timeouts: rate, resets: rate, broken: rate, protocol: rate, refused: rate, retries: rate }),
                async (drawn) => {
                    const { ok, timeouts, resets, broken, protocol, refused, retries } = drawn;
                    const { total, failed, timedOut, unanswered } = await countsOf({
                        ok,
                        codes: { "503": drawn["503"], "504": drawn["504"] },
                        timeouts,
                        resets,
                        broken,
                        protocol,
                        refused,
                        retries,
                    });
                    expect(failed).toBeGreaterThanOrEqual((drawn["503"] + drawn["504"]) * seconds);
                    expect(Math.max(failed, timedOut, unanswered)).toBeLessThanOrEqual(total);
                    expect(Math.min(failed, timedOut, unanswered)).toBeGreaterThanOrEqual(0);
                },
            ),
            { numRuns: 50 },
        );
    });
});

describe("the gateway's view is missing when", () => {
    it.each([
        { what: "the stack names no gateway", gateway: undefined, instances: [], reason: /set metrics.gateway/ },
        {
            what: "it knows neither revision",
            gateway: envoy,
            instances: [instance("a", cluster("v7", healthy))],
            reason: /neither envoy_cluster_upstream_rq_total\{.*v1_80.* nor .*v2_80/,
        },
        {
            what: "the names are those of another template",
            gateway: { ...envoy, clusterName: "x_{revision}" },
            instances: [instance("a", cluster("v1", healthy))],
            reason: /x_v1/,
        },
        {
            what: "an instance is scraped twice",
            gateway: envoy,
            instances: [instance("a", cluster("v2", healthy)), { ...instance("a", cluster("v2", healthy)), job: "another" }],
            reason: /duplicated series/,
        },
    ])("$what", async ({ gateway, instances, reason }) => {
        const { v1, v2 } = await viewsOf(gateway, instances);
        expect(reasonOf(partOf(v1).requests)).toMatch(reason);
        expect([reasonOf(partOf(v2).requests), reasonOf(partOf(v2).scrapes)]).toEqual([expect.stringMatching(reason), expect.stringMatching(reason)]);
    });

    it("Prometheus gives no answer", async () => {
        const world = new GatewayWorld([instance("a", cluster("v1", healthy))]);
        world.failure = "Prometheus refused (503)";
        expect(reasonOf(partOf((await viewsOf(envoy, world)).v2).requests)).toMatch(/Prometheus refused/);
    });

    it("a counter fell while others rose", async () => {
        const odd: WorldCounter = {
            name: "envoy_cluster_upstream_rq_timeout",
            labels: { envoy_cluster_name: "nova-test_video-ranking-v2_80" },
            at: (at) => now - at,
        };
        const counters = cluster("v2", healthy).filter(({ name }) => name !== odd.name);
        expect(reasonOf(partOf((await viewsOf(envoy, [instance("a", cluster("v1", healthy), counters, [odd])])).v2).requests)).toMatch(
            /fell without a restart/,
        );
    });

    it("the scrapes stopped: by their age first, and then altogether", async () => {
        const until = (end: number): WorldInstance => ({ ...instance("a", cluster("v1", healthy), cluster("v2", healthy)), up: (at) => at < end });
        expect(valueOf(partOf((await viewsOf(envoy, [until(now - 200)])).v2).scrapes).newestAgeSeconds).toBe(215);
        const gone = { ...until(now), scrapedAt: scrapes.filter((at) => at < now - 200) };
        expect(reasonOf(partOf((await viewsOf(envoy, [gone])).v2).scrapes)).toMatch(/no instance of the gateway is scraped any more/);
    });

    it("does not wait for an instance that was scaled away", async () => {
        const gone = { ...instance("b", cluster("v2", healthy)), scrapedAt: scrapes.filter((at) => at < now - 200) };
        const { v2 } = await viewsOf(envoy, [instance("a", cluster("v1", healthy), cluster("v2", healthy)), gone]);
        expect(valueOf(partOf(v2).scrapes)).toMatchObject({ newestAgeSeconds: 5, pods: 1 });
    });
});

describe("since when the gateway is seen", () => {
    const since = async (...scrapedAt: readonly (readonly number[])[]) => {
        const world = new GatewayWorld(scrapedAt.map((at, index) => ({ ...instance(`envoy-${String(index)}`, cluster("v1", healthy)), scrapedAt: at })));
        const scope = { namespace: "nova-test", service: "video-ranking", revisions: ["v1"], scrapeIntervalSeconds: 15, gateway: envoy };
        return (await gatewayViews(world, scope, window)).coveredFromSeconds;
    };
    const late = scrapes.filter((at) => at > now - 100);

    it("is the first scrape within the window, of the instance that is seen longest", async () => {
        const first = scrapes.find((at) => at >= window.fromSeconds);
        expect([await since(scrapes), await since(late, scrapes), await since(late)]).toEqual([first, first, late[0]]);
    });

    it("is never, where there is nothing to see", async () => {
        expect(await since()).toBe(Infinity);
    });
});
