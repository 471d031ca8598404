import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { LabelKeys } from "../route/label-keys.ts";
import { type RolloutRecord, encodeRecord } from "../route/record.ts";
import { type Enforcement, encodeDemands } from "../plan/step-demands.ts";
import { recommendedLabels } from "./labels.ts";

export interface RolloutGateArgs {
    readonly namespace: pulumi.Input<string>;
    /** Name of the service. */
    readonly service: string;
    /** The state of the rollout that the stack asks for. */
    readonly wanted: RolloutRecord;
    /** What the stack asks of a step: the gate says it. */
    readonly enforcement: Enforcement;
    /** Of the annotations that carry the record and what the step requires. */
    readonly keys: LabelKeys;
    /** The guard, as a hook that runs before the record changes. */
    readonly guard: pulumi.ResourceHook;
}

/**
 * Carries the step, and is the first thing that a step forward changes: its guard stops an unsafe one before anything else has moved.
 *
 * Everything that a step changes depends on it. It is a ConfigMap with the record in its annotations and no data, since a change of data would replace it.
 */
export class RolloutGate extends pulumi.ComponentResource {
    constructor(name: string, args: RolloutGateArgs, opts?: pulumi.ComponentResourceOptions) {
        const { keys, ...inputs } = args;
        super("progressive-rollout:rollout:RolloutGate", name, { ...inputs, guard: args.guard.name }, opts);
        new k8s.core.v1.ConfigMap(
            `${name}-record`,
            {
                metadata: {
                    name: `${args.service}-rollout`,
                    namespace: args.namespace,
                    labels: recommendedLabels({ service: args.service, component: "rollout" }),
                    annotations: { ...encodeRecord(args.wanted, keys), ...encodeDemands(args.wanted, args.enforcement, keys) },
                },
            },
            { parent: this, hooks: { beforeCreate: [args.guard], beforeUpdate: [args.guard] } },
        );
        this.registerOutputs({});
    }
}
