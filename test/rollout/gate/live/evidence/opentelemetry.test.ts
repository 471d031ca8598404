import { describe, expect, it } from "vitest";

import { judge } from "../../../../../rollout/gate/judge.ts";
import { openTelemetrySeries } from "../../../pod-series.ts";
import { Setup, candidateOf, now, reasonOf, valueOf } from "./setup.ts";
import { type WorldSeries, every, worldScope } from "./world.ts";

/** A pod as OpenTelemetry's Prometheus exporter shows it: 9 answers 200 and 1 answer 503 a second since `since`, half of them within 50 ms. */
function seriesOf(pod: string, revision: string, { scrapes, since, extra = [] }: PodStory): readonly WorldSeries[] {
    const source = { ...worldScope, revision, pod, instance: `${pod}:9090`, job: worldScope.service };
    const histogram = "http_server_request_duration_seconds";
    const counter = (name: string, labels: Readonly<Record<string, string>>, perSecond: number): WorldSeries => ({
        labels: { __name__: name, ...source, otel_scope_name: "http", ...labels },
        samples: scrapes.filter((at) => at > since).map((at): [number, string] => [at, String(Math.round((at - since) * perSecond))]),
    });
    const answers = (labels: Readonly<Record<string, string>>, perSecond: number): readonly WorldSeries[] => {
        const own = { http_request_method: "GET", http_route: "/cart", url_scheme: "http", ...labels };
        return [
            counter(`${histogram}_count`, own, perSecond),
            ...["0.05", "1", "+Inf"].map((le) => counter(`${histogram}_bucket`, { ...own, le }, le === "0.05" ? perSecond / 2 : perSecond)),
        ];
    };
    return [
        { labels: { __name__: "up", ...source }, samples: scrapes.map((at): [number, string] => [at, "1"]) },
        ...answers({ http_response_status_code: "200" }, 8),
        ...answers({ http_response_status_code: "503" }, 2),
        ...extra.flatMap(({ labels, perSecond }) => answers(labels, perSecond)),
        counter("process_cpu_time_seconds_total", { cpu_mode: "user" }, 1),
        { labels: { __name__: "process_memory_usage_bytes", ...source }, samples: scrapes.map((at): [number, string] => [at, "100000000"]) },
    ];
}

interface PodStory {
    readonly scrapes: readonly number[];
    readonly since: number;
    readonly extra?: readonly { readonly labels: Readonly<Record<string, string>>; readonly perSecond: number }[];
}

const setup = new Setup();
const scrapes = every(15, now - 590, now - 5);
const counted = 585;
const story: PodStory = { scrapes, since: now - 5_000 };

/** Evidence when v2-a is as told. */
async function candidateWith(candidate: PodStory, change: (series: WorldSeries) => WorldSeries = (series) => series) {
    setup.podSeries = openTelemetrySeries;
    setup.player.series = [...seriesOf("v1-a", "v1", story), ...seriesOf("v1-b", "v1", story), ...seriesOf("v2-a", "v2", candidate)].map(change);
    return candidateOf(await setup.collect());
}

