import { definePlan } from "../rollout/plan/plan.ts";

/**
 * The rollout plan of the service. The numbers come from the production deployment checklist (docs/rollout-plan.md lists the section of each). They are
 * requirements.
 */
export const plan = definePlan({
    // Checklist: phases 1 to 4, and the approval gates before them.
    steps: [
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
    ],
    roles: ["tech-lead", "product-lead", "operations-lead", "security-review"],
    // Checklist, 'Sign-Off', 'Deployment Approval'.
    finishApprovals: ["tech-lead", "operations-lead", "product-lead"],
    fullReplicas: 6,
    // Checklist, phase 4: 'HPA configured: 3-10'.
    steadyReplicas: { minimum: 3, maximum: 10 },
    // A hold: as long as the longest soak of a step with a share of the traffic below 100 %, so that what needs more evidence may get as much again. Blind:
    // checklist, 'Quick Rollback (< 5 minutes)'. Status updates: checklist, 'Communication Plan'. An approval counts for a day: what was signed is today's.
    watchLimits: { holdMinutes: 30, blindMinutes: 5, statusUpdateMinutes: 15, approvalMinutes: 24 * 60 },
});
