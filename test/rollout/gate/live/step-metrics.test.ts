import { describe, expect, it } from "vitest";

import { defined } from "../../../../rollout/defined.ts";
import { contourClusterName } from "../../../../rollout/settings/gateway-statistics.ts";
import type { PrometheusClient } from "../../../../rollout/gate/live/prometheus.ts";
import { type MetricScope, readMeasurements } from "../../../../rollout/gate/live/step-metrics.ts";
import { checkQuery } from "../../../../observability/lint/queries.ts";
import { catalogueVocabulary } from "../../../../observability/lint/vocabulary.ts";
import { rolloutIn } from "../../../../rollout/report/rollout-report.ts";
import type { Observation } from "../../../../rollout/gate/evidence.ts";
import { type Story, failedRelease } from "../../report/fixture.ts";
import type { SampledSeries, SeriesValue } from "../../../../rollout/gate/live/prometheus/series.ts";
import { podSeries } from "../../pod-series.ts";
import { plan } from "../../../../service/plan.ts";

const scope: MetricScope = {
    namespace: "nova-prod",
    service: "video-ranking",
    scrapeIntervalSeconds: 15,
    gateway: { kind: "envoy", clusterName: contourClusterName },
    podSeries,
};

/** A Prometheus that answers as it is told, and notes what it was asked. */
class Answering implements Pick<PrometheusClient, "range" | "vector"> {
    readonly asked: { readonly expression: string; readonly from?: number; readonly to?: number; readonly stepSeconds?: number }[] = [];
    ranges: (expression: string) => Observation<readonly SampledSeries[]> = () => ({ kind: "observed", value: [] });
    vectors: (expression: string) => Observation<readonly SeriesValue[]> = () => ({ kind: "observed", value: [] });

    readonly range = (expression: string, from: number, to: number, stepSeconds: number) => {
        this.asked.push({ expression, from, to, stepSeconds });
        return Promise.resolve(this.ranges(expression));
    };
    readonly vector = (expression: string) => {
        this.asked.push({ expression });
        return Promise.resolve(this.vectors(expression));
    };
}

async function measure(prometheus: Answering, story: Story = failedRelease(), asked: MetricScope = scope) {
    const rollout = rolloutIn(plan, story.records, story.now);
    if ("why" in rollout) {
        throw new Error(rollout.why);
    }
    return { rollout, ...(await readMeasurements(prometheus, asked, rollout, story.now)) };
}

const samples = [
    { atSeconds: 1, value: 0.01 },
    { atSeconds: 16, value: 0.02 },
];

