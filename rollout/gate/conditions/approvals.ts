import type { Consents } from "../../consent/live/approval-store.ts";
import { type ApprovalPolicy, type ApprovalState, approvalDigest, approvalsFor } from "../../consent/approval.ts";
import { type Move, describeMove } from "../../plan/move.ts";
import { type Role, type RolloutPlan, stepAt } from "../../plan/plan.ts";
import type { Condition, ConditionFinding } from "./condition.ts";

/** Approvals and overrides as they were found; a look that failed has its reason. */
export type ConsentReading = { readonly kind: "read"; readonly consents: Consents } | { readonly kind: "unreadable"; readonly reason: string };

/** Every role that the plan names has approved the step that is entered, with this content. */
export function approvals(plan: RolloutPlan, readConsents: () => Promise<ConsentReading>, policy: () => Promise<ApprovalPolicy>): Condition {
    return async ({ move }): Promise<ConditionFinding> => {
        const roles = rolesFor(plan, move);
        if (roles.length === 0) {
            return { obstacles: [], summary: "no approval needed" };
        }
        const reading = await readConsents();
        if (reading.kind === "unreadable") {
            return unmet(
                true,
                `the approvals of ${listed(roles)} can't be read: ${reading.reason}`,
                "make the API server reachable, then run the command again",
            );
        }
        const { approvals: given, now } = reading.consents;
        const { present, missing } = approvalsFor({ roles, digest: approvalDigest(move), approvals: given, now, policy: await policy() });
        if (missing.length > 0) {
            const problem = `${describeMove(move)} is not approved by ${missing.map(describeMissing).join(", nor by ")}`;
            const commands = missing.map(({ role }) => `'rollout approve --role ${role}'`).join(" and ");
            return { ...unmet(false, problem, `have it approved with ${commands}: see docs/approvals.md`), approvals: present };
        }
        const approvers = present.map(({ role, identity }) => `${role} (${identity})`);
        return { obstacles: [], summary: `approved by ${listed(approvers)}`, approvals: present };
    };
}

/** Roles that have not approved `move`. */
export function missingRoles(
    plan: RolloutPlan,
    move: Move,
    { approvals: given, now }: Pick<Consents, "approvals" | "now">,
    policy: ApprovalPolicy,
): readonly Role[] {
    const state = approvalsFor({ roles: rolesFor(plan, move), digest: approvalDigest(move), approvals: given, now, policy });
    return state.missing.map(({ role }) => role);
}

/** Roles that must approve a move: those of the step that it enters. */
export function rolesFor(plan: RolloutPlan, { to }: Move): readonly Role[] {
    return to === "finished" ? plan.finishApprovals : stepAt(plan, to).approvals;
}

function describeMissing({ role, reasons }: ApprovalState["missing"][number]): string {
    return reasons.length === 0 ? role : `${role} (${reasons.join("; ")})`;
}

function listed(words: readonly string[]): string {
    return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1) ?? ""}`;
}

function unmet(notEvaluated: boolean, problem: string, fix: string): ConditionFinding {
    return { obstacles: [{ id: "approvals", liftable: true, notEvaluated, problem, fix }], summary: "" };
}
