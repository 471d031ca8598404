import { defined } from "../defined.ts";
import { canonicalDigest, canonicalJson } from "./canonical.ts";
import { type LedgerHead, type LedgerRecord, ledgerVersion } from "./ledger-record.ts";
import { recordSchema } from "./schema.ts";

/** A record as it was found, before anything about it is believed. */
export interface StoredRecord {
    /** The place that its name gives it. */
    readonly sequence: number;
    /** The record, as text. */
    readonly text: string;
    /** When the object that holds it was made, by the API server's clock, which no client chooses: ISO 8601. Absent where that isn't known. */
    readonly createdAt?: string;
    /** Why its object is not one that this program makes. Absent where it is one. */
    readonly oddity?: string;
}

/** One thing that is wrong with a ledger. */
export interface LedgerFinding {
    /**
     * `changed`: its content is not what was hashed, or not what was noted. `reordered`: it says another place than it has. `forked`: it follows
     * another record than the one before it. `cut-off`: a record that was noted is gone from the end. `written-later`: the object was made long
     * after the time in the record, as when it was deleted and made again. `dated-ahead`: the time in the record is later than that of its object. `dated-back`: it is
     * earlier than a record before it.
     */
    readonly kind: "changed" | "unreadable" | "missing" | "reordered" | "duplicated" | "forked" | "cut-off" | "written-later" | "dated-ahead" | "dated-back";
    /** The record that it is about; of several in a row, the first. */
    readonly sequence: number;
    /** What people read. */
    readonly text: string;
}

/** A stored record by itself, whatever is around it. */
export interface Reading {
    /** The place that its name gives it. */
    readonly sequence: number;
    /** The hash that it gives itself, if it gives one. */
    readonly hash?: string;
    /** The hash that it gives for the record before. */
    readonly previousHash?: string;
    /** Absent when it can't be read. */
    readonly record?: LedgerRecord;
    readonly findings: readonly LedgerFinding[];
}

/** Reads one stored record, and checks it against its own hash, its name and the age of its object. */
export function readingOf({ sequence, text, createdAt, oddity }: StoredRecord): Reading {
    const envelope = envelopeOf(text);
    const { value, hash, previousHash } = envelope;
    const links = defined({ hash, previousHash });
    const finding = (kind: LedgerFinding["kind"], what: string): LedgerFinding => ({ kind, sequence, text: `record ${String(sequence)} ${what}` });
    if (value === undefined) {
        return { sequence, ...links, findings: [finding("unreadable", "is no JSON object")] };
    }
    if (typeof value.version === "number" && value.version !== ledgerVersion) {
        const versions = `has version ${String(value.version)}, and this program reads version ${String(ledgerVersion)}`;
        return { sequence, ...links, findings: [finding("unreadable", `${versions}: read the ledger with the program that wrote it`)] };
    }
    const findings: LedgerFinding[] = oddity === undefined ? [] : [finding("changed", `is not as this program writes it: ${oddity}`)];
    if (canonicalJson(value) !== text || hashOf(value) !== hash) {
        findings.push(finding("changed", "is not what was written: its content and its hash don't fit together"));
    }
    const parsed = recordSchema.safeParse(value);
    if (!parsed.success) {
        const [issue] = parsed.error.issues;
        const where = issue === undefined || issue.path.length === 0 ? "" : `${issue.path.map(String).join(".")}: `;
        return { sequence, ...links, findings: [...findings, finding("unreadable", `is no record of this program (${where}${issue?.message ?? "unknown"})`)] };
    }
    const record = parsed.data;
    if (record.sequence !== sequence) {
        findings.push(finding("reordered", `says that it is record ${String(record.sequence)}`));
    }
    if (createdAt !== undefined && Date.parse(createdAt) - Date.parse(record.at) > mostSkewMs) {
        findings.push(finding("written-later", `is of ${record.at}, and its object was made at ${createdAt}: it was deleted and made again, or restored`));
    }
    if (createdAt !== undefined && Date.parse(record.at) - Date.parse(createdAt) > mostSkewMs) {
        findings.push(finding("dated-ahead", `is of ${record.at}, and its object was made at ${createdAt}, before that: it was dated ahead`));
    }
    return { sequence, ...links, record, findings };
}

/** The place and the hash that a stored record gives itself, or undefined when it gives none: enough to write the next record after a damaged one. */
export function headIn({ sequence, text }: StoredRecord): LedgerHead | undefined {
    const { hash } = envelopeOf(text);
    return hash === undefined ? undefined : { sequence, hash };
}

/** The time that a stored record gives itself, in milliseconds: no later than its object's, as far as two clocks agree. Undefined where it gives none that can be believed. */
export function believedTime({ text, createdAt }: StoredRecord): number | undefined {
    const { at } = objectIn(text) ?? {};
    const time = typeof at === "string" ? Date.parse(at) : Number.NaN;
    return Number.isNaN(time) || (createdAt !== undefined && time - Date.parse(createdAt) > mostSkewMs) ? undefined : time;
}

/** How far the time in a record and that of its object may lie apart, in milliseconds: a slow request, and clocks of two API servers. */
export const mostSkewMs = 60_000;

interface Envelope {
    readonly value?: Readonly<Record<string, unknown>>;
    readonly hash?: string;
    readonly previousHash?: string;
}

function envelopeOf(text: string): Envelope {
    const value = objectIn(text);
    const { hash, previousHash } = value ?? {};
    return {
        ...defined({ value }),
        ...(typeof hash === "string" && isDigest(hash) ? { hash } : {}),
        ...(typeof previousHash === "string" ? { previousHash } : {}),
    };
}

function objectIn(text: string): Readonly<Record<string, unknown>> | undefined {
    try {
        const value: unknown = JSON.parse(text);
        return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
    } catch {
        return undefined;
    }
}

function hashOf(value: Readonly<Record<string, unknown>>): string {
    return canonicalDigest({ ...value, hash: undefined });
}

function isDigest(hash: string): boolean {
    return /^sha256:[0-9a-f]{64}$/.test(hash);
}
