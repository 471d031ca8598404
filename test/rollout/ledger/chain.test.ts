import { describe, expect, it } from "vitest";

import { canonicalDigest } from "../../../rollout/ledger/canonical.ts";
import { append, fitted, recordText } from "../../../rollout/ledger/chain.ts";
import { genesis } from "../../../rollout/ledger/ledger-record.ts";
import { recordSchema } from "../../../rollout/ledger/schema.ts";
import { chainOf, draftOf, drafts, evidence, headOf, nth, timeAt } from "./arbitraries.ts";

const [entered, verdict, note] = [draftOf("entered"), draftOf("verdict"), draftOf("note")];

describe("a ledger", () => {
    it.each(drafts)(
        "stores a record of kind $kind with its actor first: the API server asks for that, since nothing that a maker writes may stand before it",
        (draft) => {
            expect(recordText(nth(chainOf([draft]), 0))).toMatch(/^\{"actor":\{/);
        },
    );

    it("begins with record 1, which follows nothing", () => {
        const [first] = chainOf(drafts);
        expect(first).toMatchObject({ version: 1, sequence: 1, at: timeAt(0), previousHash: genesis.hash });
    });

    it("gives each record the next place and the hash of the one before", () => {
        const records = chainOf(drafts);
        records.slice(1).forEach((record, index) => {
            expect(record).toMatchObject({ sequence: index + 2, previousHash: records[index]?.hash });
        });
    });

    it("keeps the time of the API server, in whatever form it gives it, as one form", () => {
        expect(append(undefined, note, "Sun, 26 Oct 2025 07:00:00 GMT").at).toBe("2025-10-26T07:00:00.000Z");
    });

    it("refuses a time that is none", () => {
        expect(() => append(undefined, note, "now")).toThrow("Invalid time value");
    });

    it("takes no secrets, and says where one is without showing it", () => {
        const draft = { ...note, text: "restarted with password=hunter22" };
        expect(() => append(undefined, draft, timeAt(0))).toThrow(
            "the ledger takes no secrets, and text holds what looks like a password or token: many people read it and nothing is ever taken out; say it without the value",
        );
        expect(() => append(undefined, draft, timeAt(0))).not.toThrow("hunter22");
    });

    it.each(chainOf(drafts).map((record) => ({ kind: record.kind, record })))("reads back what it wrote: $kind", ({ record }) => {
        expect(recordSchema.parse(JSON.parse(recordText(record)))).toEqual(record);
    });
});

describe("a record that is too long", () => {
    it("is kept without its evidence, with a note and the evidence's digest", () => {
        const whole = Buffer.byteLength(JSON.stringify(entered));
        const draft = fitted(entered, whole - 1_000);
        expect({ ...draft, evidence: undefined }).toEqual({ ...entered, evidence: undefined });
        const kept = "evidence" in draft && draft.evidence.kind === "trimmed" ? draft.evidence : undefined;
        expect(kept?.digest).toBe(canonicalDigest(evidence));
        expect(kept?.note).toMatch(/^the evidence was left out: the record had \d+ bytes, and at most \d+ fit$/);
    });

    it("is left alone when it fits", () => {
        expect(fitted(entered, 100_000)).toBe(entered);
    });

    it("is refused when it does not fit without evidence either", () => {
        expect(() => fitted(entered, 100)).toThrow(/^the record has \d+ bytes without its evidence, and at most 100 fit: say it in fewer words$/);
        expect(() => fitted(verdict, 100)).toThrow("say it in fewer words");
    });

    it("still has its place and its hash", () => {
        const record = append(headOf(nth(chainOf(drafts), 0)), fitted(entered, 4_000), timeAt(1));
        expect(recordSchema.parse(JSON.parse(recordText(record)))).toEqual(record);
    });
});
