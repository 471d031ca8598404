import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { doctorChecks } from "../../../../rollout/doctor/live/checks.ts";
import { objectsOf } from "../../../../rollout/doctor/live/context.ts";
import { gatewayMetrics } from "../../../../rollout/doctor/live/gateway-metrics.ts";
import { podLabels } from "../../../../rollout/doctor/live/pod-labels.ts";
import { runDoctor } from "../../../../rollout/doctor/live/run.ts";
import { testersWay } from "../../../../rollout/doctor/live/testers-way.ts";
import type { PrometheusClient } from "../../../../rollout/gate/live/prometheus.ts";
import type { SeriesValue } from "../../../../rollout/gate/live/prometheus/series.ts";
import type { MetricsConfig } from "../../../../rollout/settings/metrics.ts";
import { contourClusterName } from "../../../../rollout/settings/gateway-statistics.ts";
import { rolling, steady } from "../../arbitraries.ts";
import { stepOf } from "../../cli/fake-session.ts";
import { contextOf } from "../context.ts";

const step = rolling(10);
const { stable, candidate } = step;
const metrics = (change: Partial<MetricsConfig> = {}): MetricsConfig => ({
    prometheusUrl: "http://127.0.0.1:9",
    gatewayUrl: "http://127.0.0.1:9",
    gateway: { kind: "envoy", clusterName: contourClusterName },
    scrapeIntervalSeconds: 15,
    ...change,
});
const series = (labels: Readonly<Record<string, string>>): SeriesValue => ({ labels, atSeconds: 0, value: 1 });

/** A Prometheus whose answer depends on the query alone. */
function prometheusOf(
    vector: (expression: string) => readonly SeriesValue[],
    targets: PrometheusClient["targets"] = async () => Promise.resolve({ kind: "observed", value: [] }),
): PrometheusClient {
    const missing = async () => Promise.resolve({ kind: "missing", reason: "this test has no answer to that" } as const);
    return {
        vector: async (expression) => Promise.resolve({ kind: "observed", value: vector(expression) }),
        number: missing,
        samples: missing,
        range: missing,
        now: missing,
        targets,
        rules: missing,
        alertmanagers: missing,
        version: missing,
    };
}

describe("every check of the doctor", () => {
    it("says unknown, and never ok, where nothing can be read", async () => {
        const results = await runDoctor(contextOf(), { checks: doctorChecks, timeoutMs: 5_000 });
        expect(results.map(({ check, state }) => `${check} ${state}`)).toEqual(doctorChecks.map(({ name }) => `${name} unknown`));
    });

    it("has a name of its own", () => {
        expect(new Set(doctorChecks.map(({ name }) => name)).size).toBe(doctorChecks.length);
    });
});

describe("the doctor's dry split", () => {
    const answering = { users: stable.name, testers: candidate.name };
    const server = createServer((request, response) => {
        response.setHeader("x-served-by-revision", request.headers["x-tester-key"] === "key" ? answering.testers : answering.users);
        response.end();
    });
    beforeAll(() => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve)));
    afterAll(() => server.close());

    const look = async (routed = 0) => {
        const gatewayUrl = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`;
        const context = contextOf({
            metrics: metrics({ gatewayUrl }),
            testers: async () => Promise.resolve({ "x-tester-key": "key" }),
            readStep: async () => Promise.resolve(stepOf({ ...step, weightPercent: routed === 10 ? 10 : 0 }, { routedPercent: routed })),
        });
        return testersWay(context, objectsOf(context), AbortSignal.timeout(5_000));
    };

    it("is well where testers reach the candidate and users the stable revision", async () => {
        expect(await look()).toMatchObject({ state: "ok", evidence: { testers: candidate.name } });
    });

    it("finds testers who end up with users, as where a gateway leaves the header match out", async () => {
        answering.testers = stable.name;
        expect(await look()).toMatchObject({
            state: "problem",
            text: expect.stringContaining(`a request of testers was answered by '${stable.name}'`) as string,
        });
        answering.testers = candidate.name;
    });

    it("finds users on a candidate that has no weight, and takes them for well where it has some", async () => {
        answering.users = candidate.name;
        expect((await look()).state).toBe("problem");
        expect((await look(10)).state).toBe("ok");
        answering.users = stable.name;
    });

    it.each([
        { what: "there is no candidate", change: { readStep: async () => Promise.resolve(stepOf(steady("v1"))) } },
        {
            what: "testers have no way",
            change: { gateway: { name: "public", namespace: "edge", retry: false, testers: { kind: "none", reason: "a lab without testers" } as const } },
        },
    ])("is not tried where $what", async ({ change }) => {
        const context = contextOf({ metrics: metrics(), ...change });
        expect((await testersWay(context, objectsOf(context), AbortSignal.timeout(5_000))).state).toBe("not-tried");
    });
});

describe("the doctor's look at the gateway's counts", () => {
    const look = async (prometheus: PrometheusClient) => {
        const context = contextOf({ metrics: metrics(), prometheus, readStep: async () => Promise.resolve(stepOf(step)) });
        return gatewayMetrics(context, objectsOf(context));
    };

    it("is well where each revision with users has its own", async () => {
        expect(await look(prometheusOf(() => [series({})]))).toMatchObject({
            state: "ok",
            text: expect.stringContaining(`${stable.name} and ${candidate.name}`) as string,
        });
    });

    it("names the key and its value where Envoy has another name for the backend", async () => {
        const others = prometheusOf((expression) =>
            expression.startsWith("group by") ? [series({ envoy_cluster_name: `service/shop/api-${stable.name}/80/http` })] : [],
        );
        expect(await look(others)).toMatchObject({
            state: "problem",
            fix: expect.stringContaining("service/{namespace}/{service}-{revision}/80/http") as string,
        });
    });

    it("asks for a scrape where there is no Envoy at all", async () => {
        expect(await look(prometheusOf(() => []))).toMatchObject({ state: "problem", fix: expect.stringContaining("have Prometheus scrape") as string });
    });

    it("knows nothing where Prometheus gives no answer", async () => {
        const silent: PrometheusClient = { ...prometheusOf(() => []), vector: async () => Promise.resolve({ kind: "missing", reason: "no answer" }) };
        expect((await look(silent)).state).toBe("unknown");
    });
});

describe("the doctor's look at pods' labels", () => {
    const pod = { name: "api-1", ready: true };
    const look = async (labels: Readonly<Record<string, string>>) => {
        const context = contextOf({
            prometheus: prometheusOf(
                () => [],
                async () => Promise.resolve({ kind: "observed", value: [{ labels, health: "up", lastError: "", scrapeIntervalSeconds: 15 }] }),
            ),
            readStep: async () => Promise.resolve(stepOf(steady("v1"))),
            pods: async () => Promise.resolve([{ ...pod, restarts: 0, recentRestarts: 0, cpuRequestCores: 1 }]),
        });
        return podLabels(context, objectsOf(context));
    };

    it("is well where the ready pods are scraped as their revision", async () => {
        expect((await look({ namespace: "shop", service: "api", pod: "api-1", revision: "v1" })).state).toBe("ok");
    });

    it.each([{}, { namespace: "shop", service: "api", pod: "api-1", revision: "v9" }, { namespace: "other", service: "api", pod: "api-1", revision: "v1" }])(
        "finds labels that gates would not find: %j",
        async (labels) => {
            expect((await look(labels)).state).toBe("problem");
        },
    );
});
