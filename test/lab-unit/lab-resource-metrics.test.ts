import { describe, expect, it } from "vitest";
import { podMetrics, useQueries } from "../../lab/resource-metrics/pod-metrics.ts";

const pod = { namespace: "shop", name: "api-1", labels: { app: "api" }, container: "main" };

describe("the use of a pod", () => {
    it("is told in Kubernetes' quantities, for the container that shows it", () => {
        expect(podMetrics([pod], () => ({ cpuCores: 0.25, memoryBytes: 300 * 2 ** 20 }), new Date(0))).toEqual([
            {
                apiVersion: "metrics.k8s.io/v1beta1",
                kind: "PodMetrics",
                metadata: { name: "api-1", namespace: "shop", labels: { app: "api" } },
                timestamp: "1970-01-01T00:00:00.000Z",
                window: "15s",
                containers: [{ name: "main", usage: { cpu: "250000000n", memory: "307200Ki" } }],
            },
        ]);
    });

    it.each([{ cpuCores: 0.25 }, { memoryBytes: 1 }, {}])("is not told where only %j is known: not measured is not idle", (use) => {
        expect(podMetrics([pod], () => use, new Date(0))).toEqual([]);
    });

    it("is asked for in one namespace, or in all", () => {
        expect(useQueries("shop").memoryBytes).toBe(
            'sum by (namespace, pod) ({__name__=~"process_resident_memory_bytes|process_memory_usage_bytes", namespace="shop"})',
        );
        expect(useQueries(undefined).memoryBytes).toBe('sum by (namespace, pod) ({__name__=~"process_resident_memory_bytes|process_memory_usage_bytes"})');
    });
});
