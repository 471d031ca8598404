import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { ruleObjects } from "../observability/catalogue.ts";
import { renderGroup } from "../observability/render.ts";
import type { Scope } from "../observability/scope.ts";
import { recommendedLabels } from "../rollout/pulumi/labels.ts";

/** What every object for Prometheus and Grafana needs. */
export interface ObservabilityArgs {
    readonly namespace: pulumi.Input<string>;
    /** What is watched. */
    readonly scope: Scope;
    /**
     * Labels by which Prometheus finds its objects, such as `release: kube-prometheus-stack`. Without the right ones they are there and do nothing.
     *
     * @see https://prometheus-operator.dev/docs/platform/troubleshooting/
     */
    readonly selectLabels: Readonly<Record<string, string>>;
}

/** Labels of an object for Prometheus. */
export function observabilityLabels({ scope, selectLabels }: ObservabilityArgs): Record<string, string> {
    return { ...recommendedLabels({ service: scope.service, component: "observability" }), ...selectLabels };
}

/** Recording rules and alerts, as objects that the prometheus-operator hands to Prometheus. */
export class AlertRules extends pulumi.ComponentResource {
    constructor(name: string, args: ObservabilityArgs, opts?: pulumi.ComponentResourceOptions) {
        super("nova:observability:AlertRules", name, args, opts);
        const { namespace, scope } = args;
        for (const { area, groups } of ruleObjects(scope)) {
            new k8s.apiextensions.CustomResource(
                `${name}-${area}`,
                {
                    apiVersion: "monitoring.coreos.com/v1",
                    kind: "PrometheusRule",
                    metadata: { name: `${scope.service}-${area}`, namespace, labels: observabilityLabels(args) },
                    spec: { groups: groups.map((group) => renderGroup(scope, group)) },
                },
                { parent: this },
            );
        }
        this.registerOutputs({});
    }
}
