import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { waitUntil } from "../../lab/wait.ts";
import { nodeMetrics } from "../../observability/metrics/cluster.ts";
import { TrialPods, redisPod } from "./trial-pods.ts";

/** What Prometheus adds to whatever it scrapes, or a usual relabelling does. */
const addedByPrometheus: ReadonlySet<string> = new Set(["job", "instance", "node"]);

let pods: TrialPods;
let node = "";

beforeAll(async () => {
    pods = await TrialPods.create("metrics");
    await pods.apply(
        {
            apiVersion: "v1",
            kind: "PersistentVolumeClaim",
            metadata: { name: "data" },
            spec: { storageClassName: "lab", accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "64Mi" } } },
        },
        redisPod(
            "limited",
            { volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }] },
            { resources: { requests: { cpu: "50m", memory: "32Mi" }, limits: { cpu: "200m", memory: "64Mi" } } },
        ),
    );
    await pods.ready("limited");
    node = await pods.kubectl(["get", "pod", "limited", "--output=jsonpath={.spec.nodeName}"]);
});

afterAll(async () => {
    await pods.remove();
});

/** Series of a metric that belong to the namespace, and the metric's type, as a kubelet shows them. */
async function shownAt(path: string, name: string): Promise<{ readonly type: string | undefined; readonly series: readonly string[] }> {
    const text = await pods.kubectl(["get", "--raw", `/api/v1/nodes/${node}/proxy/${path}`]);
    const lines = text.split("\n");
    return {
        type: lines.find((line) => line.startsWith(`# TYPE ${name} `))?.split(" ")[3],
        series: lines.filter((line) => line.startsWith(`${name}{`) && line.includes(`namespace="${pods.namespace}"`)),
    };
}

describe.each(nodeMetrics)("a real kubelet's $name", ({ name, type, labels, source }) => {
    it("is there for the pod, with the type and the labels that rules and panels count on", async () => {
        const found = await waitUntil(
            async () => {
                const shown = await shownAt(source === "cadvisor" ? "metrics/cadvisor" : "metrics", name);
                expect(shown.series).not.toEqual([]);
                return shown;
            },
            // A kubelet reads what volumes hold once a minute.
            { what: `series of ${name}`, withinMs: 150_000, everyMs: 2_000 },
        );
        expect(found.type).toBe(type);
        const shown = new Set(found.series.flatMap((line) => [...line.matchAll(/[{,]([a-z_]+)="/g)].map(([, label = ""]) => label)));
        expect(labels.filter((label) => !shown.has(label) && !addedByPrometheus.has(label))).toEqual([]);
    });
});
