import type { LedgerDraft, LedgerHead, LedgerRecord } from "../rollout/ledger/record.ts";
import type { Verification } from "../rollout/ledger/verification.ts";

/** What came of an append. */
export interface Appended {
    readonly record: LedgerRecord;
    /** What did not go as it should, and did not keep the record from being written: the local copy can't be written. */
    readonly warnings: readonly string[];
}

/** The ledger of one service. */
export interface LedgerStore {
    /**
     * Writes `draft` as the newest record. Ends within its time limit, whatever the API server does.
     *
     * @throws {Error} when it could not be written. Whether that stops anything is the caller's decision: it never stops a rollback.
     */
    append(draft: LedgerDraft): Promise<Appended>;
    /**
     * The whole ledger as the cluster has it, checked: against itself, against the local copy and against `known`.
     *
     * @param known the head as somebody else noted it: from a log of an earlier run, for example.
     * @throws {Error} when the cluster can't be read.
     */
    read(known?: LedgerHead): Promise<Verification>;
}
