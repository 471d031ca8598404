import { join } from "node:path";

import { execa } from "execa";
import getPort from "get-port";
import { stringify } from "yaml";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

import { toolPath } from "../../lab/toolchain/paths.ts";
import { assessBaseline } from "../../rollout/baseline/assess.ts";
import { defaultBaselineLimits } from "../../rollout/baseline/limits.ts";
import { lookAtWindow } from "../../rollout/baseline/live/look.ts";
import { collectEvidence } from "../../rollout/gate/live/evidence.ts";
import { type PrometheusClient, prometheusClient } from "../../rollout/gate/live/prometheus.ts";
import { podSeriesOf } from "../../rollout/gate/pod-series.ts";
import { contourClusterName } from "../../rollout/settings/gateway-statistics.ts";
import { profile } from "../../service/profile.ts";
import { RealServers } from "./preflight-servers.ts";

const [namespace, service] = ["shop", "checkout"];
const day = 24 * 3_600;
const scrapeIntervalSeconds = 60;
const toSeconds = Math.floor(Date.now() / 60_000) * 60;
const times = Array.from({ length: day / scrapeIntervalSeconds + 10 }, (_, index) => toSeconds - day - 5 * 60 + index * scrapeIntervalSeconds).filter(
    (at) => at <= toSeconds,
);

/** How a revision does, from minute to minute of the day. */
interface Behaviour {
    readonly requestsPerMinute: number;
    readonly failedPerMinute?: number;
    /** Hours of the day in which nothing was scraped. */
    readonly gap?: readonly [from: number, to: number];
    /** Hours after which nothing was scraped any more. */
    readonly until?: number;
}

const revisions: Readonly<Record<string, Behaviour>> = {
    good: { requestsPerMinute: 60 },
    failing: { requestsPerMinute: 60, failedPerMinute: 3 },
    idle: { requestsPerMinute: 0 },
    rare: { requestsPerMinute: 1 },
    torn: { requestsPerMinute: 60, gap: [10, 12] },
    gone: { requestsPerMinute: 60, until: 22 },
};

/** A series with its labels as OpenMetrics writes it, one sample a scrape. */
function series(name: string, labels: Readonly<Record<string, string>>, { gap, until }: Behaviour, valueAt: (minute: number) => number): readonly string[] {
    const shown = Object.entries(labels)
        .map(([label, value]) => `${label}="${value}"`)
        .join(",");
    return times.flatMap((at, minute) => {
        const hour = (at - (toSeconds - day)) / 3_600;
        const scraped = (gap === undefined || hour < gap[0] || hour > gap[1]) && (until === undefined || hour < until);
        return scraped ? [`${name}{${shown}} ${String(valueAt(minute))} ${String(at)}`] : [];
    });
}

const podBounds = ["0.005", "0.01", "0.025", "0.05", "0.075", "0.1", "0.15", "0.2", "0.25", "0.3", "0.4", "0.5", "0.75", "1", "2.5", "5", "+Inf"];
const gatewayBounds = ["1", "5", "10", "25", "50", "100", "250", "500", "1000", "+Inf"];

/** What Prometheus would have of a revision with one pod, and of its backend at the gateway: all answers take 20 to 25 ms, 98 of 100 from the cache. */
function scraped([revision, behaviour]: readonly [string, Behaviour]): readonly string[] {
    const { requestsPerMinute: rate, failedPerMinute: failed = 0 } = behaviour;
    const own = {
        namespace,
        service,
        revision,
        pod: `${revision}-1`,
        instance: `10.0.0.1:${String(9_090 + Object.keys(revisions).indexOf(revision))}`,
        job: service,
    };
    const gateway = { instance: "10.0.0.9:8002", job: "envoy", envoy_cluster_name: `${namespace}_${service}-${revision}_80` };
    const pod = (name: string, labels: Readonly<Record<string, string>>, valueAt: (minute: number) => number) =>
        series(name, { ...own, ...labels }, behaviour, valueAt);
    const edge = (name: string, labels: Readonly<Record<string, string>>, valueAt: (minute: number) => number) =>
        series(name, { ...gateway, ...labels }, behaviour, valueAt);
    const ofCache = { hit: 0.98, miss: 0.02 };
    const share = (ratio: number, of: number) => (minute: number) => Math.floor(of * minute * ratio);
    return [
        ...pod("process_start_time_seconds", {}, () => toSeconds - 10 * day),
        ...pod("process_cpu_seconds_total", {}, (minute) => minute * 6),
        ...pod("process_resident_memory_bytes", {}, (minute) => 180 * 2 ** 20 + ((minute * 7) % 5) * 4_096),
        ...pod("http_requests_total", { code: "200" }, share(1, rate - failed)),
        ...pod("http_requests_total", { code: "500" }, share(1, failed)),
        ...pod("http_request_timeouts_total", {}, () => 0),
        ...Object.entries(ofCache).flatMap(([cache, ratio]) => [
            ...pod("cache_requests_total", { result: cache }, share(ratio, rate)),
            ...podBounds.flatMap((le) =>
                pod("http_request_duration_seconds_bucket", { cache, le }, le === "+Inf" || Number(le) >= 0.025 ? share(ratio, rate) : () => 0),
            ),
            ...pod("http_request_duration_seconds_sum", { cache }, (minute) => Math.floor(rate * minute * ratio) * 0.022),
            ...pod("http_request_duration_seconds_count", { cache }, share(ratio, rate)),
        ]),
        ...pod("cache_requests_total", { result: "error" }, () => 0),
        ...edge("envoy_cluster_upstream_rq_total", {}, share(1, rate)),
        ...edge("envoy_cluster_upstream_rq_xx", { envoy_response_code_class: "2" }, share(1, rate - failed)),
        ...edge("envoy_cluster_upstream_rq_xx", { envoy_response_code_class: "5" }, share(1, failed)),
        ...edge("envoy_cluster_upstream_rq", { envoy_response_code: "500" }, share(1, failed)),
        ...gatewayBounds.flatMap((le) => edge("envoy_cluster_upstream_rq_time_bucket", { le }, le === "+Inf" || Number(le) >= 25 ? share(1, rate) : () => 0)),
    ];
}

