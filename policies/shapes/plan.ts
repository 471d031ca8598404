/**
 * Settings of the rules that know the rollout plan: the steps, and what each asks.
 *
 * Their defaults are the plan of the production deployment checklist. They are repeated here because the pack is installed by itself, in projects with plans of their own; a test compares
 * them with rollout/plan/plan.ts.
 */
export const planSteps = {
    steps: { type: "array", items: { type: "number" }, default: [0, 10, 25, 50, 100], description: "Weights of the plan's steps, in percent, in order" },
} as const;

/** Fewest pods of the candidate at each step. */
export const planReplicas = {
    candidateReplicas: { type: "array", items: { type: "number" }, default: [1, 1, 3, 5, 6], description: "Fewest pods of the candidate at each step" },
} as const;

/** How long each step lasts at the least. */
export const planSoaks = {
    soakMinutes: {
        type: "array",
        items: { type: "number" },
        default: [1440, 15, 30, 30, 120],
        description: "How long each step lasts at the least, in minutes; the first, without users, in staging only",
    },
} as const;

/** Who approves before most users meet a candidate. */
export const planApprovals = {
    approvedFrom: { type: "integer", default: 50, minimum: 1, description: "Weight from which an approval is needed, in percent" },
    roles: { type: "array", items: { type: "string" }, default: ["tech-lead", "operations-lead"], description: "Roles that must approve, at the least" },
} as const;

/** Pods that carry all traffic. */
export const planFullReplicas = {
    fullReplicas: { type: "integer", default: 6, minimum: 1, description: "Pods that carry all traffic; the stable revision keeps them during a rollout" },
} as const;
