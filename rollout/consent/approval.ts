import { createHash } from "node:crypto";

import type { Role } from "../plan/plan.ts";
import type { Move } from "../plan/move.ts";
import { type AuthorQuestion, type ChangeAuthors, changeAuthors } from "./authors.ts";
import { isNamed, maySamePerson, personOf } from "./person.ts";

/** A role's agreement to one step forward of one content. It counts for nothing else, and for a limited time. */
export interface Approval {
    readonly role: Role;
    /** Who approved. */
    readonly identity: string;
    /** Whether something other than the person's own word vouches for the identity. */
    readonly verified: boolean;
    /** {@link approvalDigest} of what was approved. */
    readonly digest: string;
    /** ISO 8601, UTC, by the API server's clock. */
    readonly at: string;
    /** ISO 8601, UTC. The approval counts before this moment. */
    readonly expiresAt: string;
    /** What the approver wants to be read. */
    readonly note?: string;
}

/** Which approvals a stack accepts. */
export interface ApprovalPolicy {
    /** Who may act for a role, exactly as the API server names them. A role that is not listed is open to every user. */
    readonly roles: Readonly<Record<Role, readonly string[]>>;
    /** Whether an identity that nothing vouches for is refused. The authors of the change must be known then too. */
    readonly requireVerifiedIdentity: boolean;
    /** Who made the change: never one of its approvers. */
    readonly authors: ChangeAuthors;
    /** How long an approval counts at the most, in minutes, whatever it says itself. */
    readonly approvalMinutes: number;
}

/**
 * The policy of a stack.
 *
 * @param configured `approvals` of the stack config.
 * @param made what the pipeline and the forge say of who made the change.
 */
export function approvalPolicy(
    { roles, requireVerifiedIdentity, identities }: Pick<ApprovalPolicy, "roles" | "requireVerifiedIdentity"> & Pick<AuthorQuestion, "identities">,
    { approvalMinutes }: Pick<ApprovalPolicy, "approvalMinutes">,
    made: Pick<AuthorQuestion, "variable" | "told" | "forge">,
): ApprovalPolicy {
    return { roles, requireVerifiedIdentity, approvalMinutes, authors: changeAuthors({ ...made, identities, required: requireVerifiedIdentity }) };
}

/** Which of the roles that a step needs have approved. */
export interface ApprovalState {
    readonly present: readonly Approval[];
    readonly missing: readonly {
        readonly role: Role;
        /** Why each approval that was given for the role does not count. Empty where none was given. */
        readonly reasons: readonly string[];
    }[];
}

/** `sha256:<64 hex>` over both revisions' content (image and config) and the weights. Other content, or another step, gives another digest. */
export function approvalDigest({ stable, candidate, from, to }: Move): string {
    const content = JSON.stringify([stable.digest, candidate.digest, from, to]);
    return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}

/** Arguments of {@link approvalsFor}. */
export interface ApprovalQuestion {
    /** Roles that must approve. */
    readonly roles: readonly Role[];
    /** {@link approvalDigest} of the step that is to be taken. */
    readonly digest: string;
    /** Every approval there is, for whatever step. */
    readonly approvals: readonly Approval[];
    /** Now, by the API server's clock: ISO 8601. */
    readonly now: string;
    readonly policy: ApprovalPolicy;
}

/**
 * Which roles have approved a step, and which have not.
 *
 * One person acts for one role, whatever the config lists: four signatures must be four looks at a change. Where one person approved for
 * several roles, the assignment is chosen that fills the most.
 */
export function approvalsFor({ roles, digest, approvals, now, policy }: ApprovalQuestion): ApprovalState {
    const judged = approvals
        .filter(({ role }) => roles.includes(role))
        .toSorted((left, right) => (left.at < right.at ? 1 : -1))
        .map((approval) => ({ approval, reason: approval.digest === digest ? whyNot(approval, now, policy) : otherContent(approval, now, policy) }));
    const eligible = judged.filter(({ approval, reason }) => approval.digest === digest && reason === undefined).map(({ approval }) => approval);
    const assigned = assign(roles, eligible);
    const missing = roles.filter((role) => !assigned.has(role));
    return {
        present: roles.map((role) => assigned.get(role)).filter((approval) => approval !== undefined),
        missing: missing.map((role) => ({
            role,
            reasons: [
                ...judged.filter(({ approval }) => approval.role === role).map(({ reason }) => reason),
                ...eligible
                    .filter((approval) => approval.role === role)
                    .map(({ identity }) => `${identity} acts for another role already, and one person acts for one`),
            ].filter((reason) => reason !== undefined),
        })),
    };
}

/** Why nothing that `identity` signs may count, or undefined when it may. */
export function whyNotSigner(
    { identity, verified }: Pick<Approval, "identity" | "verified">,
    { requireVerifiedIdentity, authors }: ApprovalPolicy,
): string | undefined {
    if (requireVerifiedIdentity && !verified) {
        return `nothing vouches that it was ${identity}`;
    }
    if (authors.kind === "unknown") {
        return requireVerifiedIdentity ? `it can't be said whether ${identity} is an author of the change: ${authors.reason}` : undefined;
    }
    return authors.identities.some((author) => maySamePerson(author, identity)) ? `${identity} is an author of the change` : undefined;
}

/** When something that was signed at `at` ends to count: what it says itself, but never later than the policy lets it. */
export function endOf({ at, expiresAt }: Pick<Approval, "at" | "expiresAt">, { approvalMinutes }: ApprovalPolicy): number {
    return Math.min(Date.parse(expiresAt), Date.parse(at) + approvalMinutes * 60_000);
}

function whyNot(approval: Approval, now: string, policy: ApprovalPolicy): string | undefined {
    const { role, identity, at } = approval;
    const allowed = policy.roles[role];
    const ends = endOf(approval, policy);
    if (!(Date.parse(at) <= Date.parse(now) + mostSkewMs)) {
        return `${identity}'s is dated ${at}, which is later than now`;
    }
    if (!(Date.parse(now) < ends)) {
        return `${identity}'s expired${Number.isNaN(ends) ? "" : ` at ${new Date(ends).toISOString()}`}`;
    }
    return allowed !== undefined && !isNamed(allowed, identity) ? `${identity} may not act as ${role}` : whyNotSigner(approval, policy);
}

/** Remark on an approval for another step. Undefined once it is too old to count for anything. */
function otherContent(approval: Approval, now: string, policy: ApprovalPolicy): string | undefined {
    return Date.parse(now) < endOf(approval, policy) ? `${approval.identity}'s is for another step or other content` : undefined;
}

/** Gives as many roles as possible an approver each, no person twice: augmenting paths over who approved for what. */
function assign(roles: readonly Role[], eligible: readonly Approval[]): ReadonlyMap<Role, Approval> {
    const assigned = new Map<Role, Approval>();
    const place = (role: Role, tried: Set<string>): boolean => {
        for (const approval of eligible.filter((candidate) => candidate.role === role)) {
            const person = personOf(approval.identity);
            if (tried.has(person)) {
                continue;
            }
            tried.add(person);
            const [holding] = [...assigned].find(([, other]) => personOf(other.identity) === person) ?? [];
            if (holding === undefined || place(holding, tried)) {
                assigned.set(role, approval);
                return true;
            }
        }
        return false;
    };
    roles.forEach((role) => place(role, new Set()));
    return assigned;
}

/** Difference between the clocks of two API servers that is taken for normal, in milliseconds. */
export const mostSkewMs = 60_000;
