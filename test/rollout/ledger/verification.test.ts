import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { z } from "zod";

import { defined } from "../../../rollout/defined.ts";
import { canonicalDigest, canonicalJson } from "../../../rollout/ledger/canonical.ts";
import { append, recordText } from "../../../rollout/ledger/chain.ts";
import { type StoredRecord, headIn } from "../../../rollout/ledger/reading.ts";
import type { LedgerDraft, LedgerRecord } from "../../../rollout/ledger/ledger-record.ts";
import { verify } from "../../../rollout/ledger/verification.ts";
import { anyDraft, chainOf, draftOf, drafts, headOf, nth, storedOf, timeAt, unsealed } from "./arbitraries.ts";

const records = chainOf(drafts);
const stored = storedOf(records);
const newest = records.length;
const anyChain = fc.array(anyDraft, { minLength: 1, maxLength: 6 }).map((entries) => storedOf(chainOf(entries)));

/** What was found, as short text. */
function found(entries: readonly StoredRecord[], known: Parameters<typeof verify>[1] = []): readonly string[] {
    return verify(entries, known).findings.map(({ kind, sequence }) => `${kind} ${String(sequence)}`);
}

function without(sequence: number): readonly StoredRecord[] {
    return stored.filter((entry) => entry.sequence !== sequence);
}

/** Record `sequence` with a change, hashed again by somebody who knows how. */
function forged(sequence: number, change: Partial<LedgerDraft>): StoredRecord {
    const { hash, ...content } = { ...nth(records, sequence - 1), ...change };
    expect(hash).toBeDefined();
    return { sequence, text: canonicalJson({ ...content, hash: canonicalDigest(content) }), createdAt: timeAt(sequence - 1) };
}

/** The ledger with a change in record `sequence`, and every later one hashed again after it, by somebody who knows how. */
function forgedOnward(sequence: number, change: Partial<Pick<LedgerRecord, "at">>, createdAt: string): readonly StoredRecord[] {
    let previousHash = nth(records, sequence - 2).hash;
    const later = records.slice(sequence - 1).map((record, index): StoredRecord => {
        const content = { ...unsealed(record), ...(index === 0 ? change : {}), previousHash };
        previousHash = canonicalDigest(content);
        return { sequence: record.sequence, text: canonicalJson({ ...content, hash: previousHash }), createdAt: index === 0 ? createdAt : record.at };
    });
    return [...stored.slice(0, sequence - 1), ...later];
}

describe("a record from before the gateway was looked at", () => {
    const { hash: newHash, ...content } = nth(chainOf([draftOf("entered")]), 0);
    expect(newHash).toBeDefined();
    const old: object = z
        .record(z.string(), z.unknown())
        .parse(JSON.parse(canonicalJson(content), (key, value: unknown) => (key === "gateway" ? undefined : value)));
    const entry: StoredRecord = { sequence: 1, text: canonicalJson({ ...old, hash: canonicalDigest(old) }), createdAt: timeAt(0) };

    it("is intact: what is hashed is what was written, and not what is read into it", () => {
        expect(entry.text).not.toContain('"gateway"');
        expect(found([entry])).toEqual([]);
    });

    it("gives the gateway's view as missing, never as a view in which nothing failed", () => {
        expect(verify([entry]).records).toMatchObject([
            { evidence: { evidence: { stable: { gateway: { requests: { kind: "missing" } } }, candidate: { gateway: { scrapes: { kind: "missing" } } } } } },
        ]);
    });
});

describe("a whole ledger", () => {
    it("may name any role: which ones there are, the plan says", () => {
        const [draft = draftOf("entered")] = drafts;
        const chain = chainOf([{ ...draft, actor: { role: "owner-of-checkout", identity: "olga", verified: true } }]);
        expect(verify(storedOf(chain))).toMatchObject({ intact: true, records: [{ actor: { role: "owner-of-checkout" } }] });
    });

    it("is intact, and gives its records and its head", () => {
        expect(verify(stored)).toEqual({ intact: true, records, counting: records, uncounted: [], findings: [], head: headOf(nth(records, -1)) });
    });

    it("is intact in whatever order it is found", () => {
        expect(verify(stored.toReversed())).toEqual(verify(stored));
    });

    it("is intact when it is empty", () => {
        expect(verify([])).toEqual({ intact: true, records: [], counting: [], uncounted: [], findings: [] });
    });

    it("has everything that was noted elsewhere", () => {
        expect(verify(stored, records.map(headOf)).intact).toBe(true);
    });
});

