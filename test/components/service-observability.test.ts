import * as k8s from "@pulumi/kubernetes";
import { describe, expect, it } from "vitest";

import { ServiceObservability, type ServiceObservabilityArgs } from "../../components/service-observability.ts";
import { alertsOf } from "../../observability/catalogue.ts";
import { documented as example } from "../../config/observability-pages.ts";
import { ownJobs, type Scope } from "../../observability/scope.ts";
import { type RegisteredStack, buildStack, misnamedChildren, valueAt } from "../helpers/mocks.ts";

const scope: Scope = {
    ...example,
    service: "shop",
    namespace: "shop-prod",
    team: "shop-team",
    stable: "r7",
    database: "shop",
    jobs: { ...example.jobs, ...ownJobs("shop") },
};
const args: ServiceObservabilityArgs = {
    namespace: "shop-prod",
    scope,
    selectLabels: { release: "kube-prometheus-stack" },
    scrapeIntervalSeconds: 15,
    watchdog: true,
    receiverSecret: { name: "shop-receivers", channel: "#shop-alerts" },
};

async function build(change: Partial<ServiceObservabilityArgs> = {}): Promise<RegisteredStack> {
    const stack = await buildStack(() => new ServiceObservability("shop-observability", { ...args, ...change }, { providers: [new k8s.Provider("cluster")] }));
    expect(misnamedChildren(stack)).toEqual([]);
    return stack;
}

/** Objects of a kind of the prometheus-operator, by their names in the cluster. */
function objects(stack: RegisteredStack, kind: string): ReadonlyMap<string, Readonly<Record<string, unknown>>> {
    const found = stack.resources.filter(({ type }) => type.startsWith("kubernetes:monitoring.coreos.com/") && type.endsWith(`:${kind}`));
    return new Map(found.map(({ inputs }) => [String(valueAt(inputs, "metadata.name")), inputs]));
}

describe("everything by which a service is watched", () => {
    it("carries the labels by which Prometheus finds it", async () => {
        const stack = await build();
        const found = ["PrometheusRule", "PodMonitor", "ServiceMonitor", "AlertmanagerConfig"].flatMap((kind) => [...objects(stack, kind).values()]);
        expect(found).toHaveLength(5 + 2 + 3 + 1);
        for (const inputs of found) {
            expect(inputs).toMatchObject({
                metadata: { namespace: "shop-prod", labels: { release: "kube-prometheus-stack", "app.kubernetes.io/part-of": "shop" } },
            });
        }
    });

    it("is made by the provider that it is given", async () => {
        const stack = await build();
        const cluster = stack.resources.find(({ name }) => name === "cluster");
        expect(
            stack.resources.filter(
                ({ custom, type, provider }) => custom && type.startsWith("kubernetes:") && provider?.startsWith(cluster?.urn ?? "-") !== true,
            ),
        ).toEqual([]);
    });
});

describe("the rules", () => {
    it("are every alert, each in one object", async () => {
        const groups = [...objects(await build(), "PrometheusRule").values()].flatMap(
            (inputs) => valueAt(inputs, "spec.groups") as readonly { readonly rules: readonly { readonly alert?: string }[] }[],
        );
        const names = groups.flatMap(({ rules }) => rules.flatMap(({ alert }) => alert ?? []));
        expect(names.toSorted()).toEqual(
            alertsOf(scope)
                .map(({ name }) => name)
                .toSorted(),
        );
    });

    it("stay far below what a cluster takes as one object", async () => {
        for (const inputs of objects(await build(), "PrometheusRule").values()) {
            expect(JSON.stringify(inputs).length).toBeLessThan(250_000);
        }
    });
});

