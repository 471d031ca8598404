import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { type Approval, type ApprovalPolicy, approvalDigest, approvalPolicy, approvalsFor } from "../../../rollout/consent/approval.ts";
import type { Move } from "../../../rollout/plan/move.ts";
import type { Role } from "../../../rollout/plan/plan.ts";
import { revision } from "../arbitraries.ts";
import { plan } from "../../../service/plan.ts";

const { roles } = plan;

const move: Move = { stable: revision("v1"), candidate: revision("v2"), from: 25, to: 50 };
const digest = approvalDigest(move);
const lenient: ApprovalPolicy = {
    roles: {},
    requireVerifiedIdentity: false,
    authors: { kind: "unknown", reason: "set ROLLOUT_CHANGE_AUTHOR" },
    approvalMinutes: 24 * 60,
};
const strict: ApprovalPolicy = { ...lenient, requireVerifiedIdentity: true, authors: { kind: "known", identities: ["ann@example.com"] } };
const now = "2025-10-26T12:00:00.000Z";

function approvalBy(identity: string, role: Role, change: Partial<Approval> = {}): Approval {
    return { role, identity, verified: true, digest, at: "2025-10-26T09:00:00.000Z", expiresAt: "2025-10-27T09:00:00.000Z", ...change };
}

/** Who acts for which role, and why a role is missing. */
function stateOf(approvals: readonly Approval[], policy: ApprovalPolicy = lenient, needed: readonly Role[] = ["tech-lead"]) {
    const { present, missing } = approvalsFor({ roles: needed, digest, approvals, now, policy });
    return { present: present.map(({ role, identity }) => `${role} ${identity}`), missing };
}

describe("the digest of a move", () => {
    it.each<{ what: string; other: Move }>([
        { what: "another candidate's content", other: { ...move, candidate: revision("v2", "other") } },
        { what: "another stable revision's content", other: { ...move, stable: revision("v1", "other") } },
        { what: "another step", other: { ...move, from: 10, to: 25 } },
        { what: "the finish", other: { ...move, from: 100, to: "finished" } },
    ])("is another one for $what", ({ other }) => {
        expect(approvalDigest(other)).not.toBe(digest);
    });

    it("is the same for the same content under another name", () => {
        expect(approvalDigest({ ...move, candidate: { ...move.candidate, name: "renamed" } })).toBe(digest);
    });
});

