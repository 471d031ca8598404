import { shownSeconds } from "../plan/duration.ts";
import type { Judgement, Reason } from "../gate/verdict.ts";

/** How a step stands in time, in seconds. */
export interface StepTime {
    readonly soakedSeconds: number;
    /** Until the watcher rolls back, if the gate holds for as long. */
    readonly leftSeconds: number;
}

/** Whether nothing is shown to be bad and nothing is unseen: more requests may let every criterion pass. */
export function isOnlyUnproven(judgements: readonly Judgement[]): boolean {
    const open = judgements.flatMap(({ reasons }) => reasons.filter(({ verdict }) => verdict !== "pass"));
    return open.length > 0 && open.every(({ shortfall }) => shortfall === "unproven");
}

/**
 * Why a gate that lacks evidence will not have it in time, at the traffic of the step so far: not even for a candidate with nothing bad from here on. Undefined where it may, and in the
 * first moments of a step, which say nothing of its traffic.
 */
export function lackIn(judgements: readonly Judgement[], { soakedSeconds, leftSeconds }: StepTime): string | undefined {
    if (soakedSeconds < Math.min(60, leftSeconds / 10)) {
        return undefined;
    }
    const unproven = judgements.flatMap(({ reasons }) => reasons.filter(({ verdict, shortfall }) => verdict === "hold" && shortfall === "unproven"));
    const counted = unproven.filter(({ neededSamples }) => neededSamples !== undefined && neededSamples > 0);
    const late = counted.filter((reason) => missingSeconds(reason, soakedSeconds) > leftSeconds);
    const [first] = late.toSorted((left, right) => missingSeconds(right, soakedSeconds) - missingSeconds(left, soakedSeconds));
    if (first === undefined) {
        return undefined;
    }
    if (counted.every(({ samples }) => samples === 0)) {
        return "there are no users: nothing is counted that could show anything";
    }
    const needs = missingSeconds(first, soakedSeconds);
    const others = late.length === 1 ? "" : `, and ${String(late.length - 1)} more`;
    return `at this traffic ${first.criterion}${others} can't be shown in time: ${
        Number.isFinite(needs) ? `it needs ${shownSeconds(needs)} more` : "nothing of it was counted"
    }, and ${shownSeconds(leftSeconds)} are left`;
}

/** Seconds until enough is counted for a clean candidate, at the rate so far. */
function missingSeconds({ samples, neededSamples = 0 }: Reason, soakedSeconds: number): number {
    return samples > 0 ? (Math.max(0, neededSamples - samples) * soakedSeconds) / samples : Number.POSITIVE_INFINITY;
}