const servers = new RealServers();
let prometheus: PrometheusClient;

beforeAll(async () => {
    const up = series("up", { instance: "10.0.0.9:8002", job: "envoy" }, { requestsPerMinute: 0 }, () => 1);
    const text = [...Object.entries(revisions).flatMap(scraped), ...up, "# EOF", ""].join("\n");
    const data = join(servers.folder, "data");
    await execa(toolPath("promtool"), ["tsdb", "create-blocks-from", "openmetrics", await servers.write("day.txt", text), data]);
    const port = await getPort({ host: "127.0.0.1" });
    servers.start("prometheus", toolPath("prometheus"), [
        `--config.file=${await servers.write("prometheus.yaml", stringify({ global: { scrape_interval: "1m" } }))}`,
        `--storage.tsdb.path=${data}`,
        `--web.listen-address=127.0.0.1:${String(port)}`,
        "--log.level=warn",
    ]);
    prometheus = prometheusClient({ url: `http://127.0.0.1:${String(port)}`, timeoutMs: 60_000 });
    await vi.waitFor(
        async () => {
            const found = await prometheus.number('count(process_start_time_seconds{service="checkout"})');
            expect(found.kind).toBe("observed");
        },
        { timeout: 120_000, interval: 200 },
    );
}, 240_000);

afterAll(async () => servers.end());

async function baselineOf(revision: string, hours = 24) {
    const podSeries = podSeriesOf(profile.metrics);
    const gateway = { kind: "envoy", clusterName: contourClusterName } as const;
    const pods = {
        serverNow: () => Promise.resolve(new Date()),
        autoscaler: () => Promise.resolve(undefined),
        pods: () =>
            Promise.resolve([
                {
                    name: `${revision}-1`,
                    ready: true,
                    restarts: 0,
                    recentRestarts: 0,
                    restartsInStep: 0,
                    readySinceSeconds: toSeconds - 10 * day,
                    cpuRequestCores: 0.25,
                },
            ]),
    };
    const look = await lookAtWindow(
        {
            prometheus,
            collect: async (window) => collectEvidence({ namespace, service, scrapeIntervalSeconds, ...window }, { prometheus, pods, podSeries, gateway }),
            probe: () => Promise.resolve(Object.fromEntries(Object.keys(profile.probes ?? {}).map((name) => [name, { kind: "passed" } as const]))),
        },
        {
            about: { environment: "staging", namespace, service, revision, image: `registry.example.com/shop/checkout@sha256:${"a".repeat(64)}` },
            hours,
            scrapeIntervalSeconds,
            podSeries,
            gateway,
        },
    );
    return assessBaseline(look, profile, defaultBaselineLimits);
}

describe("a day in a real Prometheus", () => {
    it("is written down with what the gateway and the pods counted", async () => {
        const baseline = await baselineOf("good");
        expect(baseline).toMatchObject({ kind: "measured", report: { errorRatio: 0, restarts: 0, cacheHitRatio: expect.closeTo(0.98, 2) as number } });
        const { report } = baseline.kind === "measured" ? baseline : { report: undefined };
        expect(report?.requests).toBeGreaterThan(0.99 * 60 * 24 * 60);
        expect(report?.latencyP95Seconds).toBeGreaterThan(0.01);
        expect(report?.latencyP95Seconds).toBeLessThan(0.026);
        expect(report?.cpuUtilisationRatio).toBeCloseTo(0.4, 2);
        expect(report?.coverage.longestGapSeconds).toBe(0);
        expect(report?.parts.map(({ requests }) => Math.round(requests / 1_000))).toEqual([22, 22, 22, 22]);
    });

    it("has the errors that users got, for the preflight to judge", async () => {
        const baseline = await baselineOf("failing");
        expect(baseline).toMatchObject({ kind: "measured", report: { errorRatio: expect.closeTo(0.05, 3) as number } });
    });

    it.each([
        { revision: "idle", says: /no requests/ },
        { revision: "rare", says: /14\d\d requests in 1440 min, fewer than 10000/ },
        { revision: "torn", says: /no data for 1\d\d min on end, more than 15/ },
        { revision: "gone", says: /newest data is \d+ s old|last scraped|no data for 1\d\d min/ },
        { revision: "absent", says: /no pod of revision absent was scraped|Prometheus has neither/ },
    ])("is not written down where there is too little of it: $revision", async ({ revision, says }) => {
        const baseline = await baselineOf(revision);
        expect(baseline.kind === "refused" ? baseline.problems.map(({ text }) => text).join("\n") : "measured").toMatch(says);
    });
});
