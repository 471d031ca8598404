import type { WatchLimits } from "./criterion.ts";
import { type Step, type Weight, plan, watchLimits } from "./plan.ts";

/** The plan's times as they are on this stack: the steps with their soaks, and the limits of watching. */
export interface Schedule {
    readonly timeScale: number;
    readonly steps: readonly Step[];
    readonly limits: WatchLimits;
}

/**
 * The plan with every time multiplied by `timeScale`. Weights, pods, approvals and thresholds stay as they are: a lab has less time, not lower standards.
 *
 * @param timeScale above 0 and at most 1; 1 outside a lab.
 * @throws {RangeError} when it is anything else.
 */
export function scheduleFor(timeScale: number): Schedule {
    if (!(timeScale > 0 && timeScale <= 1)) {
        throw new RangeError(`timeScale is ${String(timeScale)}: use a number above 0 and at most 1, and 1 outside a lab`);
    }
    return {
        timeScale,
        steps: plan.map((step) => ({ ...step, soakMinutes: step.soakMinutes * timeScale })),
        limits: {
            holdMinutes: watchLimits.holdMinutes * timeScale,
            blindMinutes: watchLimits.blindMinutes * timeScale,
            statusUpdateMinutes: watchLimits.statusUpdateMinutes * timeScale,
            approvalMinutes: watchLimits.approvalMinutes * timeScale,
        },
    };
}

/** Soak of the step at a weight, in seconds of the schedule. */
export function soakSecondsAt(schedule: Schedule, weightPercent: Weight): number {
    return (schedule.steps.find((step) => step.weightPercent === weightPercent)?.soakMinutes ?? Number.POSITIVE_INFINITY) * 60;
}
