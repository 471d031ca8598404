import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { dashboardFiles } from "../observability/dashboards/index.ts";
import type { Scope } from "../observability/scope.ts";
import { recommendedLabels } from "../rollout/pulumi/labels.ts";

export interface DashboardsArgs {
    readonly namespace: pulumi.Input<string>;
    readonly scope: Scope;
}

/**
 * Dashboards as ConfigMaps that Grafana's sidecar loads, one each: a ConfigMap holds at most 1 MiB.
 *
 * @see https://github.com/grafana/helm-charts/tree/main/charts/grafana#sidecar-for-dashboards
 */
export class Dashboards extends pulumi.ComponentResource {
    constructor(name: string, args: DashboardsArgs, opts?: pulumi.ComponentResourceOptions) {
        super("nova:observability:Dashboards", name, args, opts);
        const { namespace, scope } = args;
        const labels = { ...recommendedLabels({ service: scope.service, component: "observability" }), grafana_dashboard: "1" };
        for (const [dashboard, text] of dashboardFiles(scope)) {
            const objectName = `${scope.service}-dashboard-${dashboard}`;
            new k8s.core.v1.ConfigMap(
                `${name}-${dashboard}`,
                {
                    metadata: { name: objectName, namespace, labels, annotations: { grafana_folder: scope.service } },
                    // The file's name must be unique over all ConfigMaps that the sidecar loads.
                    data: { [`${objectName}.json`]: text },
                },
                { parent: this },
            );
        }
        this.registerOutputs({});
    }
}