describe("an approval", () => {
    it("counts for its role, its content and its step", () => {
        expect(stateOf([approvalBy("tess", "tech-lead")])).toEqual({ present: ["tech-lead tess"], missing: [] });
    });

    it.each<{ what: string; approval: Approval; policy?: ApprovalPolicy; reason: string }>([
        { what: "expired", approval: approvalBy("tess", "tech-lead", { expiresAt: now }), reason: `tess's expired at ${now}` },
        {
            what: "is older than the policy lets it be, whatever it says itself",
            approval: approvalBy("tess", "tech-lead", { at: "2025-10-24T09:00:00.000Z", expiresAt: "2026-10-24T09:00:00.000Z" }),
            reason: "tess's expired at 2025-10-25T09:00:00.000Z",
        },
        { what: "has a time that can't be read", approval: approvalBy("tess", "tech-lead", { expiresAt: "soon" }), reason: "tess's expired" },
        {
            what: "is dated later than now",
            approval: approvalBy("tess", "tech-lead", { at: "2025-10-26T12:02:00.000Z" }),
            reason: "tess's is dated 2025-10-26T12:02:00.000Z, which is later than now",
        },
        {
            what: "is for other content",
            approval: approvalBy("tess", "tech-lead", { digest: approvalDigest({ ...move, candidate: revision("v2", "other") }) }),
            reason: "tess's is for another step or other content",
        },
        {
            what: "is by somebody who may not act for the role",
            approval: approvalBy("bob", "tech-lead"),
            policy: { ...lenient, roles: { "tech-lead": ["tess"] } },
            reason: "bob may not act as tech-lead",
        },
        {
            what: "is by somebody whom nothing vouches for, where that is asked",
            approval: approvalBy("tess", "tech-lead", { verified: false }),
            policy: strict,
            reason: "nothing vouches that it was tess",
        },
        {
            what: "is by the author of the change, however the name is written",
            approval: approvalBy("Ann@Example.com", "tech-lead"),
            policy: { ...lenient, authors: { kind: "known", identities: ["bob@example.com", "ann@example.com"] } },
            reason: "Ann@Example.com is an author of the change",
        },
        {
            what: "is for a change whose author is not known, where identities must be verified",
            approval: approvalBy("tess", "tech-lead"),
            policy: { ...lenient, requireVerifiedIdentity: true },
            reason: "it can't be said whether tess is an author of the change: set ROLLOUT_CHANGE_AUTHOR",
        },
    ])("does not count when it $what", ({ approval, policy = lenient, reason }) => {
        expect(stateOf([approval], policy)).toEqual({ present: [], missing: [{ role: "tech-lead", reasons: [reason] }] });
    });

    it("of an unverified identity counts where that is not asked", () => {
        expect(stateOf([approvalBy("tess", "tech-lead", { verified: false })]).missing).toEqual([]);
    });

    it("for another step is not mentioned once it is too old to count for anything", () => {
        const old = approvalBy("tess", "tech-lead", { digest: "sha256:other", expiresAt: now });
        expect(stateOf([old]).missing).toEqual([{ role: "tech-lead", reasons: [] }]);
    });

    it("for a role that is not needed changes nothing", () => {
        expect(stateOf([approvalBy("sam", "security-review")])).toEqual({ present: [], missing: [{ role: "tech-lead", reasons: [] }] });
    });

    it.each([
        { at: "2025-10-26T11:59:59.999Z", counts: true },
        { at: "2025-10-26T12:00:00.000Z", counts: true },
        { at: "2025-10-26T12:01:00.000Z", counts: true },
        { at: "2025-10-26T12:01:01.000Z", counts: false },
    ])("that is dated $at at noon counts: $counts", ({ at, counts }) => {
        expect(stateOf([approvalBy("tess", "tech-lead", { at })]).missing).toHaveLength(counts ? 0 : 1);
    });
});

describe("one person", () => {
    const both = ["tech-lead", "operations-lead"] as const;

    it("acts for one role, although both are signed", () => {
        const state = stateOf([approvalBy("tess", "tech-lead"), approvalBy("Tess", "operations-lead")], lenient, both);
        expect(state.present).toHaveLength(1);
        expect(state.missing).toEqual([{ role: "operations-lead", reasons: ["Tess acts for another role already, and one person acts for one"] }]);
    });

    it("makes room for another who can act for one role only", () => {
        const state = stateOf([approvalBy("tess", "tech-lead"), approvalBy("tess", "operations-lead"), approvalBy("bob", "tech-lead")], lenient, both);
        expect(state).toEqual({ present: ["tech-lead bob", "operations-lead tess"], missing: [] });
    });
});

