import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { Weight } from "../rollout/plan.ts";
import { previousWeightAnnotation } from "../rollout/previous-weight.ts";
import { type RolloutRecord, encodeRecord } from "../rollout/record.ts";
import { backendsOf } from "../rollout/traffic.ts";
import type { GatewayReference } from "./gateway-reference.ts";
import { recommendedLabels } from "./labels.ts";
import { revisionObjectName } from "./revision.ts";

/** Request header that takes a tester to a revision, whatever the weights say. Its value is the revision's name. */
export const testerHeader = "x-revision";

export interface TrafficSplitArgs {
    readonly namespace: pulumi.Input<string>;
    /** Name of the service, and of the route. */
    readonly service: string;
    /** Gateway that the route attaches to. */
    readonly gateway: GatewayReference;
    /** Host name that users call. */
    readonly hostname: string;
    /** The rollout that the weights show. */
    readonly wanted: RolloutRecord;
    /** The weight that this one is reached from. Left out where nothing is known of it: the route says nothing then. */
    readonly previousPercent?: Weight;
    /** The guard, as a hook that runs before the weights change: `--target` can go round the gate, but not round this. */
    readonly guard: pulumi.ResourceHook;
    /** Runs after the weights have changed. It must not fail: they have moved. @default none */
    readonly journal?: pulumi.ResourceHook;
    /**
     * How long a user's request may take in all, and how long one try at a backend, in seconds.
     *
     * @default 5 and 2: well above the 1000 ms p95 at which the plan rolls back
     */
    readonly timeoutSeconds?: { readonly request: number; readonly backend: number };
}

/**
 * Which revision gets which share of the traffic: one HTTPRoute with explicit weights that add up to 100.
 *
 * While there is a candidate, a header rule takes testers to it, so that it can be tried before users meet it. A retry goes only to a connection that
 * failed (503), never to an error that a revision gave: retries must not hide a bad candidate from the gate.
 *
 * @see https://gateway-api.sigs.k8s.io/guides/traffic-splitting/
 */
export class TrafficSplit extends pulumi.ComponentResource {
    constructor(name: string, args: TrafficSplitArgs, opts?: pulumi.ComponentResourceOptions) {
        // Hooks are no inputs.
        const { guard, journal, ...inputs } = args;
        super("nova:traffic:TrafficSplit", name, { ...inputs, guard: guard.name }, opts);
        const { wanted, service, previousPercent } = args;
        const after = journal === undefined ? {} : { afterCreate: [journal], afterUpdate: [journal] };
        const { request, backend } = args.timeoutSeconds ?? { request: 5, backend: 2 };
        const common = {
            timeouts: { request: `${String(request)}s`, backendRequest: `${String(backend)}s` },
            retry: { codes: [503], attempts: 1, backoff: "50ms" },
        };
        const backendOf = (revision: string, weight: number) => ({ group: "", kind: "Service", name: revisionObjectName(service, revision), port: 80, weight });
        const users = {
            ...common,
            matches: [{ path: { type: "PathPrefix", value: "/" } }],
            backendRefs: backendsOf(wanted).map(({ revision, weightPercent }) => backendOf(revision, weightPercent)),
        };
        const testers = (revision: string) => ({
            ...common,
            matches: [{ path: { type: "PathPrefix", value: "/" }, headers: [{ type: "Exact", name: testerHeader, value: revision }] }],
            backendRefs: [backendOf(revision, 100)],
        });

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
                        ...encodeRecord(wanted),
                        ...(previousPercent === undefined ? {} : { [previousWeightAnnotation]: String(previousPercent) }),
                        "pulumi.com/patchForce": "true",
                    },
                },
                spec: {
                    parentRefs: [args.gateway],
                    hostnames: [args.hostname],
                    rules: wanted.kind === "rolling" ? [testers(wanted.candidate.name), users] : [users],
                },
            },
            { parent: this, hooks: { beforeCreate: [guard], beforeUpdate: [guard], ...after } },
        );
        this.registerOutputs({});
    }
}
