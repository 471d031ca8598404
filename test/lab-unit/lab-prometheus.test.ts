import { describe, expect, it } from "vitest";
import { z } from "zod";
import { labLayout } from "../../lab/layout.ts";
import { gatewayStatisticsUrlInside } from "../../lab/network.ts";
import { choosePorts } from "../../lab/ports.ts";
import { prometheusConfiguration } from "../../lab/prometheus.ts";

const ports = await choosePorts("/some/checkout");

const configurationSchema = z.object({
    global: z.object({ scrape_interval: z.string(), scrape_timeout: z.string(), evaluation_interval: z.string() }),
    scrape_configs: z.tuple([
        z.object({
            relabel_configs: z.array(
                z.object({ action: z.enum(["keep", "drop"]).optional(), source_labels: z.array(z.string()), target_label: z.string().optional() }),
            ),
        }),
        z.object({
            job_name: z.literal("gateway"),
            metrics_path: z.string(),
            static_configs: z.array(z.object({ targets: z.array(z.string()) })),
            metric_relabel_configs: z.tuple([z.object({ action: z.literal("keep"), source_labels: z.tuple([z.literal("__name__")]), regex: z.string() })]),
        }),
    ]),
});

function configuration(scrapeIntervalSeconds: number): z.infer<typeof configurationSchema> {
    return configurationSchema.parse(prometheusConfiguration(labLayout("/some/checkout"), { ports }, scrapeIntervalSeconds));
}

describe("the lab's Prometheus", () => {
    it.each([
        { seconds: 1, timeout: "1s" },
        { seconds: 15, timeout: "10s" },
    ])("scrapes and evaluates every $seconds s, and waits for a scrape no longer than that: $timeout", ({ seconds, timeout }) => {
        const interval = `${String(seconds)}s`;
        expect(configuration(seconds).global).toEqual({ scrape_interval: interval, scrape_timeout: timeout, evaluation_interval: interval });
    });

    it("adds the labels of the service contract, each from the pod", () => {
        const [{ relabel_configs: rules }] = configuration(1).scrape_configs;
        expect(Object.fromEntries(rules.flatMap(({ target_label: label, source_labels: from }) => (label === undefined ? [] : [[label, from]])))).toEqual({
            namespace: ["__meta_kubernetes_namespace"],
            pod: ["__meta_kubernetes_pod_name"],
            service: ["__meta_kubernetes_pod_label_app_kubernetes_io_name"],
            revision: ["__meta_kubernetes_pod_label_nova_example_com_revision", "__meta_kubernetes_pod_label_progressive_rollout_revision"],
            job: ["__meta_kubernetes_pod_label_app_kubernetes_io_name"],
            instance: ["__address__"],
        });
    });

    it("scrapes the gateway's statistics where the lab's variable says that they are", () => {
        const [, { metrics_path: path, static_configs: configs }] = configuration(1).scrape_configs;
        expect(configs.flatMap(({ targets }) => targets).map((target) => `http://${target}${path}`)).toEqual([gatewayStatisticsUrlInside]);
    });

    it.each([
        {
            kept: true,
            names: [
                "upstream_rq",
                "upstream_rq_xx",
                "upstream_rq_timeout",
                "upstream_rq_time_bucket",
                "upstream_cx_connect_fail",
                "upstream_cx_connect_timeout",
            ],
        },
        {
            kept: false,
            names: [
                "upstream_cx_rx_bytes_total",
                "upstream_cx_connect_ms_bucket",
                "upstream_cx_length_ms_bucket",
                "external_upstream_rq",
                "circuit_breakers_default_rq_open",
                "membership_healthy",
            ],
        },
    ])("of the gateway's series, keeps $kept: $names", ({ kept, names }) => {
        const [, { metric_relabel_configs: rules }] = configuration(1).scrape_configs;
        const keeps = new RegExp(`^(?:${rules[0].regex})$`);
        expect(names.map((name) => [name, keeps.test(`envoy_cluster_${name}`)])).toEqual(names.map((name) => [name, kept]));
    });
});
