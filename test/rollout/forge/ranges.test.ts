import { describe, expect, it } from "vitest";

import { changeRanges } from "../../../rollout/forge/ranges.ts";
import { append } from "../../../rollout/ledger/chain.ts";
import { type LedgerDraft, type LedgerRecord, genesis } from "../../../rollout/ledger/ledger-record.ts";

const reference = (name: string) => ({ name, digest: `sha256:${name.padEnd(64, "0").slice(0, 64)}` });
const [v1, v2, v3] = [reference("a1"), reference("a2"), reference("a3")];
const actor = { identity: "deployer", verified: true } as const;
type Change = Pick<LedgerDraft, "rollout" | "commit"> & { readonly kind: "entered" | "rolled-back" | "withdrawn" | "finished" | "note" };

const started: Change = { kind: "entered", rollout: { stable: v1, from: 0, to: 0 }, commit: "start" };
const declared: Change = { kind: "entered", rollout: { stable: v1, candidate: v2, from: 0, to: 0 }, commit: "declare" };
const declaredOutside: Change = { kind: "entered", rollout: declared.rollout };
const canary: Change = { kind: "entered", rollout: { stable: v1, candidate: v2, from: 0, to: 10 }, commit: "canary" };
const rolledBack: Change = { kind: "rolled-back", rollout: { stable: v1, candidate: v2, from: 10, to: 0 }, commit: "back" };
const byWatchdog: Change = { kind: "rolled-back", rollout: { stable: v1, candidate: v2, from: 10, to: 0 } };
const withdrawn: Change = { kind: "withdrawn", rollout: { stable: v1, candidate: v2, from: 0, to: 0 }, commit: "withdraw" };
const finished: Change = { kind: "finished", rollout: { stable: v1, candidate: v2, from: 100, to: "finished" }, commit: "finish" };
const next: Change = { kind: "entered", rollout: { stable: v2, candidate: v3, from: 0, to: 0 }, commit: "next" };
const noted: Change = { kind: "note", rollout: { stable: v1, candidate: v2, from: 10, to: 10 }, commit: "note" };

function ledger(...changes: readonly Change[]): readonly LedgerRecord[] {
    const records: LedgerRecord[] = [];
    for (const change of changes) {
        records.push(append(records.at(-1) ?? genesis, { actor, text: "", ...change }, "2026-01-01T00:00:00.000Z"));
    }
    return records;
}

describe("the commits that a step is made of", () => {
    it.each<{ what: string; changes: readonly Change[]; ranges: readonly (readonly [string, string])[] }>([
        {
            what: "the one that declared the candidate, and all since, before the canary",
            changes: [started, declared],
            ranges: [
                ["start", "declare"],
                ["declare", "HEAD"],
            ],
        },
        {
            what: "those of the candidate and those since the canary, before the next step",
            changes: [started, declared, canary],
            ranges: [
                ["start", "declare"],
                ["canary", "HEAD"],
            ],
        },
        {
            what: "the same after a rollback, and those since",
            changes: [started, declared, canary, rolledBack],
            ranges: [
                ["start", "declare"],
                ["back", "HEAD"],
            ],
        },
        {
            what: "those since the step, where a watchdog took it back",
            changes: [started, declared, canary, byWatchdog],
            ranges: [
                ["start", "declare"],
                ["canary", "HEAD"],
            ],
        },
        { what: "those since, where the candidate was withdrawn", changes: [started, declared, withdrawn], ranges: [["withdraw", "HEAD"]] },
        {
            what: "all of a candidate that was withdrawn and declared again",
            changes: [started, declared, withdrawn, { ...declared, commit: "again" }],
            ranges: [
                ["start", "declare"],
                ["again", "HEAD"],
            ],
        },
        {
            what: "those of the next candidate alone, after a rollout",
            changes: [started, declared, canary, finished, next],
            ranges: [
                ["finish", "next"],
                ["next", "HEAD"],
            ],
        },
        {
            what: "what other records say plays no part",
            changes: [started, declared, canary, noted],
            ranges: [
                ["start", "declare"],
                ["canary", "HEAD"],
            ],
        },
        {
            what: "further back where a record names no commit",
            changes: [started, declaredOutside, canary],
            ranges: [
                ["start", "canary"],
                ["canary", "HEAD"],
            ],
        },
    ])("are $what", ({ changes, ranges }) => {
        expect(changeRanges(ledger(...changes), "HEAD")).toEqual({ kind: "known", ranges: ranges.map(([base, head]) => ({ base, head })) });
    });

    it("are none where nothing was committed since", () => {
        expect(changeRanges(ledger(started), "start")).toEqual({ kind: "known", ranges: [] });
    });

    it.each<{ what: string; changes: readonly Change[]; reason: RegExp }>([
        { what: "an empty ledger", changes: [], reason: /no change of the route yet/ },
        { what: "a first record that holds the candidate already", changes: [declared], reason: /before the candidate was declared/ },
        { what: "records without commits", changes: [byWatchdog], reason: /^no change of the route on record names its commit/ },
    ])("can't be said of $what", ({ changes, reason }) => {
        const found = changeRanges(ledger(...changes), "HEAD");
        expect(found.kind === "unknown" ? found.reason : "").toMatch(reason);
    });
});
