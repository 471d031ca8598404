import { type ApprovalPolicy, endOf, mostSkewMs, whyNotSigner } from "./approval.ts";
import type { Role } from "../plan/plan.ts";
import { isNamed } from "./person.ts";
import { whyNoReason } from "./reason.ts";
import type { Criterion } from "../gate/criterion.ts";

/**
 * A person's decision to take one step although a condition is not met. It is bound to one content and one step, ends by itself, and stands in every report.
 */
export interface Override {
    /** `approvalDigest` (approval.ts) of the step. */
    readonly digest: string;
    /** Ids of the criteria or of the checklist's boxes that are lifted, or `soak`, or `approvals`. Never empty, and never a criterion that rolls back at once. */
    readonly lifts: readonly string[];
    /** Why, in a sentence. */
    readonly reason: string;
    /** Role that decided. Absent in overrides of 0.2.0 and before, which count for nothing any more. */
    readonly role?: Role;
    /** Who decided. */
    readonly identity: string;
    /** Whether something other than the person's own word vouches for the identity. */
    readonly verified: boolean;
    /** ISO 8601, UTC, by the API server's clock. */
    readonly at: string;
    /** ISO 8601, UTC. The override counts before this moment. */
    readonly expiresAt: string;
}

/** What an override can lift besides a criterion: the soak of the step that is left, and the approvals of the one that is entered. */
export const liftableConditions = ["soak", "approvals"] as const;

/**
 * What is wrong with an override before it is given. Empty when nothing is.
 *
 * @param criteria every criterion that is judged at the step that is left.
 * @param boxes ids of the checklist's boxes that the step needs. @default none
 */
export function overrideProblems(
    { lifts, reason }: Pick<Override, "lifts" | "reason">,
    criteria: readonly Criterion[],
    boxes: readonly string[] = [],
): readonly string[] {
    const liftable = criteria.filter(({ onBreach }) => onBreach !== "rollback").map(({ id }) => id);
    const known: readonly string[] = [...liftableConditions, ...liftable, ...boxes];
    const noReason = whyNoReason(reason);
    return [
        ...(lifts.length === 0 ? [`it lifts nothing: name at least one of ${known.join(", ")}`] : []),
        ...lifts
            .filter((id) => !known.includes(id))
            .map((id) =>
                criteria.some((criterion) => criterion.id === id)
                    ? `${id} rolls back at once, and no override lifts that`
                    : `${id} is no condition of this step: use ${known.join(", ")}`,
            ),
        ...(noReason === undefined ? [] : [`the reason ${noReason}: say in a sentence why`]),
    ];
}

/** Arguments of {@link overridesFor}. */
export interface OverrideQuestion {
    /** `approvalDigest` (approval.ts) of the step that is to be taken. */
    readonly digest: string;
    /** Every override there is, for whatever step. */
    readonly overrides: readonly Override[];
    /** When the present step was entered, by the API server's clock: ISO 8601. Undefined where that is not known: then none counts. */
    readonly enteredAt: string | undefined;
    /** Now, by the API server's clock: ISO 8601. */
    readonly now: string;
    readonly policy: ApprovalPolicy;
}

/** Which overrides count, and why each other one that was given for this step does not. */
export interface OverrideState {
    readonly counting: readonly Override[];
    readonly reasons: readonly string[];
}

/**
 * Which overrides count for a step.
 *
 * An override is given while the step that it lets the rollout leave is under way, and counts only when it is younger than that step. That uses it up: a
 * rollout that is rolled back and comes the same way again needs another one.
 */
export function overridesFor({ digest, overrides, enteredAt, now, policy }: OverrideQuestion): OverrideState {
    const judged = overrides
        .filter((override) => override.digest === digest)
        .map((override) => ({ override, reason: whyNot(override, enteredAt, now, policy) }));
    return {
        counting: judged.filter(({ reason }) => reason === undefined).map(({ override }) => override),
        reasons: judged.map(({ reason }) => reason).filter((reason) => reason !== undefined),
    };
}

function whyNot(override: Override, enteredAt: string | undefined, now: string, policy: ApprovalPolicy): string | undefined {
    const { role, identity, at, reason } = override;
    const [given, ends] = [Date.parse(at), endOf(override, policy)];
    const whose = `the override of ${identity}`;
    if (enteredAt === undefined) {
        return `${whose} can't be placed: it is not known when the step was entered`;
    }
    if (!(given >= Date.parse(enteredAt))) {
        return `${whose} was used up: it is of ${at}, and the step was entered at ${enteredAt}`;
    }
    if (given > Date.parse(now) + mostSkewMs) {
        return `${whose} is dated ${at}, which is later than now`;
    }
    if (!(Date.parse(now) < ends)) {
        return `${whose} expired at ${new Date(ends).toISOString()}`;
    }
    const noReason = whyNoReason(reason);
    if (noReason !== undefined) {
        return `${whose} gives no reason: it ${noReason}`;
    }
    if (role === undefined) {
        return `${whose} does not count: it names no role. Give it again with 'rollout override --role <role>'`;
    }
    const signer = whyNotSigner(override, policy);
    if (signer !== undefined) {
        return `${whose} does not count: ${signer}`;
    }
    const why = whyNotOverriding(role, identity, policy);
    return why === undefined ? undefined : `${whose} does not count: ${why}`;
}

/** Why a user may not override, or take a rollback's mark away, for a role. Where the stack lists people for any role, a role without a list is open to none. */
export function whyNotOverriding(role: Role, identity: string, { roles }: Pick<ApprovalPolicy, "roles">): string | undefined {
    const open = Object.keys(roles).length === 0;
    return open || isNamed(roles[role] ?? [], identity) ? undefined : `${identity} may not act as ${role}`;
}
