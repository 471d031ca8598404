import { describe, expect, it } from "vitest";

import type { ApprovalPolicy } from "../../../rollout/consent/approval.ts";
import { criteriaAt, everyCriterionAt } from "../../../rollout/gate/criteria.ts";
import { type Override, overrideProblems, overridesFor } from "../../../rollout/consent/override.ts";
import { profile } from "../../../service/profile.ts";
import { weightsOf } from "../../../rollout/plan/plan.ts";
import { plan } from "../../../service/plan.ts";

const digest = `sha256:${"a".repeat(64)}`;
const policy: ApprovalPolicy = {
    roles: {},
    requireVerifiedIdentity: false,
    authors: { kind: "unknown", reason: "set ROLLOUT_CHANGE_AUTHOR" },
    approvalMinutes: 24 * 60,
};
const enteredAt = "2025-10-26T08:00:00.000Z";
const now = "2025-10-26T12:00:00.000Z";
const override: Override = {
    digest,
    lifts: ["soak"],
    reason: "the fix of an outage can't wait",
    role: "operations-lead",
    identity: "olga@example.com",
    verified: true,
    at: "2025-10-26T11:00:00.000Z",
    expiresAt: "2025-10-26T13:00:00.000Z",
};

function stateOf(change: Partial<Override>, question: Partial<Parameters<typeof overridesFor>[0]> = {}) {
    return overridesFor({ digest, overrides: [{ ...override, ...change }], enteredAt, now, policy, ...question });
}

describe("an override that somebody wants to give", () => {
    const criteria = everyCriterionAt(profile, 10);

    it.each([{ lifts: ["soak"] }, { lifts: ["approvals", "canary-error-ratio"] }])("may lift $lifts", ({ lifts }) => {
        expect(overrideProblems({ lifts, reason: override.reason }, criteria)).toEqual([]);
    });

    it.each(weightsOf(plan))("lifts nothing that rolls back at once, at %i %%", (weightPercent) => {
        for (const { id } of criteriaAt(profile, weightPercent).atOnce) {
            expect(overrideProblems({ lifts: [id], reason: override.reason }, everyCriterionAt(profile, weightPercent))).toEqual([
                `${id} rolls back at once, and no override lifts that`,
            ]);
        }
    });

    it("lifts something that the step is asked, and names what there is", () => {
        const [nothing] = overrideProblems({ lifts: [], reason: override.reason }, criteria);
        expect(nothing).toMatch(/^it lifts nothing: name at least one of soak, approvals, /);
        const [unknown] = overrideProblems({ lifts: ["everything"], reason: override.reason }, criteria);
        expect(unknown).toMatch(/^everything is no condition of this step: use soak, approvals, /);
    });

    it.each([
        { reason: "a node is gone", problems: 1 },
        { reason: "a node was gone", problems: 0 },
        { reason: "   a node is gone  ", problems: 1 },
        { reason: "a\u200b node\u2060\u00ad is gone", problems: 1 },
        { reason: " ".repeat(15), problems: 1 },
        { reason: "\u2800".repeat(15), problems: 1 },
        { reason: "a".repeat(15), problems: 1 },
        { reason: "because because Because BECAUSE", problems: 1 },
        { reason: "x y z a b c d e f g h", problems: 1 },
        { reason: "!!! ??? ... --- +++ ===", problems: 1 },
        { reason: "1 2 3 4 5 6 7 8 9 10 11 12", problems: 1 },
        { reason: "it needs the token password=hunter2secret", problems: 1 },
        { reason: "昨夜の障害の修正は待てないため早く出す", problems: 0 },
        { reason: "исправление сбоя не может ждать", problems: 0 },
        { reason: "", problems: 1 },
    ])("has a reason of some words: '$reason'", ({ reason, problems }) => {
        expect(overrideProblems({ lifts: ["soak"], reason }, criteria)).toHaveLength(problems);
    });

    it("is told everything that is wrong with it at once", () => {
        expect(overrideProblems({ lifts: ["error-ratio-at-once", "nothing"], reason: "ok" }, criteria)).toHaveLength(3);
    });
});

