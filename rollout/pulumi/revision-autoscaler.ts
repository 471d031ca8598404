import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { Capacity } from "../route/capacity.ts";
import { recommendedLabels } from "./labels.ts";

export interface RevisionAutoscalerArgs {
    readonly namespace: pulumi.Input<string>;
    /** Name of the service. */
    readonly service: string;
    /** Name of the revision. */
    readonly revision: string;
    /** Name of the revision's Deployment, and of the autoscaler itself. */
    readonly deploymentName: pulumi.Input<string>;
    /** Fewest and most pods. The fewest is the plan's number for the step; the most is the same at each step. */
    readonly capacity: Capacity;
    /**
     * Average processor use at which pods are added, in percent of the request.
     *
     * @default 50, the checklist's bound for the average (section 'Metrics Validation')
     */
    readonly targetCpuPercent?: number;
}

/**
 * How many pods a revision has: at least what the plan says for its step, more when its load asks for more.
 *
 * One for each revision, never one over both: a shared one would shrink the stable revision while the candidate grows. It is a component apart from the
 * revision, because forward it changes before the route and back after it.
 *
 * @throws {RangeError} when the bounds are not 1 <= minimum <= maximum.
 */
export class RevisionAutoscaler extends pulumi.ComponentResource {
    constructor(name: string, args: RevisionAutoscalerArgs, opts?: pulumi.ComponentResourceOptions) {
        super("progressive-rollout:workload:RevisionAutoscaler", name, args, opts);
        const { minimum, maximum } = args.capacity;
        if (minimum < 1 || minimum > maximum) {
            throw new RangeError(`capacity is ${String(minimum)} to ${String(maximum)} pods: the minimum must be at least 1 and at most the maximum`);
        }
        new k8s.autoscaling.v2.HorizontalPodAutoscaler(
            `${name}-autoscaler`,
            {
                metadata: {
                    name: args.deploymentName,
                    namespace: args.namespace,
                    labels: recommendedLabels({ service: args.service, component: "api", version: args.revision }),
                },
                spec: {
                    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: args.deploymentName },
                    minReplicas: minimum,
                    maxReplicas: maximum,
                    metrics: [
                        { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: args.targetCpuPercent ?? 50 } } },
                    ],
                    behavior: {
                        // Up at once, down slowly: a spike of a minute must not cost capacity in the next one.
                        scaleUp: { stabilizationWindowSeconds: 0, selectPolicy: "Max", policies: [{ type: "Percent", value: 100, periodSeconds: 15 }] },
                        scaleDown: { stabilizationWindowSeconds: 300, selectPolicy: "Min", policies: [{ type: "Pods", value: 1, periodSeconds: 60 }] },
                    },
                },
            },
            { parent: this },
        );
        this.registerOutputs({});
    }
}
