import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { alertsOf } from "../observability/catalogue.ts";
import { type ReceiverSecret, receivers } from "../observability/routing/receivers.ts";
import { alertmanagerConfigSpec } from "../observability/routing/resource.ts";
import { alertRouting } from "../observability/routing/routing.ts";
import { type ObservabilityArgs, observabilityLabels } from "./alert-rules.ts";

export interface AlertRoutingArgs extends ObservabilityArgs {
    /** The Secret with the receivers' keys. The pager's owner makes it; without it the operator leaves these routes out. */
    readonly receiverSecret: ReceiverSecret;
}

/**
 * Who hears of which alert, as an object that the prometheus-operator adds to Alertmanager's configuration.
 *
 * The operator matches only alerts with `namespace` as their namespace. Every alert of AlertRules has it as a label, the Watchdog too.
 */
export class AlertRouting extends pulumi.ComponentResource {
    constructor(name: string, args: AlertRoutingArgs, opts?: pulumi.ComponentResourceOptions) {
        super("nova:observability:AlertRouting", name, args, opts);
        const { namespace, scope } = args;
        new k8s.apiextensions.CustomResource(
            `${name}-config`,
            {
                apiVersion: "monitoring.coreos.com/v1alpha1",
                kind: "AlertmanagerConfig",
                metadata: { name: scope.service, namespace, labels: observabilityLabels(args) },
                spec: alertmanagerConfigSpec(alertRouting(scope, alertsOf(scope)), receivers(args.receiverSecret)),
            },
            { parent: this },
        );
        this.registerOutputs({});
    }
}
