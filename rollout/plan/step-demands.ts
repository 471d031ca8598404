import type { Role } from "./plan.ts";
import { type RolloutRecord, weightOf } from "../route/record.ts";
import type { Schedule } from "./schedule.ts";

/** What a stack asks of a step forward: soaks, gates and approvals on its schedule, or nothing but the order of steps. */
export type Enforcement = { readonly kind: "full"; readonly schedule: Schedule } | { readonly kind: "order-only" };

/**
 * Annotations of the gate that say what the step requires, for readers that can't see the conditions themselves: people with kubectl, and the policy pack.
 *
 * They are a statement of the program and no evidence. What was really waited for and who really approved is in the ledger.
 */
export const demandAnnotations = {
    /** How long the step lasts at the least before the next one, in minutes. */
    soakMinutes: "nova.example.com/soak-minutes",
    /** Roles that had to approve before the step was entered: `tech-lead,operations-lead`, or `none`. */
    requiredApprovals: "nova.example.com/required-approvals",
} as const;

/** The annotations for the step that `record` is at. None without a candidate: there is no step then. */
export function encodeDemands(record: RolloutRecord, enforcement: Enforcement): Record<string, string> {
    if (record.kind === "steady") {
        return {};
    }
    const { soakMinutes, approvals } = demandsOf(record, enforcement);
    return {
        [demandAnnotations.soakMinutes]: String(soakMinutes),
        [demandAnnotations.requiredApprovals]: approvals.length === 0 ? "none" : approvals.join(","),
    };
}

function demandsOf(record: RolloutRecord, enforcement: Enforcement): { readonly soakMinutes: number; readonly approvals: readonly Role[] } {
    const step = enforcement.kind === "full" ? enforcement.schedule.steps.find(({ weightPercent }) => weightPercent === weightOf(record)) : undefined;
    return step ?? { soakMinutes: 0, approvals: [] };
}
