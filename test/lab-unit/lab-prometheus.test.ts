import { describe, expect, it } from "vitest";
import { z } from "zod";
import { labLayout } from "../../lab/layout.ts";
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
            revision: ["__meta_kubernetes_pod_label_nova_example_com_revision"],
            job: ["__meta_kubernetes_pod_label_app_kubernetes_io_name"],
            instance: ["__address__"],
        });
    });
});
