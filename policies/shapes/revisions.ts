import type { StackIndex } from "../engine/stack.ts";
import type { KubernetesObject } from "../engine/subject.ts";
import { oncePerStack } from "./once.ts";
import { type RolloutRoute, rolloutsIn } from "./rollout-route.ts";

/** A workload as a part of a recorded rollout. */
export interface Revision {
    readonly rollout: RolloutRoute;
    readonly role: "stable" | "candidate";
}

/** The workload of a recorded revision: the one with its name, whatever its kind. */
export function recordedRevision(stack: StackIndex, rollout: RolloutRoute, role: Revision["role"]): KubernetesObject | undefined {
    const revision = rollout[role];
    return revision === undefined ? undefined : workloadsByName(stack).get(`${rollout.route.namespace} ${rollout.service}-${revision}`);
}

/** The workloads that are revisions of a rollout. */
export const revisionsIn = oncePerStack(
    (stack: StackIndex): ReadonlyMap<KubernetesObject, Revision> =>
        new Map(
            rolloutsIn(stack).flatMap((rollout) =>
                (["stable", "candidate"] as const).flatMap((role) => {
                    const workload = recordedRevision(stack, rollout, role);
                    return workload === undefined ? [] : [[workload, { rollout, role }] as const];
                }),
            ),
        ),
);

const workloadsByName = oncePerStack(
    (stack: StackIndex): ReadonlyMap<string, KubernetesObject> =>
        new Map(stack.pods.flatMap(({ object }) => (object.partial ? [] : [[`${object.namespace} ${object.name}`, object] as const]))),
);