describe("approvals of any people for any roles", () => {
    const anyApprovals = fc.array(fc.tuple(fc.constantFrom("a", "b", "c", "d"), fc.constantFrom(...roles)), { maxLength: 10 });

    it("fill as many roles as there are people for them, nobody twice", () => {
        fc.assert(
            fc.property(anyApprovals, (pairs) => {
                const { present } = approvalsFor({ roles, digest, approvals: pairs.map(([who, role]) => approvalBy(who, role)), now, policy: lenient });
                expect(new Set(present.map(({ identity }) => identity)).size).toBe(present.length);
                expect(present.every(({ identity, role }) => pairs.some(([who, what]) => who === identity && what === role))).toBe(true);
                expect(present).toHaveLength(mostFilled(roles, pairs, []));
            }),
        );
    });

    it("count for nothing else once the content changes", () => {
        fc.assert(
            fc.property(anyApprovals, (pairs) => {
                const other = approvalDigest({ ...move, candidate: revision("v2", "changed") });
                const { present } = approvalsFor({ roles, digest: other, approvals: pairs.map(([who, role]) => approvalBy(who, role)), now, policy: lenient });
                expect(present).toEqual([]);
            }),
        );
    });

    /** The most roles that can be filled, by trying everything. */
    function mostFilled(left: readonly Role[], pairs: readonly (readonly [string, Role])[], taken: readonly string[]): number {
        const [role, ...rest] = left;
        if (role === undefined) {
            return 0;
        }
        const people = pairs.filter(([who, what]) => what === role && !taken.includes(who)).map(([who]) => who);
        return Math.max(mostFilled(rest, pairs, taken), ...people.map((who) => 1 + mostFilled(rest, pairs, [...taken, who])));
    }
});

describe("an identity", () => {
    const frank = "frank@example.com";
    const lookAlikes = [
        "FRANK@example.com",
        "fran\u212A@example.com",
        "\u00A0frank@example.com",
        "frank@example.com\u2003",
        "fr\u200Bank@example.com",
        "frank\u00AD@example.com",
        "\uFF46rank@example.com",
        " frank@example.com",
    ];

    it.each(lookAlikes)("that only looks like one that may act for a role may not: %j", (identity) => {
        expect(stateOf([approvalBy(identity, "tech-lead")], { ...lenient, roles: { "tech-lead": [frank] } }).present).toEqual([]);
    });

    it.each(lookAlikes)("that may be an author's is refused: %j", (identity) => {
        expect(stateOf([approvalBy(identity, "tech-lead")], { ...lenient, authors: { kind: "known", identities: [frank] } }).present).toEqual([]);
    });

    it.each(lookAlikes)("that may be another's acts for no second role: %j", (identity) => {
        expect(
            stateOf([approvalBy(frank, "tech-lead"), approvalBy(identity, "operations-lead")], lenient, ["tech-lead", "operations-lead"]).present,
        ).toHaveLength(1);
    });

    it("that is granted is so exactly as it is listed", () => {
        expect(stateOf([approvalBy(frank, "tech-lead")], { ...lenient, roles: { "tech-lead": ["FRANK@example.com", frank] } }).present).toHaveLength(1);
    });
});

describe("a stack's policy", () => {
    const policyFor = (told: string | undefined, requireVerifiedIdentity: boolean, identities: Readonly<Record<string, string>> = {}) =>
        approvalPolicy({ roles: {}, requireVerifiedIdentity, identities }, { approvalMinutes: 1_440 }, { variable: "ROLLOUT_CHANGE_AUTHOR", told });

    it.each([undefined, "", "  ", ",", "\u00A0"])("knows no author where the pipeline names none: %j", (told) => {
        expect(policyFor(told, false)).toEqual(lenient);
    });

    it("takes the authors from the pipeline, each under the name that the API server has for the login", () => {
        expect(policyFor("OctoCat, bob\ncarol", true, { octocat: "ann@example.com", bob: "bob@example.com", carol: "carol@example.com" }).authors).toEqual({
            kind: "known",
            identities: ["ann@example.com", "bob@example.com", "carol@example.com"],
        });
    });

    it.each(["stranger", "octocat stranger", "toString", "__proto__"])("says which author has no entry, where identities must be verified: %s", (told) => {
        expect(policyFor(told, true, { octocat: "ann@example.com" }).authors).toEqual({
            kind: "unknown",
            reason: `add ${told.split(" ").at(-1) ?? ""} to approvals.identities, with the identity at the API server`,
        });
    });

    it("takes a login without an entry for an identity, where identities need not be verified", () => {
        expect(policyFor("ann", false).authors).toEqual({ kind: "known", identities: ["ann"] });
    });
});
