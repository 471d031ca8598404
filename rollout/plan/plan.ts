import type { WatchLimits } from "./watch-limits.ts";

/** Share of user requests that a step gives to the candidate, in percent: a weight of the stack's plan. */
export type Weight = number;

/** A role that signs steps, such as `tech-lead`. Roles, not people: who may act for a role is configuration. */
export type Role = string;

/** One step of a plan. */
export interface Step {
    /** The word that people use for the step, such as `canary`. */
    readonly name: string;
    /** Share of user requests for the candidate, in percent: a whole number from 0 to 100. */
    readonly weightPercent: Weight;
    /**
     * Pods that the candidate needs before it may carry the weight. At weight 0 they run dark: no user request reaches them, only testers' do.
     */
    readonly candidateReplicas: number;
    /** Pods beside them, so that users meet a ready one while a node is drained. They carry no capacity: a gate does not ask for them. */
    readonly sparePods: number;
    /** How long the step must last before the next one, in minutes. */
    readonly soakMinutes: number;
    /** Roles that must approve before the step is entered. */
    readonly approvals: readonly Role[];
}

/**
 * A rollout plan: which share of the traffic a candidate gets at each step, how many pods carry it, how long it soaks, and who approves. A lab may scale
 * its times, never a weight or a threshold.
 */
export interface RolloutPlan {
    /** In order: the first at weight 0, the last at 100. */
    readonly steps: readonly Step[];
    /** Every role that may sign something. */
    readonly roles: readonly Role[];
    /** Roles that must approve before a rollout is finished: from then on the old revision is gone, and the way back is another rollout. */
    readonly finishApprovals: readonly Role[];
    /** Pods that carry all traffic, at the least. While a rollout is under way the stable revision keeps this many, so that a rollback finds its capacity. */
    readonly fullReplicas: number;
    /** The autoscaler's bounds once a rollout is finished. */
    readonly steadyReplicas: { readonly minimum: number; readonly maximum: number };
    /** Time limits of watching, in minutes of the plan. */
    readonly watchLimits: WatchLimits;
}

/**
 * Checks a plan where it is written.
 *
 * @throws {RangeError} with every problem at once: the key, the value and the fix.
 */
export function definePlan<const Plan extends RolloutPlan>(plan: Plan): Plan {
    const problems = problemsOf(plan);
    if (problems.length > 0) {
        throw new RangeError(
            `The plan has ${String(problems.length)} problem${problems.length === 1 ? "" : "s"}:\n${problems.map((one) => `  ${one}`).join("\n")}`,
        );
    }
    return plan;
}

/** The weights of a plan, in order. */
export function weightsOf({ steps }: RolloutPlan): readonly Weight[] {
    return steps.map(({ weightPercent }) => weightPercent);
}

/** Whether `percent` is the weight of a step. */
export function isWeight(plan: RolloutPlan, percent: number): boolean {
    return findStep(plan, percent) !== undefined;
}

/** The step at a weight, or undefined where the plan has none. */
export function findStep({ steps }: RolloutPlan, weightPercent: number): Step | undefined {
    return steps.find((step) => step.weightPercent === weightPercent);
}

/**
 * The step that gives the candidate `weightPercent`.
 *
 * @throws {RangeError} where the plan has no such step: nothing may be judged by a guess.
 */
export function stepAt(plan: RolloutPlan, weightPercent: Weight): Step {
    const step = findStep(plan, weightPercent);
    if (step === undefined) {
        throw new RangeError(`${String(weightPercent)} % is no weight of the plan: it has ${weightsOf(plan).join(", ")}`);
    }
    return step;
}

/** The first step after `weightPercent`, or undefined at the last. */
export function nextStep({ steps }: RolloutPlan, weightPercent: number): Step | undefined {
    return steps.find((step) => step.weightPercent > weightPercent);
}

/** The highest step whose weight is not above `percent`. */
export function stepBelow({ steps }: RolloutPlan, percent: number): Step | undefined {
    return steps.findLast((step) => step.weightPercent <= percent);
}

