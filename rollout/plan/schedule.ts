import type { RolloutPlan, Step, Weight } from "./plan.ts";
import type { WatchLimits } from "./watch-limits.ts";

/** The plan's times as they are on this stack: the steps with their soaks, and the limits of watching. */
export interface Schedule {
    readonly timeScale: number;
    /** The plan as it is written, with its own times. */
    readonly plan: RolloutPlan;
    readonly steps: readonly Step[];
    readonly limits: WatchLimits;
}

/** Which plan a stack follows. */
export interface ScheduleArgs {
    /** Factor on every time: above 0 and at most 1; 1 outside a lab. */
    readonly timeScale: number;
    /**
     * Where the stack is. The baseline's 24 h are spent in staging (checklist, 'Baseline Report'), and nowhere else: a candidate at weight 0 has no users that could
     * show anything in a day. In production the report of those 24 h is a check of its own.
     */
    readonly environment: "lab" | "staging" | "prod";
}

/**
 * The plan with every time multiplied by `timeScale`. Weights, pods, approvals and thresholds stay as they are: a lab has less time, not lower standards.
 *
 * @throws {RangeError} when the time scale is not above 0 and at most 1.
 */
export function scheduleFor(plan: RolloutPlan, { timeScale, environment }: ScheduleArgs): Schedule {
    if (!(timeScale > 0 && timeScale <= 1)) {
        throw new RangeError(`timeScale is ${String(timeScale)}: use a number above 0 and at most 1, and 1 outside a lab`);
    }
    const { watchLimits } = plan;
    const soakHere = ({ weightPercent, soakMinutes }: Step): number => (weightPercent === 0 && environment !== "staging" ? 0 : soakMinutes * timeScale);
    return {
        timeScale,
        plan,
        steps: plan.steps.map((step) => ({ ...step, soakMinutes: soakHere(step) })),
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