describe("a service with OpenTelemetry's metrics", () => {
    it("is seen by its histogram: requests by status, times by bucket, CPU and memory", async () => {
        const seen = await candidateWith(story);

        expect(valueOf(seen.requests)).toEqual({
            total: 10 * counted,
            failed: 2 * counted,
            clientErrors: { unauthorized: 0, forbidden: 0, notFound: 0, other: 0 },
        });
        expect(valueOf(seen.latency)).toEqual({ boundsSeconds: [0.05, 1, Infinity], counts: [5 * counted, 5 * counted, 0] });
        expect(valueOf(seen.scrapes)).toEqual({ newestAgeSeconds: 5, fewestDistinct: 40, pods: 1 });
        expect(valueOf(seen.recentRequests)).toBeGreaterThan(0);
        expect(valueOf(seen.cpuUtilisation)).toBeCloseTo(2);
        expect(valueOf(seen.memory)).toMatchObject([{ pod: "v2-a" }]);
    });

    it("shows nothing that its profile does not name, and is asked for none of it", async () => {
        const seen = await candidateWith(story);

        for (const part of ["cache", "databasePool", "databaseConnectionErrors", "criticalLogLines", "events", "latencyOnHit"] as const) {
            expect(reasonOf(seen[part])).toMatch(/^the profile names no metric of its /);
        }
        expect(setup.player.queries.filter((query) => /cache|database|log_messages|events|audience|process_start/.test(query))).toEqual([]);
    });

    it("has had no request where it shows no series yet, and is scraped all the same", async () => {
        const seen = await candidateWith({ scrapes, since: now });

        expect(valueOf(seen.requests).total).toBe(0);
        expect(valueOf(seen.scrapes).fewestDistinct).toBe(40);
        const errors = {
            id: "errors",
            title: "t",
            subject: "candidate",
            measure: { kind: "error-ratio", below: 0.01 },
            onBreach: "hold",
            source: "s",
        } as const;
        expect(judge([errors], { ...(await setup.collect()), stable: seen, candidate: seen }).verdict).toBe("hold");
    });

    it("counts from 0 after a restart, which its counters show by falling", async () => {
        const before = seriesOf("v2-a", "v2", { scrapes: scrapes.filter((at) => at < now - 300), since: now - 5_000 });
        const after = seriesOf("v2-a", "v2", { scrapes: scrapes.filter((at) => at >= now - 300), since: now - 310 });
        setup.podSeries = openTelemetrySeries;
        setup.player.series = before.map((one, index) => ({ labels: one.labels, samples: [...one.samples, ...(after[index]?.samples ?? [])] }));
        const requests = valueOf(candidateOf(await setup.collect()).requests);
        const upTo = scrapes.findLast((at) => at < now - 300) ?? 0;

        expect(requests.total).toBe(10 * (upTo - (scrapes[0] ?? 0)) + 10 * (now - 5 - (now - 310)));
    });

    it.each([
        { what: "an error type", labels: { error_type: "ECONNRESET" }, failed: 3 },
        { what: "none, as when the caller gave up", labels: {}, failed: 2 },
    ])("counts an answer without a status by its error type: $what", async ({ labels, failed }) => {
        const { total, failed: found } = valueOf((await candidateWith({ ...story, extra: [{ labels, perSecond: 1 }] })).requests);

        expect([total, found]).toEqual([11 * counted, failed * counted]);
    });

    it("is not seen where its scrape failed", async () => {
        const seen = await candidateWith(story, ({ labels, samples }) => ({
            labels,
            samples: labels.__name__ === "up" && labels.pod === "v2-a" ? samples.map(([at]): [number, string] => [at, "0"]) : samples,
        }));

        expect(reasonOf(seen.requests)).toMatch(/no pod of revision v2 was scraped/);
    });

    it("leaves out what testers ask where a label tells them apart", async () => {
        setup.podSeries = { ...openTelemetrySeries, testersLabel: "caller" };
        setup.player.series = [];
        await setup.collect();
        setup.player.series = seriesOf("v2-a", "v2", story);
        await setup.collect();

        expect(setup.player.queries.some((query) => query.includes('caller!="testers"'))).toBe(true);
    });
});

describe("a service with the gateway alone", () => {
    it("is asked nothing of its pods, and says why nothing is known of them", async () => {
        setup.podSeries = undefined;
        const seen = candidateOf(await setup.collect());

        expect(seen.ownMetrics).toMatchObject({ kind: "waived" });
        expect(reasonOf(seen.requests)).toMatch(/metrics\.kind is gateway-alone/);
        expect(valueOf(seen.pods)).toHaveLength(1);
        expect(setup.player.queries).toEqual(["time()"]);
    });
});
