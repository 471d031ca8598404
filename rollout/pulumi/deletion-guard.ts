import * as pulumi from "@pulumi/pulumi";

import type { ClusterReader, LiveRoute } from "../kubernetes/cluster-reader.ts";
import type { RolloutPlan } from "../plan/plan.ts";
import { fields } from "../route/fields.ts";
import { type LabelPrefix, labelKeysOf } from "../route/label-keys.ts";
import { whyNeeded, whyTooFew } from "../route/needed.ts";
import { type RolloutRecord, weightOf } from "../route/record.ts";
import type { RouteDesign } from "../route/route-spec.ts";
import { wordsOf } from "../words.ts";
import { type CondemnedObject, componentLabel, generatedFile, isAutoscaler, labelsOf, nameOf, needOf, usersMeet } from "./guarded-objects.ts";
import { refusal } from "./rollout-change.ts";

export type { CondemnedObject } from "./guarded-objects.ts";

export interface DeletionGuardArgs {
    /** Namespace of the route. */
    readonly namespaceName: string;
    /** The route: its name is the service's. */
    readonly design: Pick<RouteDesign, "service">;
    /** How many pods a step needs, and the prefix of the label that says which revision an object belongs to. */
    readonly profile: LabelPrefix & { readonly plan: RolloutPlan };
    /** Reads the live route, and which pods mount a file. */
    readonly cluster: Pick<ClusterReader, "readRoute" | "podsMounting">;
    /**
     * What tells the cluster apart from all others. It is part of the hook's name in the state: a program that looks at another cluster can't delete what is in this one.
     *
     * @default nothing: only namespace and service count
     */
    readonly clusterIdentifier?: string;
    /** Components (`app.kubernetes.io/component`) whose objects no user meets, and which may be taken out of the program while users are there: `backup`. @default none */
    readonly aside?: readonly string[];
}

/**
 * Refuses to delete, replace or shrink what users are on, as the live route has it at that moment: in `up` and `destroy`, and in their previews.
 *
 * The order in which a program's objects change rests on the edges between them, and flags such as `--target`, `--exclude` and `--replace` leave edges out. So each object asks for itself.
 *
 * The engine keeps the name of a hook with each object in its state. Where the program that runs has no hook of that name, the engine refuses the deletion: `pulumi destroy` needs
 * `--run-program`.
 */
export class DeletionGuard {
    readonly #args: DeletionGuardArgs;
    readonly #declared = new Set<string>();
    #forecast: RolloutRecord | undefined;
    #hooks: { readonly deletion: pulumi.ResourceHook; readonly shrinking: pulumi.ResourceHook } | undefined;

    constructor(args: DeletionGuardArgs) {
        this.#args = args;
    }

