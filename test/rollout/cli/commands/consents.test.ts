import { describe, expect, it } from "vitest";

import { addApprove } from "../../../../rollout/cli/commands/approve.ts";
import { addOverride } from "../../../../rollout/cli/commands/override.ts";
import { addRetry } from "../../../../rollout/cli/commands/retry.ts";
import { addSign } from "../../../../rollout/cli/commands/sign.ts";
import { exitCode } from "../../../../rollout/cli/exit-code.ts";
import { UsageError } from "../../../../rollout/cli/session.ts";
import { approvalDigest } from "../../../../rollout/consent/approval.ts";
import { checklist } from "../../../../service/checklist/checklist.ts";
import type { LedgerDraft } from "../../../../rollout/ledger/ledger-record.ts";
import { nextMove } from "../../../../rollout/plan/move.ts";
import { revision, rolling, steady } from "../../arbitraries.ts";
import { fakeSession, runCommand, stepOf } from "../fake-session.ts";
import { plan } from "../../../../service/plan.ts";

const digest = approvalDigest(nextMove(plan, rolling(10)));

describe("rollout approve", () => {
    it("binds the approval to the next step and its content, as the API server knows the caller, and writes it down", async () => {
        const session = fakeSession();
        const ran = await runCommand(addApprove, session, ["approve", "--role", "tech-lead", "--note", "looked", "--json"]);
        const given = { role: "tech-lead", identity: "tess", verified: true, digest, note: "looked" };
        expect((await session.consents.read()).approvals).toMatchObject([given]);
        expect((await session.ledger.read()).records).toMatchObject([{ kind: "approval", approval: given, rollout: { from: 10, to: 25 } }]);
        expect(JSON.parse(ran.out)).toMatchObject({ move: { from: 10, to: 25 }, approval: given });
    });

    it("says that nothing vouches for an identity", async () => {
        const session = fakeSession({ actor: { identity: "me@laptop", verified: false } });
        expect((await runCommand(addApprove, session, ["approve", "--role", "tech-lead"])).out).toContain("as me@laptop, which nothing vouches for");
    });

    it.each([
        { what: "no candidate", live: stepOf(steady()), why: "there is no candidate" },
        { what: "no route", live: { kind: "absent" } as const, why: "there is no route" },
        { what: "an API server that is away", live: { kind: "unreachable", reason: "ECONNREFUSED" } as const, why: "ECONNREFUSED" },
    ])("approves nothing with $what", async ({ live, why }) => {
        const session = fakeSession({ live });
        const ran = await runCommand(addApprove, session, ["approve", "--role", "tech-lead"]);
        expect(ran).toMatchObject({ exitCode: exitCode.error, out: expect.stringContaining(why) as string });
        expect((await session.consents.read()).approvals).toEqual([]);
    });

    it.each([{ args: [] }, { args: ["--role", "boss"] }])("needs a role that there is: $args", async ({ args }) => {
        expect((await runCommand(addApprove, fakeSession(), ["approve", ...args])).error?.message).toMatch(/role/);
    });
});

describe("rollout override", () => {
    const reason = "an outage can't wait for the soak";

    it("lifts what is named for the next step, and writes it down", async () => {
        const session = fakeSession();
        await runCommand(addOverride, session, ["override", "--role", "operations-lead", "--lift", "soak", "approvals", "--reason", reason]);
        const given = { digest, lifts: ["soak", "approvals"], reason, role: "operations-lead", identity: "tess" };
        expect((await session.consents.read()).overrides).toMatchObject([given]);
        expect((await session.ledger.read()).records).toMatchObject([{ kind: "override", override: given }]);
    });

    it.each([
        { what: "what nobody may lift", lift: "rolled-back" },
        { what: "what there is not", lift: "weather" },
    ])("refuses $what as bad usage", async ({ lift }) => {
        const session = fakeSession();
        expect((await runCommand(addOverride, session, ["override", "--role", "operations-lead", "--lift", lift, "--reason", reason])).error).toBeInstanceOf(
            UsageError,
        );
        expect((await session.consents.read()).overrides).toEqual([]);
    });
});

