import { readdir } from "node:fs/promises";

import { describe, expect, it } from "vitest";

import { type MetricSource, metrics } from "../../observability/metrics/index.ts";

/**
 * Which test asks the real program for the metrics of a source, or why none does: what docs/alert-tests.md tells. The catalogue of metrics is what rules and panels may
 * read, so a source that is asked by none is one whose names, labels and types are taken from its documentation.
 */
const asked: Readonly<Record<MetricSource, { readonly by: string } | { readonly byNoneBecause: string }>> = {
    service: { by: "live.test.ts" },
    watcher: { by: "live.test.ts" },
    envoy: { by: "live.test.ts" },
    istio: { byNoneBecause: "the lab's gateway is Contour's Envoy" },
    redis_exporter: { by: "exporters.test.ts" },
    postgres_exporter: { by: "exporters.test.ts" },
    prometheus: { by: "pipeline.test.ts" },
    alertmanager: { by: "pipeline.test.ts" },
    clickhouse: { by: "clickhouse-metrics.test.ts" },
    "kube-state-metrics": { byNoneBecause: "the module proxy in reach refuses its module, and Debian has no package of it" },
    kafka_exporter: { byNoneBecause: "the module proxy in reach refuses its module, and Debian has no package of it" },
    cadvisor: { by: "kubelet-metrics.test.ts" },
    kubelet: { by: "kubelet-metrics.test.ts" },
    "cert-manager": { by: "certificate-metrics.test.ts" },
};

describe("each source of metrics", () => {
    const sources = [...new Set(metrics.map(({ source }) => source))];

    it("is asked for real by a test that is there, or left out for a reason", async () => {
        const folders = ["../lab/observability", "../tools/observability", "../nodes"].map((folder) => readdir(new URL(folder, import.meta.url)));
        const tests = (await Promise.all(folders)).flat();
        const wrong = sources.filter((source) => {
            const entry = asked[source];
            return "by" in entry ? !tests.includes(entry.by) : entry.byNoneBecause === "";
        });

        expect(wrong).toEqual([]);
    });
});
