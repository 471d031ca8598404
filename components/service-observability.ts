import * as pulumi from "@pulumi/pulumi";

import { AlertRouting, type AlertRoutingArgs } from "./alert-routing.ts";
import { AlertRules } from "./alert-rules.ts";
import { Dashboards } from "./dashboards.ts";
import { PodLogs, type PodLogsSettings } from "./pod-logs.ts";
import { ServiceMonitors, type ServiceMonitorsArgs } from "./service-monitors.ts";

export type ServiceObservabilityArgs = ServiceMonitorsArgs &
    AlertRoutingArgs & {
        /** How Grafana Alloy finds the service's logs. If omitted, no object tells it, and the log collector must find the pods by itself. */
        readonly podLogs?: PodLogsSettings;
    };

/** Everything by which a service is watched: what is scraped, what is recorded and alerted on, who is called, what is seen. */
export class ServiceObservability extends pulumi.ComponentResource {
    constructor(name: string, args: ServiceObservabilityArgs, opts?: pulumi.ComponentResourceOptions) {
        super("nova:observability:ServiceObservability", name, args, opts);
        const { namespace, scope, selectLabels, scrapeIntervalSeconds, watchdog, receiverSecret, podLogs } = args;
        const shared = { namespace, scope, selectLabels };
        const parent = { parent: this };
        new ServiceMonitors(`${name}-monitors`, { ...shared, scrapeIntervalSeconds, watchdog }, parent);
        new AlertRules(`${name}-rules`, shared, parent);
        new AlertRouting(`${name}-routing`, { ...shared, receiverSecret }, parent);
        if (podLogs !== undefined) {
            new PodLogs(`${name}-logs`, { namespace, scope, ...podLogs }, parent);
        }
        new Dashboards(`${name}-dashboards`, { namespace, scope }, parent);
        this.registerOutputs({});
    }
}
