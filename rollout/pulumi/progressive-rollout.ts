import * as pulumi from "@pulumi/pulumi";

import { defined } from "../defined.ts";
import type { ClusterReader, LiveRoute } from "../kubernetes/cluster-reader.ts";
import type { ServiceProfile } from "../profile/profile.ts";
import { candidateCapacity, stableCapacity } from "../route/capacity.ts";
import { labelKeysOf } from "../route/label-keys.ts";
import type { RolloutRecord } from "../route/record.ts";
import { type RevisionReference, type RevisionSpec, referenceTo } from "../route/revision.ts";
import type { RouteDesign } from "../route/route-spec.ts";
import type { Weight } from "../plan/plan.ts";
import { previousWeight } from "../route/previous-weight.ts";
import type { Enforcement } from "../plan/step-demands.ts";
import { admitsTesters } from "../route/testers.ts";
import { orderOf } from "../route/transition.ts";
import { Revision, revisionObjectName } from "./revision.ts";
import { RevisionAutoscaler } from "./revision-autoscaler.ts";
import { DeletionGuard } from "./deletion-guard.ts";
import { type StepCondition, refusal } from "./rollout-change.ts";
import { RolloutGate } from "./rollout-gate.ts";
import { RolloutGuard, transitionSeen } from "./rollout-guard.ts";
import { rolloutHooks } from "./rollout-hooks.ts";
import type { RolloutJournal } from "./rollout-journal.ts";
import { TesterKey } from "./tester-key.ts";
import { TestersRoute } from "./testers-route.ts";
import { TrafficSplit } from "./traffic-split.ts";

export interface ProgressiveRolloutArgs {
    /** Namespace, as an output of the namespace itself, so that everything waits for it. */
    readonly namespace: pulumi.Input<string>;
    /** The namespace's name, known before it is there: the guard reads the live route with it. */
    readonly namespaceName: string;
    readonly stable: RevisionSpec;
    /** The revision being rolled out, if one is. */
    readonly candidate?: RevisionSpec;
    /** The plan that the rollout goes by, and the prefix of what its objects carry. */
    readonly profile: Pick<ServiceProfile, "plan" | "labelPrefix">;
    /** Share of user requests for the candidate, in percent: a weight of the plan. 0 when there is none. */
    readonly weightPercent: Weight;
    /** What the route says besides the rollout. */
    readonly design: RouteDesign;
    /**
     * What a tester's request must carry to reach the candidate by the users' route. Where testers have a host name of their own, there is none.
     *
     * @default a {@link TesterKey} that is made here, where testers have a header
     */
    readonly testerKey?: pulumi.Output<string>;
    readonly serviceAccountName: pulumi.Input<string>;
    /** Credentials and endpoints for the pods, one file a key. @default none */
    readonly secretFiles?: Readonly<Record<string, pulumi.Input<string>>>;
    /**
     * Certificates of the stores' authorities: of each file, the Secret whose `ca.crt` it is.
     *
     * @default none
     */
    readonly authorities?: Readonly<Record<string, pulumi.Input<string>>>;
    /** How long anything may take to become ready, in seconds. */
    readonly awaitTimeoutSeconds: number;
    /** Reads the live cluster. */
    readonly cluster: ClusterReader;
    /** The live route, read before the program made anything. It decides the order in which objects change. */
    readonly seen: LiveRoute;
    /** Further conditions for a step forward. @default none */
    readonly conditions?: readonly StepCondition[];
    /**
     * What the conditions ask, for the gate to say. It asks nothing itself.
     *
     * @default `order-only`, as there are no conditions
     */
    readonly enforcement?: Enforcement;
    /** Receives each change of the route, right after it was made. @default none */
    readonly journal?: RolloutJournal;
    /**
     * Keeps what users are on from being deleted, replaced or shrunk. Give the one that guards the rest of the program too.
     *
     * @default one for this rollout alone
     */
    readonly deletionGuard?: DeletionGuard;
}

/**
 * A service whose new revisions reach users step by step.
 *
 * The order in which objects change is the safety of it. Forward: gate, pods, then weights. Back: weights, then gate, then pods.
 *
 * @throws {RangeError} when there is a weight without a candidate, or both revisions have one name.
 * @throws {pulumi.RunError} when the live route, as it was seen, refuses the wanted weight.
 */
export class ProgressiveRollout extends pulumi.ComponentResource {
    /** What the stack asks for. */
    public readonly record: RolloutRecord;

