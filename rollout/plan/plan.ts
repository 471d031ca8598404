import type { WatchLimits } from "./watch-limits.ts";

/**
 * The rollout plan: which share of the traffic a candidate gets at each step, how many pods carry it, and how long it soaks.
 *
 * The numbers come from the production deployment checklist (docs/rollout-plan.md lists the section of each). They are requirements: a lab may scale
 * time, never a threshold.
 */

/** The share of user requests, in percent, that a step gives to the candidate. A stack is always at exactly one of these. */
export const weights = [0, 10, 25, 50, 100] as const;

/** One of {@link weights}. */
export type Weight = (typeof weights)[number];

/** Roles that sign steps. Roles, not people: who may act for a role is configuration. */
export const roles = ["tech-lead", "product-lead", "operations-lead", "security-review"] as const;

/** One of {@link roles}. */
export type Role = (typeof roles)[number];

/** One step of the plan. */
export interface Step {
    /** The word that people use for the step. */
    readonly name: "baseline" | "canary" | "quarter" | "half" | "full";
    /** Share of user requests for the candidate, in percent. */
    readonly weightPercent: Weight;
    /**
     * Pods that the candidate needs before it may carry the weight. At the baseline one pod runs dark: no user request reaches it, only a tester's
     * header does.
     */
    readonly candidateReplicas: number;
    /** Pods beside them, so that users meet a ready one while a node is drained. They carry no capacity: a gate does not ask for them. */
    readonly sparePods: number;
    /** How long the step must last before the next one, in minutes. */
    readonly soakMinutes: number;
    /** Roles that must approve before the step is entered. */
    readonly approvals: readonly Role[];
}

/** The steps in order. Checklist: phases 1 to 4, and the approval gates before them. */
export const plan = [
    { name: "baseline", weightPercent: 0, candidateReplicas: 1, sparePods: 0, soakMinutes: 24 * 60, approvals: [] },
    {
        name: "canary",
        weightPercent: 10,
        candidateReplicas: 1,
        sparePods: 1,
        soakMinutes: 15,
        approvals: ["tech-lead", "product-lead", "operations-lead", "security-review"],
    },
    { name: "quarter", weightPercent: 25, candidateReplicas: 3, sparePods: 0, soakMinutes: 30, approvals: [] },
    { name: "half", weightPercent: 50, candidateReplicas: 5, sparePods: 0, soakMinutes: 30, approvals: ["tech-lead", "operations-lead"] },
    { name: "full", weightPercent: 100, candidateReplicas: 6, sparePods: 0, soakMinutes: 120, approvals: ["tech-lead", "operations-lead"] },
] as const satisfies readonly Step[];

/**
 * Roles that must approve before a rollout is finished: from then on the old revision is gone, and the way back is another rollout. Checklist, 'Sign-Off',
 * 'Deployment Approval'.
 */
export const finishApprovals: readonly Role[] = ["tech-lead", "operations-lead", "product-lead"];

/** Pods that carry all traffic, at the least. While a rollout is under way the stable revision keeps this many, so that a rollback finds its capacity. */
export const fullReplicas = 6;

/** The autoscaler's bounds once a rollout is finished. Checklist, phase 4: 'HPA configured: 3-10'. */
export const steadyReplicas = { minimum: 3, maximum: 10 } as const;

/**
 * Time limits of watching, in minutes of the plan.
 *
 * A hold: as long as the longest soak of a step with a share of the traffic below 100 %, so that what needs more evidence may get as much again. Blind:
 * checklist, 'Quick Rollback (< 5 minutes)'. Status updates: checklist, 'Communication Plan'. An approval counts for a day: what was signed is today's.
 */
export const watchLimits: WatchLimits = { holdMinutes: 30, blindMinutes: 5, statusUpdateMinutes: 15, approvalMinutes: 24 * 60 };

/** Whether `percent` is the weight of a step. */
export function isWeight(percent: number): percent is Weight {
    return weights.some((weight) => weight === percent);
}

/** The step that gives the candidate `weightPercent`. */
export function stepAt(weightPercent: Weight): Step {
    return steps[weightPercent];
}

/** The step after `weightPercent`, or undefined at the last. */
export function nextStep(weightPercent: Weight): Step | undefined {
    return plan[weights.indexOf(weightPercent) + 1];
}

const [baseline, canary, quarter, half, full] = plan;
const steps: Readonly<Record<Weight, Step>> = { 0: baseline, 10: canary, 25: quarter, 50: half, 100: full };