describe("tampering", () => {
    it("with any single character of any record is found", () => {
        fc.assert(
            fc.property(anyChain, fc.nat(), fc.nat(), fc.string({ unit: "binary-ascii", minLength: 1, maxLength: 1 }), (chain, which, where, character) => {
                const index = which % chain.length;
                const { sequence, text, createdAt } = nth(chain, index);
                const at = where % text.length;
                fc.pre(text[at] !== character);
                const changed = { sequence, text: `${text.slice(0, at)}${character}${text.slice(at + 1)}`, ...defined({ createdAt }) };
                expect(verify(chain.with(index, changed)).intact).toBe(false);
            }),
            { numRuns: 300 },
        );
    });

    it("by taking any record out is found, the newest where its hash was noted elsewhere", () => {
        fc.assert(
            fc.property(anyChain, fc.nat(), (chain, which) => {
                const known = headOf(nth(verify(chain).records, -1));
                const left = chain.filter((_, index) => index !== which % chain.length);
                expect(verify(left, [known]).intact).toBe(false);
            }),
        );
    });

    it("by exchanging any two records is found", () => {
        fc.assert(
            fc.property(anyChain, fc.nat(), fc.nat(), (chain, one, other) => {
                const [left, right] = [nth(chain, one % chain.length), nth(chain, other % chain.length)];
                fc.pre(left.sequence !== right.sequence);
                const exchanged = chain.map((entry) =>
                    entry === left ? { ...entry, text: right.text } : entry === right ? { ...entry, text: left.text } : entry,
                );
                expect(verify(exchanged).intact).toBe(false);
            }),
        );
    });

    it("by putting any record in twice is found", () => {
        fc.assert(
            fc.property(anyChain, fc.nat(), fc.nat({ max: 8 }), (chain, which, place) => {
                const { text } = nth(chain, which % chain.length);
                expect(verify([...chain, { sequence: place, text }]).intact).toBe(false);
            }),
        );
    });

    it.each<{ what: string; entries: readonly StoredRecord[]; findings: readonly string[] }>([
        { what: "a record is dated back", entries: forgedOnward(4, { at: timeAt(1) }, timeAt(1)), findings: ["dated-back 4"] },
        { what: "a record is dated ahead", entries: forgedOnward(4, { at: timeAt(3_600) }, timeAt(3)), findings: ["dated-ahead 4"] },
        {
            what: "the newest record is dated ahead",
            entries: forgedOnward(newest, { at: timeAt(3_600) }, timeAt(newest - 1)),
            findings: [`dated-ahead ${String(newest)}`],
        },
        {
            what: "a record's object holds something else too",
            entries: stored.map((entry) => (entry.sequence === 4 ? { ...entry, oddity: "its object can be changed" } : entry)),
            findings: ["changed 4"],
        },
        { what: "one record is gone", entries: without(4), findings: ["missing 4"] },
        { what: "the first records are gone", entries: stored.slice(3), findings: ["missing 1"] },
        { what: "several records are gone", entries: [...stored.slice(0, 2), ...stored.slice(5)], findings: ["missing 3"] },
        { what: "a record is there twice", entries: [...stored, nth(stored, 4)], findings: ["duplicated 5"] },
        { what: "a record is there in two versions", entries: [...stored, forged(newest, { text: "another story" })], findings: [`forked ${String(newest)}`] },
        { what: "a record was replaced, with a hash of its own", entries: stored.with(4, forged(5, { text: "another story" })), findings: ["forked 6"] },
        {
            what: "a record's content was changed",
            entries: stored.with(4, { ...nth(stored, 4), text: nth(stored, 4).text.replace("a record", "a word") }),
            findings: ["changed 5"],
        },
        {
            what: "two records were exchanged",
            entries: stored.with(2, { ...nth(stored, 2), text: nth(stored, 3).text }),
            findings: ["reordered 3", "forked 3", "forked 4"],
        },
        { what: "a record is no JSON", entries: stored.with(2, { ...nth(stored, 2), text: "{" }), findings: ["unreadable 3"] },
        { what: "an object was deleted and made again", entries: stored.with(2, { ...nth(stored, 2), createdAt: timeAt(63) }), findings: ["written-later 3"] },
    ])("is named: $what", ({ entries, findings }) => {
        expect(found(entries)).toEqual(findings);
    });

    it("takes a slow request for no tampering", () => {
        expect(verify(stored.with(2, { ...nth(stored, 2), createdAt: timeAt(62) })).intact).toBe(true);
    });

    it.each([
        { what: "the tail was cut off", entries: stored.slice(0, 7), findings: ["cut-off 8"] },
        { what: "everything was deleted", entries: [], findings: ["cut-off 1"] },
        {
            what: "the newest record was replaced",
            entries: stored.with(-1, forged(newest, { text: "another story" })),
            findings: [`changed ${String(newest)}`],
        },
        { what: "the ledger was deleted and begun anew", entries: storedOf(chainOf(drafts.toReversed().slice(0, 3))), findings: ["changed 1"] },
    ])("is named where other records were noted elsewhere: $what", ({ entries, findings }) => {
        expect(found(entries, records.map(headOf))).toEqual(findings);
        // What nobody noted leaves no trace: docs/ledger.md says so.
        expect(found(entries)).toEqual([]);
    });

    it("reads as people say it", () => {
        const texts = verify([...stored.slice(0, 2), nth(stored, 5)], [headOf(nth(records, 9))]).findings.map(({ text }) => text);
        expect(texts).toEqual(["records 3 to 5 are missing", "records 7 to 10 are gone from the end: record 10 was noted elsewhere"]);
    });
});

describe("a record of another version", () => {
    const { hash, ...content } = nth(records, 0);
    expect(hash).toBeDefined();
    const text = canonicalJson({ ...content, version: 2, hash: canonicalDigest({ ...content, version: 2 }) });

    it("is refused by its number", () => {
        expect(verify([{ sequence: 1, text }]).findings).toEqual([
            {
                kind: "unreadable",
                sequence: 1,
                text: "record 1 has version 2, and this program reads version 1: read the ledger with the program that wrote it",
            },
        ]);
    });

    it("can still be followed, so that the ledger goes on", () => {
        const head = headIn({ sequence: 1, text });
        const next = append(head, draftOf("note"), timeAt(1));
        expect(
            found([
                { sequence: 1, text },
                { sequence: 2, text: recordText(next) },
            ]),
        ).toEqual(["unreadable 1"]);
    });
});

describe("a record of another program", () => {
    it("is refused with the place that does not fit", () => {
        const { hash, ...content } = { ...nth(records, 0), extra: 1 };
        expect(hash).toBeDefined();
        const text = canonicalJson({ ...content, hash: canonicalDigest(content) });
        const { findings } = verify([{ sequence: 1, text }]);
        expect(findings.map(({ kind }) => kind)).toEqual(["unreadable"]);
        expect(nth(findings, 0).text).toContain("record 1 is no record of this program");
    });
});
