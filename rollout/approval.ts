import { createHash } from "node:crypto";

import type { Role } from "./plan.ts";
import type { Move } from "./move.ts";

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
    /** Who may act for a role. A role that is not listed may be taken by anybody. */
    readonly roles: Readonly<Partial<Record<Role, readonly string[]>>>;
    /** Whether an identity that nothing vouches for is refused. The author of the change must be known then too. */
    readonly requireVerifiedIdentity: boolean;
    /** Who made the change: never one of its approvers. Left out where it is not known. */
    readonly author?: string;
    /** How long an approval counts at the most, in minutes, whatever it says itself. */
    readonly approvalMinutes: number;
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

/** What is asked of {@link approvalsFor}. */
export interface ApprovalQuestion {
    /** Roles that must approve. */
    readonly roles: readonly Role[];
    /** {@link approvalDigest} of the step that is to be taken. */
    readonly digest: string;
    readonly approvals: readonly Approval[];
    /** Now, by the API server's clock: ISO 8601. */
    readonly now: string;
    readonly policy: ApprovalPolicy;
}