describe("rollout retry", () => {
    const live = stepOf(rolling(0), { rolledBack: [{ revision: revision("v2"), reason: "errors" }] });

    it("writes down why before it takes the mark away", async () => {
        const order: string[] = [];
        const session = fakeSession({
            live,
            route: { clearRolledBack: async ({ revision: { name } }) => (order.push(`clear ${name}`), Promise.resolve({ kind: "cleared" })) },
        });
        const { ledger: whole } = session;
        const ledger = { ...whole, append: async (draft: LedgerDraft) => (order.push(draft.text), whole.append(draft)) };
        const ran = await runCommand(addRetry, { ...session, ledger }, ["retry", "--role", "operations-lead", "--reason", "a node was lost"]);
        expect(order).toEqual(["v2 may be tried again, says operations-lead: a node was lost", "clear v2"]);
        expect(ran.exitCode).toBe(exitCode.done);
    });

    it("changes nothing where the ledger can't be written", async () => {
        const session = fakeSession({ live });
        const ledger = { ...session.ledger, append: () => Promise.reject(new Error("403 Forbidden")) };
        const ran = await runCommand(addRetry, { ...session, ledger }, ["retry", "--role", "operations-lead", "--reason", "a node was lost"]);
        expect(ran).toMatchObject({ exitCode: exitCode.error, out: expect.stringContaining("nothing changed") as string });
        expect(ran.err).toContain("403 Forbidden");
    });

    it("says why the mark is still there", async () => {
        const session = fakeSession({ live, route: { clearRolledBack: async () => Promise.resolve({ kind: "failed", reason: "409 Conflict" }) } });
        const ran = await runCommand(addRetry, session, ["retry", "--role", "operations-lead", "--reason", "a node was lost"]);
        expect(ran).toMatchObject({ exitCode: exitCode.error, out: "not cleared: 409 Conflict" });
    });

    it("has nothing to try without a candidate", async () => {
        expect(
            await runCommand(addRetry, fakeSession({ live: stepOf(steady()) }), ["retry", "--role", "operations-lead", "--reason", "a node was lost"]),
        ).toMatchObject({ exitCode: exitCode.error });
    });

    it.each([
        { what: "a candidate that was never rolled back", marks: [] },
        { what: "a mark of another candidate", marks: [{ revision: revision("v9"), reason: "errors" }] },
    ])("claims nothing, and writes nothing down, with $what", async ({ marks }) => {
        const session = fakeSession({ live: stepOf(rolling(10), { rolledBack: marks }) });
        const ran = await runCommand(addRetry, session, ["retry", "--role", "operations-lead", "--reason", "a node was lost"]);
        expect(ran).toMatchObject({ exitCode: exitCode.error, out: expect.stringContaining("nothing to retry: v2 was not rolled back") as string });
        expect((await session.ledger.read()).records).toEqual([]);
    });

    it("does not claim what another did meanwhile", async () => {
        const session = fakeSession({ live, route: { clearRolledBack: async () => Promise.resolve({ kind: "not-marked" }) } });
        const ran = await runCommand(addRetry, session, ["retry", "--role", "operations-lead", "--reason", "a node was lost"]);
        expect(ran).toMatchObject({ exitCode: exitCode.error, out: expect.stringContaining("nothing was cleared") as string });
    });
});

