import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { type ObservabilityArgs, observabilityLabels } from "./alert-rules.ts";
import { selectorLabels } from "../rollout/pulumi/labels.ts";
import { labelKeys } from "../service/label-keys.ts";
import { watchdogComponent } from "../rollout/pulumi/rollout-watchdog.ts";

export interface ServiceMonitorsArgs extends ObservabilityArgs {
    /** How often Prometheus scrapes, in seconds: what the gate goes by when it asks for fresh evidence. */
    readonly scrapeIntervalSeconds: number;
    /** Whether the release watchdog runs in the namespace. */
    readonly watchdog: boolean;
}

/**
 * What Prometheus scrapes, and the labels that it adds: those of docs/service-contract.md, from the pod's own labels and never from what a process says.
 *
 * The service and the watchdog are found by their pods, since a candidate without traffic counts too; the stores by their headless Services.
 */
export class ServiceMonitors extends pulumi.ComponentResource {
    constructor(name: string, args: ServiceMonitorsArgs, opts?: pulumi.ComponentResourceOptions) {
        super("nova:observability:ServiceMonitors", name, args, opts);
        const { namespace, scope } = args;
        const { service, jobs, inCluster } = scope;
        const labels = observabilityLabels(args);
        const interval = `${String(args.scrapeIntervalSeconds)}s`;
        const child = { parent: this };

        const podMonitor = (component: string, objectName: string, relabelings: readonly object[]): void => {
            new k8s.apiextensions.CustomResource(
                `${name}-${component}`,
                {
                    apiVersion: "monitoring.coreos.com/v1",
                    kind: "PodMonitor",
                    metadata: { name: objectName, namespace, labels },
                    spec: {
                        selector: { matchLabels: { "app.kubernetes.io/name": service, "app.kubernetes.io/component": component } },
                        podMetricsEndpoints: [{ port: "metrics", path: "/metrics", interval, honorLabels: false, relabelings }],
                    },
                },
                child,
            );
        };
        const storeMonitor = (component: string, job: string): void => {
            new k8s.apiextensions.CustomResource(
                `${name}-${component}`,
                {
                    apiVersion: "monitoring.coreos.com/v1",
                    kind: "ServiceMonitor",
                    metadata: { name: job, namespace, labels },
                    spec: {
                        selector: { matchLabels: selectorLabels({ service, component }) },
                        endpoints: [
                            { port: "metrics", path: "/metrics", interval, honorLabels: false, relabelings: [serviceFromPod, jobIs(job), withoutOperatorsOwn] },
                        ],
                    },
                },
                child,
            );
        };

        podMonitor("api", service, [serviceFromPod, revisionFromPod, jobFromPod, withoutOperatorsOwn]);
        if (args.watchdog) {
            podMonitor(watchdogComponent, jobs.watcher, [serviceFromPod, jobIs(jobs.watcher), withoutOperatorsOwn]);
        }
        if (inCluster.redis) {
            storeMonitor("redis", jobs.redis);
        }
        if (inCluster.clickhouse) {
            storeMonitor("clickhouse", jobs.clickhouse);
            storeMonitor("clickhouse-keeper", jobs.keeper);
        }
        this.registerOutputs({});
    }
}

/** Where the discovery keeps a pod's label: https://prometheus.io/docs/prometheus/latest/configuration/configuration/#pod */
function podLabel(label: string): string {
    return `__meta_kubernetes_pod_label_${label.replaceAll(/[^a-zA-Z0-9]/g, "_")}`;
}

/** Makes a label of a pod's own label. */
export function copied(from: string, targetLabel: string): object {
    return { action: "replace", sourceLabels: [podLabel(from)], targetLabel };
}

function jobIs(job: string): object {
    return { action: "replace", targetLabel: "job", replacement: job };
}

const serviceFromPod = copied("app.kubernetes.io/name", "service");
const jobFromPod = copied("app.kubernetes.io/name", "job");
const revisionFromPod = copied(labelKeys.revision, "revision");
/** The operator adds two labels that the contract does not have. `namespace` and `pod` are its own too, and stay. */
const withoutOperatorsOwn = { action: "labeldrop", regex: "container|endpoint" };
