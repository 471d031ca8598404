import type { PolicyFinding, StackFinding } from "../engine/rule.ts";
import type { StackIndex } from "../engine/stack.ts";
import type { KubernetesObject } from "../engine/subject.ts";
import { text } from "../engine/value.ts";
import { onEach } from "./each.ts";
import { oncePerStack } from "./once.ts";
import { type Way, waysOf } from "./ways.ts";

/** The kind of routes. */
export const routeKind = "gateway.networking.k8s.io/HTTPRoute";

/** Prefix of the annotations that carry a rollout's record. */
const prefix = "nova.example.com/";

/** A rollout as its route shows it: the record in the annotations, and the rules that users meet. */
export interface RolloutRoute {
    readonly route: KubernetesObject;
    /** Name of the service, and prefix of every object's name. */
    readonly service: string;
    /** Share of the candidate, in percent, as recorded. */
    readonly percent: number;
    /** The weight that this one was reached from, as recorded. Undefined where it is not recorded, NaN where it can't be read. */
    readonly previousPercent: number | undefined;
    readonly stable: string;
    readonly candidate: string | undefined;
    /** The rules that users' requests come by: those for testers ask for a mark. */
    readonly ways: readonly Way[];
}

/** Whether a route carries a rollout's record. */
export function carriesRecord(route: KubernetesObject): boolean {
    return annotation(route, "rollout-percent") !== undefined;
}

/**
 * The weight of the step that a gate guards, in percent, or undefined for any other ConfigMap and for a gate without a candidate: no step is under way then.
 *
 * A weight that can't be read is NaN, which no rule takes for a step.
 */
export function gateStep(object: KubernetesObject): number | undefined {
    const percent = object.kind === "ConfigMap" ? annotation(object, "rollout-percent") : undefined;
    return percent === undefined || annotation(object, "candidate") === undefined ? undefined : percentIn(percent);
}

/** The rollout that a route carries, or undefined for a route without a record. @throws Unjudgeable when a part of the record is unknown. */
export function rolloutOf(route: KubernetesObject): RolloutRoute | undefined {
    const percent = annotation(route, "rollout-percent");
    if (percent === undefined) {
        return undefined;
    }
    const previous = annotation(route, "previous-percent");
    return {
        route,
        service: route.name,
        percent: percentIn(percent),
        previousPercent: previous === undefined ? undefined : percentIn(previous),
        stable: revisionIn(annotation(route, "stable")) ?? "",
        candidate: revisionIn(annotation(route, "candidate")),
        ways: waysOf(route).filter(({ forUsers }) => forUsers),
    };
}

/** The rollouts of the stack. Those whose record can't be read are left to the rules that judge the record. */
export const rolloutsIn = oncePerStack((stack: StackIndex): readonly RolloutRoute[] =>
    stack.ofKind(routeKind).flatMap((route) => {
        try {
            return rolloutOf(route) ?? [];
        } catch {
            return [];
        }
    }),
);

/** Whether `workload` is a revision that a rollout holds below full size on purpose: its candidate. */
export function isDarkOrGrowing(stack: StackIndex, workload: KubernetesObject): boolean {
    return rolloutsIn(stack).some(
        ({ route, service, candidate, percent }) =>
            candidate !== undefined && percent < 100 && route.namespace === workload.namespace && workload.name === `${service}-${candidate}`,
    );
}

/** An annotation of the rollout's record, read from the body, so that an unknown one is not taken for an absent one. */
export function annotation(object: KubernetesObject, key: string): string | undefined {
    return text(object.body, "metadata", "annotations", prefix + key);
}

/** A number from 0 to 100 as annotations write it; NaN for anything else. `Number` would take an empty text for 0. */
function percentIn(text: string): number {
    return /^\d{1,3}$/.test(text) ? Number(text) : Number.NaN;
}

function revisionIn(reference: string | undefined): string | undefined {
    return reference?.split("@", 1)[0];
}

/** Runs `check` on each rollout that has a candidate. What it finds is reported on the rollout's route. */
export function onEachCandidate(
    stack: StackIndex,
    check: (rollout: RolloutRoute & { readonly candidate: string }) => Iterable<PolicyFinding>,
): Generator<StackFinding> {
    const byRoute = new Map(rolloutsIn(stack).map((rollout) => [rollout.route, rollout]));
    return onEach(byRoute.keys(), function* (route) {
        const rollout = byRoute.get(route);
        if (rollout?.candidate !== undefined) {
            yield* check({ ...rollout, candidate: rollout.candidate });
        }
    });
}
