import { approvalDigest, approvalsFor } from "../consent/approval.ts";
import { defined } from "../defined.ts";
import { stepAt } from "../plan/plan.ts";
import type { Destination } from "../plan/move.ts";
import { linkTo } from "./history.ts";
import { signatureOn } from "./signature.ts";
import { type Established, open } from "./state.ts";
import type { Asked } from "./asked.ts";

/** Establishes a box by a role's signature on it, or by the role's approval of the step. */
export function byRole(asked: Asked<"attested">): Established {
    const { approves } = asked.way;
    return approves === undefined ? bySignature(asked) : byApproval(asked, approves);
}

function bySignature({ box, way: { role }, facts, asOf }: Asked<"attested">): Established {
    const { candidate, signatures, policy, signatureMinutes } = facts;
    if (signatures.kind === "missing") {
        return open(`the signatures can't be read: ${signatures.reason}`);
    }
    if (candidate === undefined) {
        return open("there is nothing to sign for");
    }
    const found = signatureOn({ box: box.id, role, candidate, signatures: signatures.value, now: asOf, policy, signatureMinutes });
    if ("reasons" in found) {
        return open(found.reasons.length === 0 ? `${role} has not signed` : `${role} has not signed: ${found.reasons.join("; ")}`);
    }
    const { identity, verified, digest, at, note, link } = found.signature;
    const vouched = verified ? "" : ", which nothing vouches for";
    return {
        state: "holds",
        text: `${role} signed, as ${identity}${vouched}${note === undefined ? "" : `: ${note}`}`,
        at,
        evidence: { kind: "signature", identity, digest, ...defined({ link }) },
    };
}

function byApproval({ way: { role }, facts, history }: Asked<"attested">, approves: Destination): Established {
    const entered = history.entered(approves);
    if (entered !== undefined) {
        const kept = "approvals" in entered ? entered.approvals.find((approval) => approval.role === role) : undefined;
        return kept === undefined
            ? { state: "failed", text: `the step was taken without an approval of ${role}`, at: entered.at, evidence: linkTo(entered) }
            : { state: "holds", text: `${role} approved, as ${kept.identity}`, at: kept.at, evidence: linkTo(entered) };
    }
    const { live, approvals, policy, now, schedule } = facts;
    if (live?.move.to !== approves) {
        return open("the step that it is an approval of does not come next");
    }
    if (approvals.kind === "missing") {
        return open(`the approvals can't be read: ${approvals.reason}`);
    }
    const roles = approves === "finished" ? schedule.plan.finishApprovals : stepAt(schedule.plan, approves).approvals;
    // All roles of the step are evaluated together: one person acts for one of them.
    const { present, missing } = approvalsFor({ roles, digest: approvalDigest(live.move), approvals: approvals.value, now, policy });
    const own = present.find((approval) => approval.role === role);
    const reasons = missing.find((one) => one.role === role)?.reasons ?? [];
    return own === undefined
        ? open(`${role} has not approved${reasons.length === 0 ? "" : `: ${reasons.join("; ")}`}`)
        : {
              state: "holds",
              text: `${role} approved, as ${own.identity}`,
              at: own.at,
              evidence: { kind: "approval", identity: own.identity, digest: own.digest },
          };
}