describe("what Prometheus has of a rollout", () => {
    it("is a curve of each SLI for both revisions, and of no other", async () => {
        const prometheus = new Answering();
        prometheus.ranges = () => ({ kind: "observed", value: ["v1-0-0", "v1-1-0", "v0-9-0"].map((revision) => ({ labels: { revision }, samples })) });
        const { curves } = await measure(prometheus);
        const found = curves.kind === "observed" ? curves.value : [];
        expect(found.map(({ sli, role }) => `${sli} ${role}`)).toEqual(
            ["users-error-ratio", "error-ratio", "users-latency-p95", "latency-p95", "cache-hit-ratio", "requests-per-second"].flatMap((sli) => [
                `${sli} stable`,
                `${sli} candidate`,
            ]),
        );
        expect(found[0]).toMatchObject({ source: "prometheus", points: samples, gapSeconds: 22.5 });
    });

    it("is missing as a whole where one question is not answered, with every reason once", async () => {
        const prometheus = new Answering();
        prometheus.ranges = (expression) =>
            expression.includes("cache") ? { kind: "missing", reason: "the query timed out" } : { kind: "observed", value: [] };
        expect((await measure(prometheus)).curves).toEqual({ kind: "missing", reason: "the query timed out" });
    });

    it("has the means of each step that lasted", async () => {
        const prometheus = new Answering();
        prometheus.vectors = (expression) => ({
            kind: "observed",
            value: [{ labels: { revision: "v1-1-0" }, atSeconds: 1, value: expression.includes("cpu") ? 210 : 0.05 }],
        });
        const { means, rollout } = await measure(prometheus);
        expect([...means.keys()]).toEqual(rollout.spans.filter(({ seconds }) => seconds > 0).map(({ enteredAt }) => enteredAt));
        const [first] = means.values();
        expect(first?.get("v1-1-0")).toEqual({ averageLatencySeconds: { kind: "observed", value: 0.05 }, cpuMillicores: { kind: "observed", value: 210 } });
        expect(first?.get("v1-0-0")?.cpuMillicores).toEqual({ kind: "missing", reason: "Prometheus has nothing of v1-0-0 in this time" });
    });

    it("is asked for the time that is drawn: two days after a rollback, its steps are still told to the half minute", async () => {
        const prometheus = new Answering();
        const { rollout } = await measure(prometheus, failedRelease().wait(2 * 24 * 60));
        const entered = Date.parse(rollout.spans.find(({ weightPercent }) => weightPercent === 10)?.enteredAt ?? "") / 1_000;
        const [asked] = prometheus.asked.filter(({ stepSeconds }) => stepSeconds !== undefined);
        expect(asked?.stepSeconds).toBe(15);
        expect(asked?.from).toBeLessThan(entered);
        expect((asked?.to ?? Number.NaN) - entered).toBeLessThan(45 * 60);
    });

    it("is what users got at the gateway too: failed in all its parts, and their time in seconds", async () => {
        const prometheus = new Answering();
        await measure(prometheus);
        const [errors, latency] = ["rq_timeout", "rq_time_bucket"].map(
            (name) => prometheus.asked.find(({ expression }) => expression.includes(name))?.expression,
        );

        expect(errors).toMatch(/envoy_response_code_class="5".*clamp_min\(.*rq_timeout.*"504".*clamp_min\(.*cx_protocol_error.*"502".*> 0\)$/);
        expect(latency).toMatch(/histogram_quantile\(0\.95, sum by \(le\) .*\) \* 0\.001 and \(.*> 0\)$/);
        for (const expression of [errors, latency]) {
            expect(checkQuery((expression ?? "").replaceAll(/\[\d+s\]/g, "[5m]"), catalogueVocabulary()).problems).toEqual([]);
        }
    });

    it.each([undefined, { kind: "none", reason: "this lab has no gateway" }] as const)(
        "is not asked for what users got without a gateway to read: %s",
        async (gateway) => {
            const prometheus = new Answering();
            const { curves } = await measure(prometheus, failedRelease(), {
                namespace: "nova-prod",
                service: "video-ranking",
                scrapeIntervalSeconds: 15,
                ...defined({ gateway }),
            });

            expect(prometheus.asked.filter(({ expression }) => expression.includes("envoy"))).toEqual([]);
            expect(curves.kind).toBe("observed");
        },
    );

    it("counts no errors where there are requests and no series of errors", async () => {
        const prometheus = new Answering();
        await measure(prometheus);
        const [errors] = prometheus.asked.filter(({ expression }) => expression.includes('code=~"5.."'));
        expect(errors?.expression).toMatch(
            /^\(sum by \(revision\) \(rate\(.*\) or 0 \* sum by \(revision\) \(rate\(.*\)\) \/ \(sum by \(revision\) \(rate\(.*\) > 0\)$/,
        );
    });

    it("is asked for this service's two revisions alone, in steps that are no finer than the scrapes", async () => {
        const prometheus = new Answering();
        await measure(prometheus);
        expect(prometheus.asked.length).toBeGreaterThan(8);
        for (const { expression, stepSeconds = 15 } of prometheus.asked) {
            const selectors = expression.match(/\{[^}]*\}/g) ?? [];
            const own = /namespace="nova-prod",service="video-ranking",revision=~"v1-0-0\|v1-1-0"|envoy_cluster_name="nova-prod_video-ranking-v1-[01]-0_80"/;
            expect(selectors.filter((one) => !own.test(one))).toEqual([]);
            expect(stepSeconds).toBeGreaterThanOrEqual(15);
        }
    });
});
