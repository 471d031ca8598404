import { type RolloutPlan, type Weight, findStep, nextStep } from "./plan.ts";
import { type RolloutRecord, sameRevision, weightOf } from "../route/record.ts";
import type { RevisionReference } from "../route/revision.ts";

/** Where a move goes: a weight of the plan, in percent, or the end, where the candidate becomes the stable revision. */
export type Destination = Weight | "finished";

/** A step forward, with the content that it brings to users. Approvals and overrides are bound to it: see `approvalDigest` in approval.ts. */
export interface Move {
    readonly stable: RevisionReference;
    readonly candidate: RevisionReference;
    /** Share of user requests for the candidate before, in percent. */
    readonly from: Weight;
    readonly to: Destination;
}

/**
 * The step forward that leads from `present` to `wanted`, or undefined where there is none: a step back, a candidate that is only declared, no change.
 *
 * Whether the step is allowed is decided in transition.ts, not here.
 */
export function moveBetween(present: RolloutRecord, wanted: RolloutRecord): Move | undefined {
    const from = weightOf(present);
    if (wanted.kind === "rolling") {
        return wanted.weightPercent > from ? { stable: wanted.stable, candidate: wanted.candidate, from, to: wanted.weightPercent } : undefined;
    }
    return present.kind === "rolling" && sameRevision(present.candidate, wanted.stable)
        ? { stable: present.stable, candidate: present.candidate, from, to: "finished" }
        : undefined;
}

/** The move that comes next for a rollout under way: to the next weight of the plan, and from the last one to the end. */
export function nextMove(plan: RolloutPlan, { stable, candidate, weightPercent }: RolloutRecord & { readonly kind: "rolling" }): Move {
    return { stable, candidate, from: weightPercent, to: nextStep(plan, weightPercent)?.weightPercent ?? "finished" };
}

/** Where a rollout stands, as people read it: `v1-1-0 at 25 % (quarter)`. */
export function describeStep(
    plan: RolloutPlan,
    { candidate, weightPercent }: { readonly candidate: RevisionReference; readonly weightPercent: Weight },
): string {
    return `${candidate.name} at ${String(weightPercent)} % (${findStep(plan, weightPercent)?.name ?? "no step of the plan"})`;
}

/** A move as people read it: `v1-1-0 from 10 % to 25 %`. */
export function describeMove({ candidate, from, to }: Move): string {
    return `${candidate.name} from ${String(from)} % ${to === "finished" ? "to the stable revision" : `to ${String(to)} %`}`;
}