describe.each([
    { command: "override", add: addOverride, args: ["override", "--lift", "soak"] },
    { command: "retry", add: addRetry, args: ["retry"] },
])("rollout $command", ({ add, args }) => {
    const reason = ["--reason", "the feeds were empty upstream"];
    const approvals = { roles: {}, requireVerifiedIdentity: false, identities: {} };

    it.each([
        { what: "no role", more: reason, names: /--role/ },
        { what: "a role that there is not", more: [...reason, "--role", "boss"], names: /boss/ },
        { what: "no reason", more: ["--role", "tech-lead"], names: /--reason/ },
        { what: "a reason of one word", more: ["--role", "tech-lead", "--reason", "because because because"], names: /different words/ },
        { what: "a reason of blanks", more: ["--role", "tech-lead", "--reason", " ".repeat(20)], names: /characters/ },
        {
            what: "a reason that looks like a secret",
            more: ["--role", "tech-lead", "--reason", "the old password=hunter2secret was wrong"],
            names: /looks like/,
        },
    ])("refuses $what as bad usage, and changes nothing", async ({ more, names }) => {
        const session = fakeSession();
        expect((await runCommand(add, session, [...args, ...more])).error?.message).toMatch(names);
        expect((await session.ledger.read()).records).toEqual([]);
    });

    it.each([
        { who: "a user whom the role does not list", approvals: { ...approvals, roles: { "tech-lead": ["theo"] } }, verified: true },
        { who: "a user of another role", approvals: { ...approvals, roles: { "operations-lead": ["tess"] } }, verified: true },
        { who: "a user whose name only looks like a listed one", approvals: { ...approvals, roles: { "tech-lead": ["TESS"] } }, verified: true },
        { who: "an identity that nothing vouches for", approvals: { ...approvals, requireVerifiedIdentity: true }, verified: false },
        { who: "a user who may be an author", approvals: { ...approvals, requireVerifiedIdentity: true }, verified: true },
    ])("refuses $who, and changes nothing", async ({ verified, ...target }) => {
        const session = fakeSession({ target: { approvals: target.approvals }, actor: { identity: "tess", verified } });
        expect(await runCommand(add, session, [...args, "--role", "tech-lead", ...reason])).toMatchObject({ exitCode: exitCode.hold });
        expect((await session.ledger.read()).records).toEqual([]);
        expect((await session.consents.read()).overrides).toEqual([]);
    });
});

describe("rollout sign", () => {
    const box = checklist.find(({ establishedBy }) => establishedBy.kind === "attested" && establishedBy.approves === undefined);
    const role = box?.establishedBy.kind === "attested" ? box.establishedBy.role : "tech-lead";
    const args = ["sign", box?.id ?? "", "--role", role, "--note", "looked at it"];

    it("signs boxes for the content of the candidate, and writes it down", async () => {
        const session = fakeSession();
        const ran = await runCommand(addSign, session, args);
        expect(ran.error).toBeUndefined();
        expect((await session.signatures.read()).signatures).toMatchObject([{ box: box?.id, role, identity: "tess", note: "looked at it" }]);
        expect((await session.ledger.read()).records).toMatchObject([{ kind: "signed", rollout: { candidate: revision("v2") } }]);
    });

    it.each([
        {
            what: "nobody who may act for the role",
            target: { approvals: { roles: { [role]: ["theo"] }, requireVerifiedIdentity: false, identities: {} } },
            verified: true,
        },
        {
            what: "nobody that nothing vouches for, where that is asked",
            target: { approvals: { roles: {}, requireVerifiedIdentity: true, identities: {} } },
            verified: false,
        },
    ])("lets sign $what", async ({ target, verified }) => {
        const session = fakeSession({ target, actor: { identity: "tess", verified } });
        const ran = await runCommand(addSign, session, args);
        expect(ran).toMatchObject({ exitCode: exitCode.hold, out: expect.stringContaining("not signed") as string });
        expect((await session.signatures.read()).signatures).toEqual([]);
    });

    it.each([
        { what: "a box that there is not", with: ["sign", "none", "--role", role, "--note", "x"] },
        { what: "nothing that it rests on", with: ["sign", box?.id ?? "", "--role", role] },
    ])("refuses $what as bad usage", async ({ with: given }) => {
        expect((await runCommand(addSign, fakeSession(), given)).error).toBeInstanceOf(UsageError);
    });
});
