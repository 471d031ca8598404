import { describe, expect, it } from "vitest";

import type { Consents } from "../../../../rollout/consent/live/approval-store.ts";
import { type ConsentReading, approvals, rolesFor } from "../../../../rollout/gate/conditions/approvals.ts";
import { type Approval, type ApprovalPolicy, approvalDigest } from "../../../../rollout/consent/approval.ts";
import type { Move } from "../../../../rollout/plan/move.ts";
import type { Role } from "../../../../rollout/plan/plan.ts";
import { move, question } from "./moves.ts";
import { plan } from "../../../../service/plan.ts";

const half: Move = { ...move, from: 25, to: 50 };
const policy: ApprovalPolicy = {
    roles: {},
    requireVerifiedIdentity: false,
    authors: { kind: "unknown", reason: "set ROLLOUT_CHANGE_AUTHOR" },
    approvalMinutes: 1_440,
};
const now = "2025-10-26T08:00:00.000Z";

function approvalBy(identity: string, role: Role, of: Move = half): Approval {
    return { role, identity, verified: true, digest: approvalDigest(of), at: "2025-10-26T07:30:00.000Z", expiresAt: "2025-10-26T09:00:00.000Z" };
}

const reading = (given: readonly Approval[]): ConsentReading => ({
    kind: "read",
    consents: { approvals: given, overrides: [], problems: [], now } satisfies Consents,
});

describe("the approvals of a step", () => {
    it("are there when each role has signed", async () => {
        const given = [approvalBy("tess", "tech-lead"), approvalBy("olga", "operations-lead")];
        const finding = await approvals(
            plan,
            async () => reading(given),
            async () => policy,
        )(question({ move: half }));
        expect(finding).toEqual({ obstacles: [], summary: "approved by tech-lead (tess) and operations-lead (olga)", approvals: given });
    });

    it("that are missing are named, each with what is wrong with those that were given", async () => {
        const given = [approvalBy("tess", "tech-lead", move)];
        const { obstacles } = await approvals(
            plan,
            async () => reading(given),
            async () => policy,
        )(question({ move: half }));
        expect(obstacles).toEqual([
            {
                id: "approvals",
                liftable: true,
                notEvaluated: false,
                problem: "v2 from 25 % to 50 % is not approved by tech-lead (tess's is for another step or other content), nor by operations-lead",
                fix: "have it approved with 'rollout approve --role tech-lead' and 'rollout approve --role operations-lead': see docs/approvals.md",
            },
        ]);
    });

    it("that can't be read are missing", async () => {
        const { obstacles } = await approvals(
            plan,
            async () => ({ kind: "unreadable", reason: "no answer" }),
            async () => policy,
        )(question({ move: half }));
        expect(obstacles).toMatchObject([
            { id: "approvals", notEvaluated: true, problem: "the approvals of tech-lead and operations-lead can't be read: no answer" },
        ]);
    });

    it("are not asked for where the plan wants none", async () => {
        const condition = approvals(
            plan,
            async () => expect.unreachable("approvals were read"),
            async () => policy,
        );
        expect(await condition(question({ move }))).toEqual({ obstacles: [], summary: "no approval needed" });
    });

    it.each<{ what: string; of: Move; roles: readonly Role[] }>([
        { what: "the canary", of: { ...move, from: 0, to: 10 }, roles: ["tech-lead", "product-lead", "operations-lead", "security-review"] },
        { what: "the last step", of: { ...move, from: 50, to: 100 }, roles: ["tech-lead", "operations-lead"] },
        { what: "the finish", of: { ...move, from: 100, to: "finished" }, roles: ["tech-lead", "operations-lead", "product-lead"] },
    ])("are those of the step that is entered: $what", ({ of, roles }) => {
        expect(rolesFor(plan, of)).toEqual(roles);
    });
});
