import { candidateCapacity, stableCapacity } from "../rollout/route/capacity.ts";
import type { Weight } from "../rollout/plan/plan.ts";
import type { RolloutRecord } from "../rollout/route/record.ts";
import { type RevisionSpec, referenceTo } from "../rollout/route/revision.ts";
import { backendsOf } from "../rollout/route/traffic.ts";
import type { LiveService } from "../lab/trial/live.ts";
import { plan } from "../service/plan.ts";

/** What must be there after a step, read live: not from the program that made it. */
export interface Expectation {
    /** Weight of each revision on the route, in percent. Exactly these. */
    readonly weights: Readonly<Record<string, number>>;
    /** Fewest ready pods of each revision. */
    readonly readyPods: Readonly<Record<string, number>>;
}

/** What was there. */
export interface Observation {
    readonly weights: Readonly<Record<string, number>>;
    readonly readyPods: Readonly<Record<string, number>>;
}

/** Looks at what is live. */
export async function observe(live: LiveService): Promise<Observation> {
    const [weights, readyPods] = await Promise.all([live.weights(), live.readyPods()]);
    return { weights, readyPods };
}

/** What of the expectation does not hold, in words. Empty: all holds. */
export function unmet(expected: Expectation, observed: Observation): readonly string[] {
    const revisions = new Set([...Object.keys(expected.weights), ...Object.keys(observed.weights)]);
    const weights = [...revisions]
        .filter((revision) => expected.weights[revision] !== observed.weights[revision])
        .map((revision) => `weight of ${revision} is ${shown(observed.weights[revision])}, expected ${shown(expected.weights[revision])}`);
    const pods = Object.entries(expected.readyPods)
        .filter(([revision, fewest]) => (observed.readyPods[revision] ?? 0) < fewest)
        .map(([revision, fewest]) => `${revision} has ${String(observed.readyPods[revision] ?? 0)} ready pods, expected at least ${String(fewest)}`);
    return [...weights, ...pods];
}

function shown(weight: number | undefined): string {
    return weight === undefined ? "none" : `${String(weight)} %`;
}

/** What the plan says must be live. */
export function expectedAt(stable: RevisionSpec, candidate?: RevisionSpec, weightPercent: Weight = 0): Expectation {
    const record: RolloutRecord =
        candidate === undefined
            ? { kind: "steady", stable: referenceTo(stable) }
            : { kind: "rolling", stable: referenceTo(stable), candidate: referenceTo(candidate), weightPercent };
    return {
        weights: Object.fromEntries(backendsOf(record).map((backend) => [backend.revision, backend.weightPercent])),
        readyPods: {
            [stable.name]: stableCapacity(plan, record).minimum,
            ...(record.kind === "rolling" ? { [record.candidate.name]: candidateCapacity(plan, record).minimum } : {}),
        },
    };
}