    constructor(name: string, args: ProgressiveRolloutArgs, opts?: pulumi.ComponentResourceOptions) {
        // A reader of the live system is no input of a resource. Nor are the outputs of stores and secrets: the component would wait for them, and its route
        // with it, and a rollback must not wait for a database.
        const {
            cluster,
            seen,
            profile,
            conditions,
            enforcement,
            journal,
            secretFiles = {},
            authorities,
            serviceAccountName,
            testerKey,
            deletionGuard = new DeletionGuard(args),
            ...inputs
        } = args;
        const transformations = [...(opts?.transformations ?? []), deletionGuard.transformation];
        super("progressive-rollout:rollout:ProgressiveRollout", name, inputs, { ...opts, transformations });
        const { namespace, stable, candidate, design } = args;
        const { service } = design;
        const { plan } = profile;
        const keys = labelKeysOf(profile);
        const wanted = recordOf(args);
        const tested = wanted.kind === "rolling" && admittedBy(seen, wanted.candidate) ? wanted.candidate : undefined;
        const { testers } = design.gateway;
        const ownKey = (rotation?: string) => new TesterKey(`${name}-tester-key`, { namespace, service, ...defined({ rotation }) }, { parent: this }).key;
        const key = testerKey ?? (testers.kind === "header" ? ownKey(testers.rotation) : undefined);
        const admitted = tested === undefined ? undefined : key;
        const guard = new RolloutGuard({
            namespace: args.namespaceName,
            routeName: service,
            serviceOf: (revision) => revisionObjectName(service, revision),
            plan,
            wanted,
            admitsTesters: admitted !== undefined,
            cluster,
            seen,
            readyTimeoutSeconds: args.awaitTimeoutSeconds,
            ...defined({ conditions }),
        });
        // A hook runs only where the engine sees a change. When the live route was moved behind its back, it may see none, and report a step that is not live.
        const decided = transitionSeen(plan, seen, wanted);
        if (decided?.kind === "refused") {
            throw new pulumi.RunError(refusal(decided));
        }
        const previousPercent = previousWeight(seen.kind === "found" ? seen.present : seen.kind === "absent" ? "absent" : undefined, wanted);
        const hooks = rolloutHooks(name, { guard, deletionGuard, wanted, keys, ...defined({ journal }) });

        const makeGate = (dependsOn: pulumi.Resource[]) =>
            new RolloutGate(
                `${name}-gate`,
                { namespace, service, keys, wanted, enforcement: enforcement ?? { kind: "order-only" }, guard: hooks.gate },
                { parent: this, dependsOn },
            );
        const makeRoute = (dependsOn: pulumi.Resource[]) =>
            new TrafficSplit(
                `${name}-traffic`,
                {
                    namespace,
                    design,
                    keys,
                    wanted,
                    ...defined({ testerKey: admitted, previousPercent }),
                    guard: hooks.route,
                    ...defined({ journal: hooks.journal }),
                },
                { parent: this, dependsOn },
            );
        const makeRevision = (revision: RevisionSpec, dependsOn: pulumi.Resource[]) =>
            new Revision(
                `${name}-${revision.name}`,
                {
                    namespace,
                    service,
                    keys,
                    revision,
                    serviceAccountName,
                    secretFiles,
                    ...defined({ authorities }),
                    awaitTimeoutSeconds: args.awaitTimeoutSeconds,
                },
                { parent: this, dependsOn },
            );
        const makeAutoscaler = (revision: Revision, spec: RevisionSpec, dependsOn: pulumi.Resource[]) => {
            const capacity = wanted.kind === "rolling" && spec.name === wanted.candidate.name ? candidateCapacity(plan, wanted) : stableCapacity(plan, wanted);
            return new RevisionAutoscaler(
                `${name}-${spec.name}`,
                { namespace, service, revision: spec.name, deploymentName: revision.deploymentName, capacity },
                { parent: this, dependsOn },
            );
        };
        const makeTestersRoute = (dependsOn: pulumi.Resource[]) => {
            if (tested !== undefined && design.gateway.testers.kind === "host") {
                const readRoute = async (): Promise<LiveRoute> => cluster.readRoute(args.namespaceName, service);
                new TestersRoute(`${name}-testers`, { namespace, design, candidate: tested, readRoute }, { parent: this, dependsOn });
            }
        };
        const specs = candidate === undefined ? [stable] : [stable, candidate];

        if (orderOf(decided) === "capacity-first") {
            const gate = makeGate([]);
            const revisions = specs.map((spec) => ({ spec, revision: makeRevision(spec, [gate]) }));
            const autoscalers = revisions.map(({ spec, revision }) => makeAutoscaler(revision, spec, [gate]));
            const pods = revisions.map(({ revision }) => revision);
            makeTestersRoute([makeRoute([gate, ...pods, ...autoscalers]), ...pods]);
        } else {
            // The route waits for nothing, not even for the pods it leaves: a candidate that never becomes ready must not hold up its own rollback.
            const route = makeRoute([]);
            const gate = makeGate([route]);
            const revisions = specs.map((spec) => ({ spec, revision: makeRevision(spec, [gate]) }));
            revisions.forEach(({ spec, revision }) => makeAutoscaler(revision, spec, [gate]));
            makeTestersRoute([route, ...revisions.map(({ revision }) => revision)]);
        }

        this.record = wanted;
        this.registerOutputs({ record: wanted });
    }
}

/** The record that the arguments describe. @throws {RangeError} when there is a weight without a candidate, or both revisions have one name. */
function recordOf({ stable, candidate, weightPercent }: ProgressiveRolloutArgs): RolloutRecord {
    if (candidate?.name === stable.name) {
        throw new RangeError(`candidate and stable are both named ${stable.name}: a revision is immutable, so give the candidate a name of its own`);
    }
    if (candidate !== undefined) {
        return { kind: "rolling", stable: referenceTo(stable), candidate: referenceTo(candidate), weightPercent };
    }
    if (weightPercent > 0) {
        throw new RangeError(`weightPercent is ${String(weightPercent)} and there is no candidate: declare the candidate, or set 0`);
    }
    return { kind: "steady", stable: referenceTo(stable) };
}

/** Whether testers may reach the candidate, as far as the route that was seen says: where it could not be read, a rollback may have shut them out. */
function admittedBy(seen: LiveRoute, candidate: RevisionReference): boolean {
    switch (seen.kind) {
        case "absent":
            return true;
        case "found":
            return admitsTesters(seen.present.rolledBack, candidate);
        case "damaged":
        case "unreachable":
            return false;
    }
}