describe("an override", () => {
    it("of before roles were named counts for nothing, and says what to do", () => {
        const { role, ...former } = override;
        expect(role).toBeDefined();
        const { counting, reasons } = overridesFor({ digest, overrides: [former], enteredAt, now, policy });
        expect(counting).toEqual([]);
        expect(reasons).toEqual(["the override of olga@example.com does not count: it names no role. Give it again with 'rollout override --role <role>'"]);
    });

    it("counts while the step is under way for which it was given", () => {
        expect(stateOf({})).toEqual({ counting: [override], reasons: [] });
    });

    it("for another step or other content is none", () => {
        expect(stateOf({ digest: `sha256:${"b".repeat(64)}` })).toEqual({ counting: [], reasons: [] });
    });

    it.each<{ what: string; change?: Partial<Override>; question?: Partial<Parameters<typeof overridesFor>[0]>; reason: string }>([
        { what: "it expired", change: { expiresAt: now }, reason: `expired at ${now}` },
        {
            what: "it is older than the policy lets it be",
            change: { expiresAt: "2030-01-01T00:00:00.000Z" },
            question: { policy: { ...policy, approvalMinutes: 60 } },
            reason: `expired at ${now}`,
        },
        {
            what: "the step was left and entered again since",
            question: { enteredAt: "2025-10-26T11:00:01.000Z" },
            reason: "was used up: it is of 2025-10-26T11:00:00.000Z, and the step was entered at 2025-10-26T11:00:01.000Z",
        },
        {
            what: "it is not known when the step was entered",
            question: { enteredAt: undefined },
            reason: "can't be placed: it is not known when the step was entered",
        },
        {
            what: "it is dated later than now",
            change: { at: "2025-10-26T12:01:01.000Z" },
            reason: "is dated 2025-10-26T12:01:01.000Z, which is later than now",
        },
        { what: "it has a time that can't be read", change: { at: "now" }, reason: `was used up: it is of now, and the step was entered at ${enteredAt}` },
        { what: "it gives no reason", change: { reason: "because" }, reason: "gives no reason: it has fewer than 15 characters" },
        { what: "its reason says nothing", change: { reason: "aaaaaaaaaaaaaaaaa" }, reason: "gives no reason: it has fewer than 3 different words" },
        {
            what: "its giver acts for a role that has another name",
            question: { policy: { ...policy, roles: { "operations-lead": ["oskar"], "tech-lead": ["olga@example.com"] } } },
            reason: "does not count: olga@example.com may not act as operations-lead",
        },
        {
            what: "nothing vouches for who gave it, where that is asked",
            change: { verified: false },
            question: { policy: { ...policy, requireVerifiedIdentity: true, authors: { kind: "known", identities: ["ann"] } } },
            reason: "does not count: nothing vouches that it was olga@example.com",
        },
        {
            what: "its giver made the change",
            question: { policy: { ...policy, authors: { kind: "known", identities: ["Olga@example.com"] } } },
            reason: "does not count: olga@example.com is an author of the change",
        },
        {
            what: "its giver may act for no role, where roles have names",
            question: { policy: { ...policy, roles: { "tech-lead": ["tess"] } } },
            reason: "does not count: olga@example.com may not act as operations-lead",
        },
    ])("does not count when $what", ({ change = {}, question = {}, reason }) => {
        expect(stateOf(change, question)).toEqual({ counting: [], reasons: [`the override of olga@example.com ${reason}`] });
    });

    it("may be given by whoever acts for any role", () => {
        expect(stateOf({}, { policy: { ...policy, roles: { "operations-lead": ["olga@example.com"] } } }).counting).toHaveLength(1);
    });

    it("given in the second in which the step was entered counts", () => {
        expect(stateOf({ at: enteredAt }).counting).toHaveLength(1);
    });
});