    /** For the `transformations` of components: gives each of their objects what it needs of this guard. Twice is the same as once. */
    readonly transformation = ({ type, name, props, opts }: pulumi.ResourceTransformationArgs): pulumi.ResourceTransformationResult | undefined => {
        const need = needOf(type, props, this.#args.aside ?? []);
        if (need === undefined) {
            return undefined;
        }
        this.#declared.add(`${type} ${name}`);
        const { deletion, shrinking } = this.#registered();
        const { hooks = {} } = opts;
        return {
            props,
            opts: {
                ...opts,
                // Made first, the new object of that name would go with the old one.
                ...(need.fixedName ? { deleteBeforeReplace: true } : {}),
                ...(need.guarded
                    ? {
                          hooks: {
                              ...hooks,
                              beforeDelete: including(hooks.beforeDelete, deletion),
                              ...(isAutoscaler(type) ? { beforeUpdate: including(hooks.beforeUpdate, shrinking) } : {}),
                          },
                      }
                    : {}),
            },
        };
    };

    /** In a preview, the route will be changed to `record` before anything is deleted or shrunk: its own guard has let that through. */
    expectRoute(record: RolloutRecord): void {
        this.#forecast = record;
    }

    /** @throws {Error} when users need the object, or that can't be found out. */
    async checkDeletion(object: CondemnedObject, preview: boolean): Promise<void> {
        const met = usersMeet(object.type, object.inputs, this.#args.aside ?? []);
        if (!met && !object.declared) {
            return;
        }
        const needed = whyNeeded(await this.#route(preview), met ? this.#revisionOf(object.inputs) : undefined);
        const file = needed === undefined ? undefined : generatedFile(object);
        const why = file === undefined ? needed : await this.#whyMounted(file, preview);
        if (why !== undefined) {
            const { namespaceName, service } = this.#names;
            throw new Error(
                refusal({
                    problem: `${nameOf(object)} can't be deleted or replaced: ${why}`,
                    fix:
                        "take the users off it first: step on or roll back with the whole program, without flags that leave parts of it out; to end the service, set rolloutPercent 0, run " +
                        `'kubectl delete httproute -n ${namespaceName} ${service}' and then 'pulumi destroy --run-program'. docs/engine-flags.md has more`,
                }),
            );
        }
    }

    /** @throws {Error} when an autoscaler's new bounds are below the old ones and too few for its users, or that can't be found out. */
    async checkShrinking(before: unknown, after: unknown, preview: boolean): Promise<void> {
        const [old, wanted] = [boundsIn(before), boundsIn(after)];
        if (wanted.minimum >= old.minimum && wanted.maximum >= old.maximum) {
            return;
        }
        const revision = this.#revisionOf(before);
        const live = await this.#route(preview);
        const why = revision === undefined ? whyNeeded(live, undefined) : whyTooFew(this.#args.profile.plan, live, revision, wanted);
        if (why !== undefined) {
            throw new Error(
                refusal({
                    problem: `the autoscaler of ${revision ?? "the service"} can't go from ${shown(old)} to ${shown(wanted)} pods: ${why}`,
                    fix: "run the command without flags that leave parts of the program out, so that the route changes first",
                }),
            );
        }
    }

    get #names() {
        const { namespaceName, design } = this.#args;
        return { namespaceName, service: design.service };
    }

    #registered() {
        if (this.#hooks === undefined) {
            const { namespaceName, service } = this.#names;
            const { clusterIdentifier } = this.#args;
            const users = `users of ${namespaceName}/${service}${clusterIdentifier === undefined ? "" : ` in ${clusterIdentifier}`}`;
            const deletion = new pulumi.ResourceHook(
                users,
                async ({ type, name, id, oldInputs }) =>
                    this.checkDeletion({ type, id, inputs: oldInputs, declared: this.#declared.has(`${type} ${name}`) }, pulumi.runtime.isDryRun()),
                { onDryRun: true },
            );
            const shrinking = new pulumi.ResourceHook(
                `pods for ${users}`,
                async ({ oldInputs, newInputs }) => this.checkShrinking(oldInputs, newInputs, pulumi.runtime.isDryRun()),
                { onDryRun: true },
            );
            this.#hooks = { deletion, shrinking };
        }
        return this.#hooks;
    }

    async #route(preview: boolean): Promise<LiveRoute> {
        const { namespaceName, service } = this.#names;
        return preview && this.#forecast !== undefined
            ? { kind: "found", present: { record: this.#forecast, routedPercent: weightOf(this.#forecast) } }
            : this.#args.cluster.readRoute(namespaceName, service);
    }

    /** Pods let go of a file only when they are replaced, which a preview doesn't do: only `up` can tell. */
    async #whyMounted(file: { readonly kind: "ConfigMap" | "Secret"; readonly namespace: string; readonly name: string }, preview: boolean) {
        if (preview) {
            return undefined;
        }
        try {
            const pods = await this.#args.cluster.podsMounting(file.namespace, file);
            return pods.length === 0 ? undefined : `pods have it mounted, which could not start again without it: ${pods.slice(0, 3).join(", ")}`;
        } catch (error) {
            return `whether a pod has it mounted can't be read: ${wordsOf(error)}`;
        }
    }

    #revisionOf(inputs: unknown): string | undefined {
        const labels = labelsOf(inputs);
        const revision =
            labels[labelKeysOf(this.#args.profile).revision] ?? (labels[componentLabel] === "api" ? labels["app.kubernetes.io/version"] : undefined);
        return typeof revision === "string" && revision !== "" ? revision : undefined;
    }
}

/** An autoscaler's bounds. What is missing counts as Kubernetes fills it in, or as nothing. */
function boundsIn(inputs: unknown) {
    const { minReplicas, maxReplicas } = fields(fields(inputs).spec);
    return { minimum: typeof minReplicas === "number" ? minReplicas : 1, maximum: typeof maxReplicas === "number" ? maxReplicas : 0 };
}

function including<Hook>(hooks: readonly Hook[] | undefined, hook: Hook): Hook[] {
    return [...new Set([...(hooks ?? []), hook])];
}

function shown({ minimum, maximum }: { readonly minimum: number; readonly maximum: number }): string {
    return `${String(minimum)}-${String(maximum)}`;
}
