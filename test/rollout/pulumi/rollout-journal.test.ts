import { describe, expect, it } from "vitest";

import type { LedgerStore } from "../../../rollout/ledger/live/store.ts";
import type { AssessedGrounds } from "../../../rollout/gate/conditions/assessment.ts";
import type { RolloutChange } from "../../../rollout/pulumi/rollout-change.ts";
import { type RolloutJournalArgs, rolloutJournal } from "../../../rollout/pulumi/rollout-journal.ts";
import { append } from "../../../rollout/ledger/chain.ts";
import type { LedgerDraft } from "../../../rollout/ledger/ledger-record.ts";
import type { Move } from "../../../rollout/plan/move.ts";
import { transition } from "../../../rollout/route/transition.ts";
import { rolling, steady } from "../arbitraries.ts";
import { approval, evidence, judgement, override, timeAt } from "../ledger/arbitraries.ts";
import { plan } from "../../../service/plan.ts";

const grounds: AssessedGrounds = { judgement, evidence, approvals: [approval], overrides: [override] };
const forward: RolloutChange = {
    transition: transition(plan, { record: rolling(10), routedPercent: 10 }, rolling(25)),
    present: rolling(10),
    wanted: rolling(25),
};
const back: RolloutChange = { transition: { kind: "back", fromPercent: 25, to: 0 }, present: rolling(25), wanted: rolling(0) };
const finish: RolloutChange = { transition: { kind: "finish" }, present: rolling(100), wanted: steady("v2") };

/** A journal over a ledger in memory, and what was written and told. */
function journalWith(change: Partial<RolloutJournalArgs> = {}) {
    const drafts: LedgerDraft[] = [];
    const told: string[] = [];
    const asked: Move[] = [];
    const ledger: LedgerStore = {
        append: async (draft) => {
            drafts.push(draft);
            return { record: append(undefined, draft, timeAt(0)), warnings: [] };
        },
        read: async () => expect.unreachable("the ledger was read"),
    };
    const journal = rolloutJournal({
        ledger,
        actor: async () => ({ identity: "ci", verified: true }),
        commit: async () => "1f0c2a9",
        groundsOf: async (move) => {
            asked.push(move);
            return grounds;
        },
        log: {
            info: async (text) => void told.push(`info ${text}`),
            warn: async (text) => void told.push(`warn ${text}`),
        },
        ...change,
    });
    return { journal, drafts, told, asked };
}

describe("the journal", () => {
    it("keeps a step forward with who took it, from which commit, and what it was decided on", async () => {
        const { journal, drafts, asked } = journalWith();
        await journal(forward);
        expect(drafts).toMatchObject([
            {
                kind: "entered",
                actor: { identity: "ci", verified: true },
                commit: "1f0c2a9",
                rollout: { from: 10, to: 25 },
                judgement,
                evidence: { kind: "whole", evidence },
                approvals: [approval],
                overrides: [override],
            },
        ]);
        expect(asked).toMatchObject([{ from: 10, to: 25 }]);
    });

    it("keeps the finish with what it was decided on", async () => {
        const { journal, drafts, asked } = journalWith();
        await journal(finish);
        expect(drafts).toMatchObject([{ kind: "finished", judgement, approvals: [approval] }]);
        expect(asked).toMatchObject([{ from: 100, to: "finished" }]);
    });

    it("keeps a step back, for which nothing was asked", async () => {
        const { journal, drafts, asked } = journalWith();
        await journal(back);
        expect(drafts).toMatchObject([{ kind: "rolled-back", rollout: { from: 25, to: 0 } }]);
        expect(drafts).not.toMatchObject([{ judgement }]);
        expect(asked).toEqual([]);
    });

    it("names the new head, which proves later that nothing is gone", async () => {
        const { journal, told } = journalWith();
        await journal(back);
        expect(told).toEqual([expect.stringMatching(/^info ledger: record 1@sha256:[0-9a-f]{64}: v2 went back from 25 % to 0 %$/)]);
    });

    it("keeps why no evidence was asked for", async () => {
        const { journal, drafts } = journalWith({ groundsOf: async () => undefined, remark: "No soak, gate or approval was required: no Prometheus" });
        await journal(forward);
        expect(drafts).toMatchObject([{ text: "v2 went from 10 % to 25 %. No soak, gate or approval was required: no Prometheus" }]);
        expect(drafts[0]).not.toHaveProperty("approvals");
    });

    it("says nothing of evidence where traffic went back, which needs none", async () => {
        const { journal, drafts } = journalWith({ remark: "No soak, gate or approval was required: no Prometheus" });
        await journal(back);
        expect(drafts).toMatchObject([{ text: "v2 went back from 25 % to 0 %" }]);
    });

    it("writes nothing where nothing moved", async () => {
        const { journal, drafts } = journalWith();
        await journal({ transition: { kind: "unchanged" }, wanted: rolling(10), present: rolling(10) });
        expect(drafts).toEqual([]);
    });

    it.each<{ what: string; change: Partial<RolloutJournalArgs> }>([
        {
            what: "the ledger can't be written",
            change: { ledger: { append: async () => Promise.reject(new Error("it broke")), read: async () => expect.unreachable() } },
        },
        { what: "the actor can't be found out", change: { actor: async () => Promise.reject(new Error("it broke")) } },
        { what: "the grounds can't be found out", change: { groundsOf: async () => Promise.reject(new Error("it broke")) } },
    ])("warns and does not fail when $what: the traffic has moved", async ({ change }) => {
        const { journal, told } = journalWith(change);
        await journal(forward);
        expect(told).toEqual(["warn the change was made, and is not in the ledger: it broke. What to do: keep the output of this run, which says what moved."]);
    });

    it("hands on what the ledger warns of", async () => {
        const { journal, told } = journalWith({
            ledger: {
                append: async (draft) => ({ record: append(undefined, draft, timeAt(0)), warnings: ["the local copy can't be written"] }),
                read: async () => expect.unreachable(),
            },
        });
        await journal(back);
        expect(told).toContain("warn ledger: the local copy can't be written");
    });
});
