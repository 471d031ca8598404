import type { Weight } from "../plan/plan.ts";
import { type RolloutRecord, readWeight, sameRevision, weightOf } from "./record.ts";
import type { Present } from "./transition.ts";

/** The weight in the annotation's text, or undefined where there is none or a damaged one. */
export function readPreviousWeight(text: unknown): Weight | undefined {
    return readWeight(text);
}

/**
 * The weight that `wanted` is reached from: where the route stands, and where it stands already, what it says about its own step.
 *
 * So it changes with a step and never without one: a second run finds it as the first left it. Undefined where the route says nothing, or could not be read.
 *
 * @param present the live route; `absent` before the first deployment.
 */
export function previousWeight(present: Present | "absent" | undefined, wanted: RolloutRecord): Weight | undefined {
    if (present === undefined || present === "absent") {
        return present === "absent" ? 0 : undefined;
    }
    return isSame(present.record, wanted) ? present.previousPercent : weightOf(present.record);
}

function isSame(left: RolloutRecord, right: RolloutRecord): boolean {
    const sameStep = left.kind === right.kind && weightOf(left) === weightOf(right) && sameRevision(left.stable, right.stable);
    return sameStep && (left.kind === "steady" || right.kind === "steady" || sameRevision(left.candidate, right.candidate));
}
