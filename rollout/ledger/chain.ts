import type { KeptEvidence, LedgerDraft, LedgerHead, LedgerRecord } from "./ledger-record.ts";
import { genesis, ledgerVersion } from "./ledger-record.ts";
import { canonicalDigest, canonicalJson } from "./canonical.ts";
import { longestText } from "./evidence-schema.ts";
import { suspectedSecrets } from "./redaction.ts";

/**
 * Gives `draft` its place after `head`.
 *
 * @param head the newest record; undefined for the first one.
 * @param at now, by the API server's clock, in any form that `Date` reads.
 * @throws {Error} when something in the draft looks like a secret, when it can't be written as JSON, or `at` is no time.
 */
export function append(head: LedgerHead | undefined, draft: LedgerDraft, at: string): LedgerRecord {
    const suspects = suspectedSecrets(draft);
    if (suspects.length > 0) {
        const found = suspects.map(({ path, looksLike }) => `${path} holds what looks like ${looksLike}`).join(", ");
        throw new Error(`the ledger takes no secrets, and ${found}: many people read it and nothing is ever taken out; say it without the value`);
    }
    const { sequence, hash: previousHash } = head ?? genesis;
    const unsealed = { ...draft, version: ledgerVersion, sequence: sequence + 1, at: new Date(at).toISOString(), previousHash };
    return { ...unsealed, hash: canonicalDigest(unsealed) };
}

/** A record as it is stored: one line of canonical JSON. */
export function recordText(record: LedgerRecord): string {
    return canonicalJson(record);
}

/**
 * `draft` with its text cut to what a reader takes, and with its evidence left out where the record would be longer than `bytesAtMost`. A note and the evidence's digest stay in its
 * place.
 *
 * @throws {RangeError} when it is too long without the evidence too.
 */
export function fitted(draft: LedgerDraft, bytesAtMost: number): LedgerDraft {
    const short = withShortText(draft);
    const bytes = bytesOf(short);
    if (bytes <= bytesAtMost) {
        return short;
    }
    const smaller = withoutEvidence(short, bytes, bytesAtMost);
    const left = bytesOf(smaller);
    if (left > bytesAtMost) {
        throw new RangeError(`the record has ${String(left)} bytes without its evidence, and at most ${String(bytesAtMost)} fit: say it in fewer words`);
    }
    return smaller;
}

/** A long reason keeps nothing from being written down, least of all a rollback. */
function withShortText(draft: LedgerDraft): LedgerDraft {
    const { length } = draft.text;
    const mark = `... (the text had ${String(length)} characters)`;
    return length <= longestText ? draft : { ...draft, text: `${draft.text.slice(0, longestText - mark.length).toWellFormed()}${mark}` };
}

function withoutEvidence(draft: LedgerDraft, bytes: number, bytesAtMost: number): LedgerDraft {
    if (!("evidence" in draft) || draft.evidence.kind !== "whole") {
        return draft;
    }
    const trimmed: KeptEvidence = {
        kind: "trimmed",
        note: `the evidence was left out: the record had ${String(bytes)} bytes, and at most ${String(bytesAtMost)} fit`,
        digest: canonicalDigest(draft.evidence.evidence),
    };
    return { ...draft, evidence: trimmed };
}

function bytesOf(value: unknown): number {
    return Buffer.byteLength(canonicalJson(value));
}
