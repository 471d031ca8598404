import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { LiveRoute } from "../kubernetes/cluster-reader.ts";
import type { RevisionReference } from "../route/revision.ts";
import { type RouteDesign, testersRouteSpec } from "../route/route-spec.ts";
import { admitsTesters, testersRouteName } from "../route/testers.ts";
import { recommendedLabels } from "./labels.ts";
import { refusal } from "./rollout-change.ts";

export interface TestersRouteArgs {
    readonly namespace: pulumi.Input<string>;
    /** What routes say. Its testers have a host name of their own. */
    readonly design: RouteDesign;
    /** The revision that testers reach. */
    readonly candidate: RevisionReference;
    /** Reads the users' route. Asked right before the testers' route is written. */
    readonly readRoute: () => Promise<LiveRoute>;
}

/**
 * The way of testers to a candidate by a host name of their own: an HTTPRoute on a Gateway or a listener that users can't reach. Declare it while testers may reach the
 * candidate, and only then.
 *
 * It is written after the users' route, which has the marks of rollbacks: one that came while the program ran has shut testers out, and that must stay.
 *
 * @throws {RangeError} where testers have no host name of their own.
 */
export class TestersRoute extends pulumi.ComponentResource {
    constructor(name: string, args: TestersRouteArgs, opts?: pulumi.ComponentResourceOptions) {
        const { readRoute, ...inputs } = args;
        const { namespace, design, candidate } = args;
        const { service } = design;
        const spec = testersRouteSpec(candidate.name, design);
        if (spec === undefined) {
            throw new RangeError(`gateway.testers.kind is ${design.gateway.testers.kind}: a route for testers needs kind host`);
        }
        super("progressive-rollout:traffic:TestersRoute", name, inputs, opts);
        const admission = new pulumi.ResourceHook(`${name}-admission`, async () => {
            const why = shutOut(await readRoute(), candidate);
            if (why !== undefined) {
                throw new Error(refusal({ problem: `testers are not let to ${candidate.name}: ${why}`, fix: "run the command again" }));
            }
        });
        new k8s.apiextensions.CustomResource(
            `${name}-route`,
            {
                apiVersion: "gateway.networking.k8s.io/v1",
                kind: "HTTPRoute",
                metadata: {
                    name: testersRouteName(service),
                    namespace,
                    labels: recommendedLabels({ service, component: "testers-route" }),
                    // An edit by hand is overwritten instead of failing on the conflict.
                    annotations: { "pulumi.com/patchForce": "true" },
                },
                spec,
            },
            { parent: this, hooks: { beforeCreate: [admission], beforeUpdate: [admission] } },
        );
        this.registerOutputs({});
    }
}

/** Why testers must not be let to `candidate`, as far as the users' route says. Undefined where they may. */
export function shutOut(live: LiveRoute, candidate: RevisionReference): string | undefined {
    switch (live.kind) {
        case "found":
            return admitsTesters(live.present.rolledBack, candidate)
                ? undefined
                : "it was rolled back while the program ran, or the marks of rollbacks can't be read";
        case "absent":
            return "there is no users' route, which has the marks of rollbacks";
        case "damaged":
        case "unreachable":
            return `the users' route, which has the marks of rollbacks, can't be judged: ${live.reason}`;
    }
}