describe("the monitor of the service", () => {
    it("adds exactly the labels of the contract, from the pod's own", async () => {
        expect(objects(await build(), "PodMonitor").get("shop")).toMatchObject({
            spec: {
                selector: { matchLabels: { "app.kubernetes.io/name": "shop", "app.kubernetes.io/component": "api" } },
                podMetricsEndpoints: [
                    {
                        port: "metrics",
                        path: "/metrics",
                        interval: "15s",
                        honorLabels: false,
                        relabelings: [
                            { action: "replace", sourceLabels: ["__meta_kubernetes_pod_label_app_kubernetes_io_name"], targetLabel: "service" },
                            { action: "replace", sourceLabels: ["__meta_kubernetes_pod_label_nova_example_com_revision"], targetLabel: "revision" },
                            { action: "replace", sourceLabels: ["__meta_kubernetes_pod_label_app_kubernetes_io_name"], targetLabel: "job" },
                            { action: "labeldrop", regex: "container|endpoint" },
                        ],
                    },
                ],
            },
        });
    });

    it("is joined by the watcher's, where there is a watchdog", async () => {
        expect([...objects(await build(), "PodMonitor").keys()].toSorted()).toEqual(["shop", "shop-watcher"]);
        expect([...objects(await build({ watchdog: false }), "PodMonitor").keys()]).toEqual(["shop"]);
    });
});

describe("the collector of logs", () => {
    const podLogs = (stack: RegisteredStack) => stack.resources.filter(({ type }) => type === "kubernetes:monitoring.grafana.com/v1alpha2:PodLogs");

    it("is not asked for anything unless the config says so", async () => {
        expect(podLogs(await build())).toEqual([]);
    });

    it("is asked for the service's pods in the service's namespace, with the contract's labels and no other", async () => {
        const found = podLogs(await build({ podLogs: { selectLabels: { team: "shop-team" } } }));
        expect(found.map(({ inputs }) => inputs)).toMatchObject([
            {
                metadata: { name: "shop", namespace: "shop-prod", labels: { team: "shop-team", "app.kubernetes.io/part-of": "shop" } },
                spec: {
                    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "shop-prod" } },
                    selector: { matchLabels: { "app.kubernetes.io/name": "shop", "app.kubernetes.io/component": "api" } },
                },
            },
        ]);
        const relabelings = found.flatMap(({ inputs }) => valueAt(inputs, "spec.relabelings") as readonly { readonly targetLabel: string }[]);
        expect(relabelings.map(({ targetLabel }) => targetLabel)).toEqual(["namespace", "service", "revision"]);
    });
});

describe("monitors of stores", () => {
    it("give each store the job that its alerts select", async () => {
        const monitors = objects(await build(), "ServiceMonitor");
        expect(new Set(monitors.keys())).toEqual(new Set([scope.jobs.redis, scope.jobs.clickhouse, scope.jobs.keeper]));
        for (const [job, inputs] of monitors) {
            expect(valueAt(inputs, "spec.endpoints.0.relabelings.1")).toEqual({ action: "replace", targetLabel: "job", replacement: job });
            expect(valueAt(inputs, "spec.endpoints.0.port")).toBe("metrics");
        }
    });

    it("are there only for stores that the program runs, and so are alerts and dashboards", async () => {
        const stack = await build({ scope: { ...scope, inCluster: { redis: false, clickhouse: false } } });
        expect(objects(stack, "ServiceMonitor").size).toBe(0);
        const text = JSON.stringify([...objects(stack, "PrometheusRule").values()]);
        expect(text).not.toMatch(/RedisServerDown|ClickHouseShardDown|clickhouse-backup/);
        expect(stack.resources.filter(({ name }) => name === "shop-observability-dashboards-redis")).toEqual([]);
    });
});

describe("the routes", () => {
    it("refer to the receivers' Secret and hold no key", async () => {
        const config = objects(await build(), "AlertmanagerConfig").get("shop");
        expect(valueAt(config ?? {}, "spec.receivers.0.pagerdutyConfigs.0.routingKey")).toEqual({ name: "shop-receivers", key: "pagerduty-routing-key" });
        expect(valueAt(config ?? {}, "spec.receivers.0.slackConfigs.0.channel")).toBe("#shop-alerts");
    });
});

describe("the dashboards", () => {
    it("are one ConfigMap each, with the label that Grafana's sidecar looks for", async () => {
        const maps = (await build()).ofType("kubernetes:core/v1:ConfigMap");
        expect(maps).toHaveLength(8);
        for (const { inputs } of maps) {
            expect(valueAt(inputs, "metadata.labels.grafana_dashboard")).toBe("1");
            const [file = "", text = ""] = Object.entries(valueAt(inputs, "data") as Readonly<Record<string, string>>)[0] ?? [];
            expect(file).toMatch(/^shop-dashboard-[a-z-]+\.json$/);
            expect(() => JSON.parse(text) as unknown).not.toThrow();
        }
    });
});
