import { describe, expect, it } from "vitest";

import { defined } from "../../../../rollout/defined.ts";
import { gatewayView } from "../../../../rollout/preflight/live/checks/gateway-view.ts";
import type { PrometheusClient } from "../../../../rollout/gate/live/prometheus.ts";
import { parseConfig } from "../../../../config/parse.ts";
import { readStack } from "../../../config/stack-files.ts";
import { GatewayWorld, type WorldCounter, now } from "../../gate/live/gateway/world.ts";
import type { GatewayStatistics } from "../../../../rollout/settings/gateway-statistics.ts";
import type { StackConfig } from "../../../../config/schema.ts";
import { profile } from "../../../../service/profile.ts";

/** Rows of what a gateway of each kind counts of the committed stack's stable revision, ten requests a second. */
const kinds: readonly {
    readonly gateway: GatewayStatistics;
    readonly requests: string;
    readonly buckets: string;
    readonly status: string;
    readonly labels: Readonly<Record<string, string>>;
}[] = [
    {
        gateway: { kind: "envoy", clusterName: "{namespace}_{service}-{revision}_80" },
        requests: "envoy_cluster_upstream_rq",
        buckets: "envoy_cluster_upstream_rq_time_bucket",
        status: "envoy_response_code",
        labels: { envoy_cluster_name: "nova-prod_video-ranking-v1-0-0_80" },
    },
    {
        gateway: { kind: "istio" },
        requests: "istio_requests_total",
        buckets: "istio_request_duration_milliseconds_bucket",
        status: "response_code",
        labels: { reporter: "source", destination_service_namespace: "nova-prod", destination_service_name: "video-ranking-v1-0-0" },
    },
    {
        gateway: {
            kind: "custom",
            queries: {
                requests: { metric: "gw_requests_total", labels: { backend: "{service}/{revision}" }, statusLabel: "code" },
                latency: { metric: "gw_seconds_bucket", labels: { backend: "{service}/{revision}" }, unit: "seconds" },
            },
        },
        requests: "gw_requests_total",
        buckets: "gw_seconds_bucket",
        status: "code",
        labels: { backend: "video-ranking/v1-0-0" },
    },
];

function stack(gateway?: GatewayStatistics): StackConfig {
    const parsed = parseConfig(readStack("prod"), { variables: {}, secretKeys: new Set(["postgresAdminPassword"]) });
    if (!parsed.ok || parsed.config.metrics === undefined) {
        throw new Error("the committed stack is not valid");
    }
    const { gateway: committed, ...metrics } = parsed.config.metrics;
    expect(committed).toBeDefined();
    return { ...parsed.config, metrics: { ...metrics, ...defined({ gateway }) } };
}

function look(config: StackConfig, counters: readonly WorldCounter[]) {
    const world = new GatewayWorld([{ instance: "a:8002", counters }]);
    const unasked = () => Promise.resolve({ kind: "missing", reason: "not asked here" } as const);
    const prometheus: PrometheusClient = {
        samples: world.samples,
        vector: world.vector,
        now: () => Promise.resolve({ kind: "observed", value: now }),
        number: unasked,
        range: unasked,
        targets: unasked,
        rules: unasked,
        alertmanagers: unasked,
        version: unasked,
    };
    return gatewayView({ config, profile }, prometheus);
}

const counter = (name: string, labels: Readonly<Record<string, string>>, perSecond: number): WorldCounter => ({
    name,
    labels,
    at: (at) => (at - now + 2_000) * perSecond,
});

function countersOf({ requests, buckets, status, labels }: (typeof kinds)[number], rate: number): readonly WorldCounter[] {
    return [
        counter("envoy_cluster_upstream_rq_total", labels, rate),
        counter("envoy_cluster_upstream_rq_xx", { ...labels, envoy_response_code_class: "2" }, rate),
        counter(requests, { ...labels, [status]: "200" }, rate),
        counter(buckets, { ...labels, le: "1" }, rate),
        counter(buckets, { ...labels, le: "+Inf" }, rate),
    ];
}

describe("the check of the gateway's view", () => {
    it.each(kinds)("passes where the view of the stable revision can be read: $gateway.kind", async (kind) => {
        expect(await look(stack(kind.gateway), countersOf(kind, 10))).toMatchObject({ state: "passed", evidence: { requests: 5_850, instances: 1 } });
    });

    it.each(kinds)("fails where nothing is measured under these names: $gateway.kind", async (kind) => {
        const found = await look(stack(kind.gateway), []);
        expect(found).toMatchObject({ state: "failed" });
        expect(found.text).toContain(kind.gateway.kind === "envoy" ? "envoy_cluster_upstream_rq_total" : kind.requests);
        expect(found.fix).toContain("metrics.gateway");
    });

    it.each(kinds)("fails where there was no request: $gateway.kind", async (kind) => {
        expect(await look(stack(kind.gateway), countersOf(kind, 0))).toMatchObject({
            state: "failed",
            text: expect.stringContaining("no request of v1-0-0") as string,
        });
    });

    it.each(kinds)("fails where the time to answer is not measured: $gateway.kind", async (kind) => {
        const without = countersOf(kind, 10).filter(({ name }) => name !== kind.buckets);
        expect(await look(stack(kind.gateway), without)).toMatchObject({ state: "failed", text: expect.stringContaining(kind.buckets) as string });
    });

    it("names the plan's bounds that the histogram lacks", async () => {
        const [envoy] = kinds;
        const found = envoy === undefined ? undefined : await look(stack(envoy.gateway), countersOf(envoy, 10));
        expect(found?.evidence?.boundsMissing).toEqual(["300 ms", "400 ms", "500 ms", "1000 ms"]);
    });

    it("has not passed where no gateway is named, or none is read", async () => {
        expect(await look(stack(), [])).toMatchObject({ state: "not-configured" });
        expect(await look(stack({ kind: "none", reason: "this lab has no gateway" }), [])).toMatchObject({ state: "not-configured" });
    });
});
