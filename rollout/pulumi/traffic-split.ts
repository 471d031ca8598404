import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { Weight } from "../plan/plan.ts";
import type { LabelKeys } from "../route/label-keys.ts";
import { type RolloutRecord, encodeRecord } from "../route/record.ts";
import { type RouteDesign, routeSpec } from "../route/route-spec.ts";
import { testerKeyDigest } from "../route/testers.ts";
import { recommendedLabels } from "./labels.ts";

export interface TrafficSplitArgs {
    readonly namespace: pulumi.Input<string>;
    /** What the route says besides the rollout. */
    readonly design: RouteDesign;
    /** Of the annotations that carry the rollout. */
    readonly keys: LabelKeys;
    /** The rollout that the weights show. */
    readonly wanted: RolloutRecord;
    /** The weight that this one is reached from. Omit if unknown; no annotation is written then. */
    readonly previousPercent?: Weight;
    /** The guard, as a hook that runs before the weights change: `--target` can go round the gate, but not round this. */
    readonly guard: pulumi.ResourceHook;
    /** Runs after the weights have changed. It must not fail: they have moved. @default none */
    readonly journal?: pulumi.ResourceHook;
    /**
     * What a tester's request must carry to reach the candidate, whatever the weights say.
     *
     * @default none: no tester reaches it
     */
    readonly testerKey?: pulumi.Output<string>;
}

/**
 * Which revision gets which share of the traffic: one HTTPRoute with explicit weights that add up to 100.
 *
 * While there is a candidate, a rule takes testers to it by a secret header, so that it can be tried before users meet it.
 *
 * @see https://gateway-api.sigs.k8s.io/guides/traffic-splitting/
 */
export class TrafficSplit extends pulumi.ComponentResource {
    constructor(name: string, args: TrafficSplitArgs, opts?: pulumi.ComponentResourceOptions) {
        // Hooks are no inputs, nor are names, and the component must not wait for a secret.
        const { guard, journal, testerKey, keys, ...inputs } = args;
        super("progressive-rollout:traffic:TrafficSplit", name, { ...inputs, guard: guard.name }, opts);
        const { wanted, design, previousPercent } = args;
        const { service } = design;
        const after = journal === undefined ? {} : { afterCreate: [journal], afterUpdate: [journal] };

        new k8s.apiextensions.CustomResource(
            `${name}-route`,
            {
                apiVersion: "gateway.networking.k8s.io/v1",
                kind: "HTTPRoute",
                metadata: {
                    name: service,
                    namespace: args.namespace,
                    labels: recommendedLabels({ service, component: "route" }),
                    // A rollback may patch the weights directly. The next update takes the fields back instead of failing on the conflict.
                    annotations: {
                        ...encodeRecord(wanted, keys),
                        ...(previousPercent === undefined ? {} : { [keys.previousPercent]: String(previousPercent) }),
                        // A digest tells nothing. As a secret it would hide the record beside it from the guard, which reads old inputs.
                        ...(testerKey === undefined ? {} : { [keys.testerKey]: pulumi.unsecret(testerKey.apply(testerKeyDigest)) }),
                        "pulumi.com/patchForce": "true",
                    },
                },
                spec: routeSpec<pulumi.Output<string>>(wanted, design, testerKey),
            },
            { parent: this, hooks: { beforeCreate: [guard], beforeUpdate: [guard], ...after } },
        );
        this.registerOutputs({});
    }
}
