import { describe, expect, it } from "vitest";

import { checklistHolds } from "../../../../rollout/gate/conditions/checklist.ts";
import { type FactSources, collectFacts } from "../../../../rollout/gate/conditions/checklist-facts.ts";
import { checklist } from "../../../../service/checklist/checklist.ts";
import type { Box } from "../../../../rollout/checklist/box.ts";
import { signatureDigest } from "../../../../rollout/checklist/signature.ts";
import { append, recordText } from "../../../../rollout/ledger/chain.ts";
import { verify } from "../../../../rollout/ledger/verification.ts";
import type { LedgerRecord } from "../../../../rollout/ledger/ledger-record.ts";
import { scheduleFor } from "../../../../rollout/plan/schedule.ts";
import { candidate, ledgerOf, minute, stable } from "../../checklist/facts.ts";
import { unsealed } from "../../ledger/arbitraries.ts";
import { question } from "./moves.ts";
import { plan } from "../../../../service/plan.ts";
import { profile } from "../../../../service/profile.ts";

const move = { stable, candidate, from: 10, to: 25 } as const;
const told = (message: "start" | "update") =>
    ({ kind: "told", message, delivered: [{ notifier: "slack", at: minute(0), attempts: 1 }], undelivered: [] }) as const;
const records = ledgerOf([0, { kind: "entered" }, { from: 0, to: 10 }], [1, told("start"), { from: 10, to: 10 }], [15, told("update"), { from: 10, to: 10 }]);
const signed = ["war-room", "deciders-there"].map((box) => ({
    box,
    role: "operations-lead" as const,
    identity: "olga",
    verified: true,
    digest: signatureDigest(box, candidate),
    at: minute(-9),
    expiresAt: minute(9_999),
}));

function sources(change: Partial<FactSources> = {}): FactSources {
    return {
        environment: "prod",
        schedule: scheduleFor(plan, { timeScale: 1, environment: "prod" }),
        policy: async () => ({
            roles: {},
            requireVerifiedIdentity: false,
            authors: { kind: "unknown", reason: "set ROLLOUT_CHANGE_AUTHOR" },
            approvalMinutes: 1_440,
        }),
        signatureDays: 7,
        ledger: async () => Promise.resolve({ intact: true, findings: [], counting: records }),
        signatures: async () => Promise.resolve({ signatures: signed, problems: [], now: minute(20) }),
        consents: async () => Promise.resolve({ kind: "unreadable", reason: "nobody asks" }),
        ...change,
    };
}

/** The same records, by another writer. */
const chained = (from: readonly LedgerRecord[], identity: string) => {
    let head: LedgerRecord | undefined;
    return from.map((record) => {
        head = append(head, { ...unsealed(record), actor: { identity, verified: true } }, record.at);
        return { sequence: head.sequence, text: recordText(head) };
    });
};

const found = async (change: Partial<FactSources> = {}, of: typeof move | { readonly from: 0; readonly to: 10 } = move) =>
    checklistHolds({ enforced: { enforced: true }, profile, sources: sources(change) })(question({ move: { ...move, ...of } }));

describe("the checklist as a condition of a step", () => {
    it("is met when each box that the step needs holds, and leaves the gate, the soak and the approvals to their own conditions", async () => {
        expect(await found()).toEqual({ obstacles: [], summary: "5 boxes of the checklist for v2 from 10 % to 25 % hold" });
    });

    it("names each box that is open, by the id that an override lifts it by, with what to do", async () => {
        const { obstacles } = await found({ signatures: async () => Promise.resolve({ signatures: [], problems: [], now: minute(20) }) });
        expect(obstacles).toEqual([
            {
                id: "war-room",
                liftable: true,
                notEvaluated: true,
                problem: "During Deployment: 'The war room is open' is open: operations-lead has not signed",
                fix: "have it signed with 'rollout sign war-room --role operations-lead'",
            },
            expect.objectContaining({ id: "deciders-there" }),
        ]);
    });

    it.each([
        [
            "is not whole",
            async () =>
                Promise.resolve({ intact: false, findings: [{ kind: "changed" as const, sequence: 2, text: "record 2 was changed" }], counting: records }),
        ],
        ["can't be read", async (): Promise<{ intact: boolean; findings: []; counting: readonly LedgerRecord[] }> => Promise.reject(new Error("no answer"))],
    ])("refuses by everything where the ledger %s", async (_, ledger) => {
        expect((await found({ ledger })).obstacles).toHaveLength(5);
    });

    it("closes no box by a record whose writer may not write it", async () => {
        const ofEve = chained(records, "eve@example.com");
        const ledger = (deployer: string) => async () =>
            Promise.resolve(verify(ofEve, [], { deployers: [deployer], operators: [], watchdog: "system:serviceaccount:prod:api-watchdog" }));
        expect((await found({ ledger: ledger("eve@example.com") })).obstacles).toEqual([]);
        expect((await found({ ledger: ledger("ci") })).obstacles.length).toBeGreaterThan(1);
    });

    it("refuses the first step where the stack's state can't be read, and says so", async () => {
        const { obstacles } = await found({ resources: async () => Promise.reject(new Error("no such stack")) }, { from: 0, to: 10 });
        expect(obstacles.find(({ id }) => id === "namespace")).toMatchObject({
            notEvaluated: true,
            problem: "Infrastructure Preparation: 'The namespace is declared' is open: the stack's state can't be read: no such stack",
        });
        expect(obstacles.find(({ id }) => id === "backups-scheduled")).toMatchObject({ notEvaluated: true });
    });

    it("says that the profile has no checklist where it has none, and looks at nothing", async () => {
        const { checklist: without, ...bare } = profile;
        expect(without).toHaveLength(220);
        const condition = checklistHolds({ enforced: { enforced: true }, profile: bare, sources: sources() }, () => Promise.reject(new Error("it looked")));
        expect(await condition(question({ move }))).toEqual({ obstacles: [], summary: "the profile has no checklist: no box is asked" });
    });

    it("asks nothing where the stack says why not, and shows the reason", async () => {
        const asked: Box[] = [];
        const condition = checklistHolds(
            { enforced: { enforced: false, reason: "a lab has no team" }, profile, sources: sources() },
            async (boxes, from, subject) => {
                asked.push(...boxes);
                return collectFacts(boxes, from, subject);
            },
        );
        expect(await condition(question({ move }))).toEqual({ obstacles: [], summary: "the checklist is not asked: a lab has no team" });
        expect(asked).toEqual([]);
    });
});

describe("the facts of a checklist", () => {
    it("are looked for only where a box needs them", async () => {
        const looked: string[] = [];
        const look = <T>(name: string, value: T) => {
            looked.push(name);
            return Promise.resolve(value);
        };
        const all = sources({ resources: () => look("stack", []), alerts: () => look("alerts", { kind: "observed", value: [] }) });
        await collectFacts(
            checklist.filter(({ blocks }) => blocks === 25),
            all,
            { candidate },
        );
        expect(looked).toEqual([]);
        await collectFacts(checklist, all, { candidate });
        expect(looked.toSorted()).toEqual(["alerts", "stack"]);
    });
});
