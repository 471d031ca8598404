import { createHash } from "node:crypto";

import { type Approval, type ApprovalPolicy, type ApprovalState, approvalsFor } from "../consent/approval.ts";
import type { Role } from "../plan/plan.ts";
import type { RevisionReference } from "../route/revision.ts";

/** A role's word that one box of the checklist holds, for one content and for a limited time. Its digest is {@link signatureDigest}. */
export interface Signature extends Approval {
    /** Id of the box. */
    readonly box: string;
    /** Where the reader finds what it rests on. */
    readonly link?: string;
}

/** Days that a signature counts, unless the stack says otherwise: preparation begins three days before, and a rollout that waits over a weekend is still prepared. */
export const signatureDays = 7;

/** `sha256:<64 hex>` over the box and the content (image and config) of the revision that is rolled out. Another box, or other content, gives another digest. */
export function signatureDigest(box: string, candidate: RevisionReference): string {
    return `sha256:${createHash("sha256")
        .update(JSON.stringify(["checklist", box, candidate.digest]))
        .digest("hex")}`;
}

/** Arguments of {@link signatureOn}. */
export interface SignatureQuestion {
    readonly box: string;
    readonly role: Role;
    readonly candidate: RevisionReference;
    /** Every signature there is. */
    readonly signatures: readonly Signature[];
    /** The moment at which it must count: ISO 8601. */
    readonly now: string;
    /** Who may sign; the same people and rules as for approvals. */
    readonly policy: ApprovalPolicy;
    /** How long a signature counts at the most, in minutes. */
    readonly signatureMinutes: number;
}

/**
 * The signature that counts for a box, or why none does. The rules are those of approvals: verified where the stack requires it, listed for the role, and never
 * the author.
 */
export function signatureOn({
    box,
    role,
    candidate,
    signatures,
    now,
    policy,
    signatureMinutes,
}: SignatureQuestion): { readonly signature: Signature } | { readonly reasons: readonly string[] } {
    const own = signatures.filter((signature) => signature.box === box);
    const state: ApprovalState = approvalsFor({
        roles: [role],
        digest: signatureDigest(box, candidate),
        approvals: own,
        now,
        policy: { ...policy, approvalMinutes: signatureMinutes },
    });
    const [counting] = state.present;
    const signature = own.find((one) => one === counting);
    return signature === undefined ? { reasons: state.missing.flatMap(({ reasons }) => reasons) } : { signature };
}
