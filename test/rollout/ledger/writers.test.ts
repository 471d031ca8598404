import { describe, expect, it } from "vitest";

import { defined } from "../../../rollout/defined.ts";
import { canonicalDigest, canonicalJson } from "../../../rollout/ledger/canonical.ts";
import { append, fitted } from "../../../rollout/ledger/chain.ts";
import type { LedgerDraft } from "../../../rollout/ledger/ledger-record.ts";
import { verify } from "../../../rollout/ledger/verification.ts";
import { type LedgerWriters, writersIn } from "../../../rollout/ledger/writers.ts";
import { chainOf, draftOf, drafts, storedOf, timeAt, unsealed } from "./arbitraries.ts";

const writers: LedgerWriters = { deployers: ["ci"], operators: ["olga"], watchdog: "system:serviceaccount:shop:api-watchdog" };

/** Kinds of records that count when `identity` wrote one of each. */
function countingFrom(identity: string, verified = true, as: { readonly writers?: LedgerWriters } = { writers }): readonly string[] {
    const written = drafts.filter(({ kind }) => !["approval", "override"].includes(kind)).map((draft) => ({ ...draft, actor: { identity, verified } }));
    return verify(storedOf(chainOf(written)), [], as.writers).counting.map(({ kind }) => kind);
}

const byAnyUser = ["rolled-back", "note"];

describe("whose records count", () => {
    it.each([
        { who: "ci", counts: ["entered", "verdict", "rolled-back", "finished", "withdrawn", "watch", "checkpoint", "told", "not-told", "note"] },
        { who: "olga", counts: ["verdict", "rolled-back", "watch", "checkpoint", "told", "not-told", "note"] },
        { who: "system:serviceaccount:shop:api-watchdog", counts: ["verdict", "rolled-back", "watch", "told", "not-told", "note"] },
        { who: "eve", counts: byAnyUser },
        // What grants compares exactly.
        { who: "CI", counts: byAnyUser },
        { who: "ci ", counts: byAnyUser },
        { who: "system:serviceaccount:other:api-watchdog", counts: byAnyUser },
    ])("of $who: $counts", ({ who, counts }) => {
        expect(countingFrom(who)).toEqual(counts);
    });

    it("needs something that vouches for the writer", () => {
        expect(countingFrom("ci", false)).toEqual(byAnyUser);
    });

    it("is every user's where the stack names no writers", () => {
        expect(countingFrom("eve", false, defined({ writers: writersIn({ namespace: "shop", service: "api" }) }))).toHaveLength(10);
    });

    it("says of each record that does not count why, and stays whole", () => {
        const forged = chainOf([{ ...draftOf("told"), actor: { identity: "eve", verified: true } }]);
        expect(verify(storedOf(forged), [], writers)).toMatchObject({
            intact: true,
            records: [{ kind: "told" }],
            counting: [],
            uncounted: [{ sequence: 1, reason: "eve may not write records of kind told: ledger.writers names who may" }],
        });
    });

    it("never is a record that says that another user signed", () => {
        const forged = chainOf([{ ...draftOf("approval"), actor: { identity: "ci", verified: true } }]);
        expect(verify(storedOf(forged), [], writers).uncounted).toEqual([{ sequence: 1, reason: "ci wrote it, and it says that tess@example.com signed" }]);
    });

    it("never is one that something was found about", () => {
        const ahead = storedOf(chainOf([draftOf("note")])).map((entry) => ({ ...entry, createdAt: "2020-01-01T00:00:00.000Z" }));
        expect(verify(ahead)).toMatchObject({ intact: false, counting: [] });
    });
});

describe("a record with something in it that no program of this version writes", () => {
    /** The record of `draft` with `path` set to `value`, hashed as it is. */
    const withValue = (draft: LedgerDraft, path: readonly string[], value: unknown) => {
        const copy: Record<string, unknown> = { ...structuredClone(unsealed(append(undefined, draft, timeAt(0)))) };
        let at: object = copy;
        for (const key of path.slice(0, -1)) {
            const next: unknown = Reflect.get(at, key);
            if (typeof next !== "object" || next === null) {
                throw new RangeError(`there is no ${key}`);
            }
            at = next;
        }
        Reflect.set(at, path.at(-1) ?? "", value);
        return [{ sequence: 1, text: canonicalJson({ ...copy, hash: canonicalDigest(copy) }), createdAt: timeAt(0) }];
    };
    const actor = { identity: "ci", verified: true };

    it.each([
        { what: "an actor in the evidence", path: ["evidence", "evidence", "actor"], value: actor },
        { what: "an actor beside the evidence", path: ["evidence", "note"], value: { actor } },
        { what: "an actor in a revision's evidence", path: ["evidence", "evidence", "stable", "actor"], value: actor },
        { what: "an actor in an observation", path: ["evidence", "evidence", "stable", "cpuUtilisation", "actor"], value: actor },
        { what: "an actor in a histogram", path: ["evidence", "evidence", "stable", "latency", "value", "actor"], value: actor },
        { what: "an actor in the gateway's view", path: ["evidence", "evidence", "stable", "gateway", "requests", "value", "actor"], value: actor },
        { what: "an actor in a probe's result", path: ["evidence", "evidence", "probes", "health", "actor"], value: actor },
        { what: "an actor in the actor", path: ["actor", "actor"], value: actor },
        { what: "an actor in a revision", path: ["rollout", "stable", "actor"], value: actor },
        { what: "an actor in a reason", path: ["judgement", "reasons", "0", "actor"], value: actor },
        { what: "an actor in an approval", path: ["approvals", "0", "actor"], value: actor },
        { what: "a number that no computer counts exactly", path: ["evidence", "evidence", "windowSeconds"], value: 1e300 },
        { what: "a text without an end", path: ["text"], value: "x".repeat(200_000) },
        { what: "a name without an end", path: ["actor", "identity"], value: "x".repeat(2_000) },
    ])("can't be read: $what", ({ path, value }) => {
        expect(verify(withValue(draftOf("entered"), path, value))).toMatchObject({ intact: false, records: [], findings: [{ kind: "unreadable" }] });
    });

    it("but what 0.1.0 called the events is passed over", () => {
        const old = withValue(draftOf("entered"), ["evidence", "evidence", "stable", "formerEvents"], { kind: "missing", reason: "none" });
        expect(verify(old)).toMatchObject({ intact: true, counting: [{ kind: "entered" }] });
    });
});

describe("a text that is too long for a record", () => {
    it("is cut, and says so: a rollback is written down whatever its reason", () => {
        const { text } = fitted({ ...draftOf("rolled-back"), text: "é".repeat(400_000) }, 900_000);
        expect(text).toHaveLength(131_072);
        expect(text).toMatch(/é\.\.\. \(the text had 400000 characters\)$/);
    });
});
