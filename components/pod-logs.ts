import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { Scope } from "../observability/scope.ts";
import { recommendedLabels } from "../rollout/pulumi/labels.ts";
import { labelKeys } from "../service/label-keys.ts";
import { copied } from "./service-monitors.ts";

/** Which logs are collected, and by whom. */
export interface PodLogsSettings {
    /** Labels by which the collector finds the object. Without the right ones it is there and does nothing. */
    readonly selectLabels: Readonly<Record<string, string>>;
}

export interface PodLogsArgs extends PodLogsSettings {
    readonly namespace: pulumi.Input<string>;
    /** What is watched. */
    readonly scope: Scope;
}

/**
 * Asks Grafana Alloy to collect the logs of the service's pods, with the labels of docs/service-contract.md that a pod knows. The level stands in the
 * lines: the collector's own pipeline makes a label of it.
 *
 * Nothing else of a pod becomes a label: each pod, request or trace would be a stream of its own, and Loki keeps few.
 *
 * @see https://grafana.com/docs/alloy/latest/reference/components/loki/loki.source.podlogs/
 * @see https://grafana.com/docs/loki/latest/get-started/labels/bp-labels/
 */
export class PodLogs extends pulumi.ComponentResource {
    constructor(name: string, args: PodLogsArgs, opts?: pulumi.ComponentResourceOptions) {
        super("nova:observability:PodLogs", name, args, opts);
        const { namespace, scope, selectLabels } = args;
        new k8s.apiextensions.CustomResource(
            `${name}-service`,
            {
                apiVersion: "monitoring.grafana.com/v1alpha2",
                kind: "PodLogs",
                metadata: {
                    name: scope.service,
                    namespace,
                    labels: { ...recommendedLabels({ service: scope.service, component: "observability" }), ...selectLabels },
                },
                spec: {
                    // Omitted, it would take pods of every namespace.
                    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
                    selector: { matchLabels: { "app.kubernetes.io/name": scope.service, "app.kubernetes.io/component": "api" } },
                    relabelings: [
                        { action: "replace", sourceLabels: ["__meta_kubernetes_namespace"], targetLabel: "namespace" },
                        copied("app.kubernetes.io/name", "service"),
                        copied(labelKeys.revision, "revision"),
                    ],
                },
            },
            { parent: this },
        );
        this.registerOutputs({});
    }
}
