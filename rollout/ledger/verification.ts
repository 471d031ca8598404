import type { LedgerHead, LedgerRecord } from "./record.ts";

/** One thing that is wrong with a ledger. */
export interface LedgerFinding {
    readonly kind: "changed" | "unreadable" | "missing" | "reordered" | "duplicated" | "forked" | "cut-off" | "written-later";
    /** The record that it is about. */
    readonly sequence: number;
    /** What people read. */
    readonly text: string;
}

/** What a check of a ledger found. */
export interface Verification {
    /** True when there is no finding. */
    readonly intact: boolean;
    /** Every record that can be read, in order. With findings, these are not to be trusted as a whole. */
    readonly records: readonly LedgerRecord[];
    readonly findings: readonly LedgerFinding[];
    /** The newest record. Left out when the ledger is empty or its newest record can't be read. */
    readonly head?: LedgerHead;
}