function problemsOf({ steps, roles, finishApprovals, fullReplicas, steadyReplicas, watchLimits }: RolloutPlan): readonly string[] {
    const [first, last] = [steps[0], steps.at(-1)];
    const names = steps.map(({ name }) => name);
    return [
        ...(first?.weightPercent === 0
            ? []
            : [`steps[0].weightPercent = ${String(first?.weightPercent)}: a plan starts at 0, where the candidate runs dark; add a step at 0`]),
        ...(last?.weightPercent === 100 ? [] : [`the last step's weightPercent = ${String(last?.weightPercent)}: a plan ends at 100; add a step at 100`]),
        ...steps.flatMap((step, index) => problemsOfStep(step, index, steps[index - 1], roles, steadyReplicas.maximum)),
        ...names.filter((name, index) => names.indexOf(name) !== index).map((name) => `two steps are named '${name}'; give each its own name`),
        ...unknownRoles("finishApprovals", finishApprovals, roles),
        ...(isCount(fullReplicas, 1) ? [] : [`fullReplicas = ${String(fullReplicas)}: use a whole number of pods, 1 or more`]),
        ...(isCount(steadyReplicas.minimum, 1) && isCount(steadyReplicas.maximum, Math.max(steadyReplicas.minimum, fullReplicas))
            ? []
            : [
                  `steadyReplicas = ${String(steadyReplicas.minimum)} to ${String(steadyReplicas.maximum)}: use whole numbers, the maximum not below the minimum and fullReplicas`,
              ]),
        ...Object.entries(watchLimits).flatMap(([name, minutes]: [string, number]) =>
            minutes > 0 && Number.isFinite(minutes) ? [] : [`watchLimits.${name} = ${String(minutes)}: use a finite number of minutes above 0`],
        ),
    ];
}

function problemsOfStep(step: Step, index: number, before: Step | undefined, roles: readonly Role[], mostPods: number): readonly string[] {
    const { name, weightPercent, candidateReplicas, sparePods, soakMinutes, approvals } = step;
    const key = `steps[${String(index)}]`;
    return [
        ...(/^[a-z][a-z0-9-]{0,30}$/.test(name)
            ? []
            : [`${key}.name = '${name}': use a word of lower-case letters, digits and hyphens; ids of criteria begin with it`]),
        ...(isCount(weightPercent, 0) && weightPercent <= 100 ? [] : [`${key}.weightPercent = ${String(weightPercent)}: use a whole number from 0 to 100`]),
        ...(before === undefined || weightPercent > before.weightPercent
            ? []
            : [`${key}.weightPercent = ${String(weightPercent)} is not above the ${String(before.weightPercent)} before it; let the weights rise`]),
        ...(isCount(candidateReplicas, 1) ? [] : [`${key}.candidateReplicas = ${String(candidateReplicas)}: use a whole number of pods, 1 or more`]),
        ...(isCount(sparePods, 0) ? [] : [`${key}.sparePods = ${String(sparePods)}: use a whole number of pods, 0 or more`]),
        ...(candidateReplicas + sparePods <= mostPods
            ? []
            : [`${key} has ${String(candidateReplicas + sparePods)} pods and steadyReplicas.maximum is ${String(mostPods)}; raise the maximum`]),
        ...(soakMinutes >= 0 && Number.isFinite(soakMinutes) ? [] : [`${key}.soakMinutes = ${String(soakMinutes)}: use a finite number of minutes, 0 or more`]),
        ...unknownRoles(`${key}.approvals`, approvals, roles),
    ];
}

function unknownRoles(key: string, wanted: readonly Role[], roles: readonly Role[]): readonly string[] {
    return wanted
        .filter((role) => !roles.includes(role))
        .map((role) => `${key} names the role '${role}'; add it to roles (${roles.join(", ")}), or correct it`);
}

function isCount(value: number, least: number): boolean {
    return Number.isInteger(value) && value >= least;
}
