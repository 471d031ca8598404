import type { ApprovalStore } from "../../consent/live/approval-store.ts";
import type { TimedRoute } from "../../kubernetes/cluster-reader.ts";
import { defined } from "../../defined.ts";
import { forgeAuthors } from "../../forge/live/change-authors.ts";
import { reasonOf } from "../../kubernetes/api-server.ts";
import { type ApprovalPolicy, approvalPolicy } from "../../consent/approval.ts";
import type { Observation } from "../evidence.ts";
import type { Move } from "../../plan/move.ts";
import type { Role } from "../../plan/plan.ts";
import { variableName } from "../../profile/variables.ts";
import { scheduleFor } from "../../plan/schedule.ts";
import { type ConsentReading, approvals, missingRoles } from "./approvals.ts";
import { assess } from "./assessment.ts";
import type { JudgedRollout, JudgedTarget } from "./judged-rollout.ts";

/** As much of a rollout as says who made the change. */
export interface AuthoredRollout extends Pick<JudgedRollout, "ledger" | "stack"> {
    readonly target: Pick<JudgedTarget, "profile" | "approvals" | "timeScale" | "environment">;
}

/** Which approvals and signatures a stack accepts: by its config, and by who made the change, as the forge says where the config names one, and the pipeline in the variable CHANGE_AUTHOR. */
export async function policyOf(
    { target, ledger, stack }: AuthoredRollout,
    variables: Readonly<Record<string, string | undefined>> = process.env,
): Promise<ApprovalPolicy> {
    const variable = variableName(target.profile, "CHANGE_AUTHOR");
    const forge = stack?.forge === undefined ? undefined : await forgeAuthors({ forge: stack.forge, folder: stack.folder, ledger, variables });
    return approvalPolicy(target.approvals, scheduleFor(target.profile.plan, target).limits, { variable, told: variables[variable], ...defined({ forge }) });
}

/** Asks for the policy once, when it is needed. */
export function policyReader(rollout: AuthoredRollout): () => Promise<ApprovalPolicy> {
    let asking: Promise<ApprovalPolicy> | undefined;
    return () => (asking ??= policyOf(rollout));
}

/**
 * Roles whose approval `move` lacks: none where an override lifts that, or where only the order of steps is guarded.
 *
 * @param live the step that is live, which `move` leaves.
 */
export async function approvalsMissing(
    { target, consents, ledger, stack }: Pick<JudgedRollout, "target" | "consents" | "ledger" | "stack">,
    move: Move,
    live: TimedRoute,
): Promise<Observation<readonly Role[]>> {
    if (target.gates.kind === "order-only") {
        return { kind: "observed", value: [] };
    }
    const { plan } = target.profile;
    const policy = policyReader({ target, ledger, ...defined({ stack }) });
    const { read } = consentReader(consents);
    const { obstacles } = await assess(
        { conditions: [approvals(plan, read, policy)], readStep: () => Promise.resolve(live), readConsents: read, policy },
        move,
        true,
    );
    const reading = await read();
    if (obstacles.length === 0) {
        return { kind: "observed", value: [] };
    }
    return reading.kind === "unreadable"
        ? { kind: "missing", reason: reading.reason }
        : { kind: "observed", value: missingRoles(plan, move, reading.consents, await policy()) };
}

/** Reads approvals and overrides once, so that all that is decided at one time is decided on the same ones; again after `renew`. */
export function consentReader(consents: Pick<ApprovalStore, "read">): { readonly read: () => Promise<ConsentReading>; readonly renew: () => void } {
    let reading: Promise<ConsentReading> | undefined;
    return {
        read: () => {
            reading ??= consents.read().then(
                (read) => ({ kind: "read", consents: read }),
                (error: unknown) => ({ kind: "unreadable", reason: reasonOf(error) }),
            );
            return reading;
        },
        renew: () => {
            reading = undefined;
        },
    };
}
