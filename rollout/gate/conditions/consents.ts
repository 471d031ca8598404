import type { ApprovalStore } from "../../consent/live/approval-store.ts";
import type { TimedRoute } from "../../kubernetes/cluster-reader.ts";
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

/** Which approvals and signatures a stack accepts: by its config, and by who made the change, as the pipeline says in the variable CHANGE_AUTHOR. */
export function policyOf(
    target: Pick<JudgedTarget, "profile" | "approvals" | "timeScale" | "environment">,
    variables: Readonly<Record<string, string | undefined>> = process.env,
): ApprovalPolicy {
    const variable = variableName(target.profile, "CHANGE_AUTHOR");
    return approvalPolicy(target.approvals, scheduleFor(target.profile.plan, target).limits, { variable, told: variables[variable] });
}

/**
 * Roles whose approval `move` lacks: none where an override lifts that, or where only the order of steps is guarded.
 *
 * @param live the step that is live, which `move` leaves.
 */
export async function approvalsMissing(
    { target, consents }: Pick<JudgedRollout, "target" | "consents">,
    move: Move,
    live: TimedRoute,
): Promise<Observation<readonly Role[]>> {
    if (target.gates.kind === "order-only") {
        return { kind: "observed", value: [] };
    }
    const { plan } = target.profile;
    const policy = policyOf(target);
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
        : { kind: "observed", value: missingRoles(plan, move, reading.consents, policy) };
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
