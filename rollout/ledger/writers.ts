import { isNamed } from "../consent/person.ts";
import type { LedgerRecord, RecordEvent } from "./ledger-record.ts";

/** Who may write which records, as the API server names them. */
export interface LedgerWriters {
    /** Who runs `pulumi up`: it writes every kind. */
    readonly deployers: readonly string[];
    /** Who runs `rollout` by hand: every kind but what a change of the route by the program writes. */
    readonly operators: readonly string[];
    /** The watchdog's service account: what a watch writes. */
    readonly watchdog: string;
}

/** Whom {@link LedgerWriters} names. */
export type WriterGroup = keyof LedgerWriters;

type Kind = RecordEvent["kind"];

/**
 * Who may write records of a kind. `every-user`: the record gives nobody anything. A rollback counts whoever wrote it, because it only takes progress away; what people sign is
 * judged by the signed objects themselves, and its record only says that it was given, so it must be about the one who wrote it.
 */
export const writersOf: Readonly<Record<Kind, readonly WriterGroup[] | "every-user" | "signer">> = {
    entered: ["deployers"],
    finished: ["deployers"],
    withdrawn: ["deployers"],
    preflight: ["deployers", "operators"],
    checkpoint: ["deployers", "operators"],
    verdict: ["deployers", "operators", "watchdog"],
    watch: ["deployers", "operators", "watchdog"],
    told: ["deployers", "operators", "watchdog"],
    "not-told": ["deployers", "operators", "watchdog"],
    "rolled-back": "every-user",
    note: "every-user",
    approval: "signer",
    override: "signer",
    signed: "signer",
};

/** Kinds that the watchdog writes, and no others: a rollback, and what a watch saw and said. */
export const watchdogKinds: readonly Kind[] = ["verdict", "watch", "told", "not-told", "rolled-back"];

/** Name of the watchdog's service account at the API server. */
export function watchdogIdentity(namespace: string, service: string): string {
    return `system:serviceaccount:${namespace}:${service}-watchdog`;
}

/** The writers that a stack's config names, with its watchdog. Undefined where it names none: every user's records count then. */
export function writersIn({
    ledger,
    namespace,
    service,
}: {
    readonly ledger?: { readonly writers: Pick<LedgerWriters, "deployers"> & Partial<Pick<LedgerWriters, "operators">> };
    readonly namespace: string;
    readonly service: string;
}): LedgerWriters | undefined {
    return ledger === undefined ? undefined : { operators: [], ...ledger.writers, watchdog: watchdogIdentity(namespace, service) };
}

/** Why a record counts for nothing although it is intact: its writer may not write it. Undefined when it counts. */
export function whyUncounted(record: LedgerRecord, writers: LedgerWriters | undefined): string | undefined {
    const { kind, actor } = record;
    const allowed = writersOf[kind];
    if (allowed === "signer") {
        const other = signersIn(record).find((signer) => signer !== actor.identity);
        return other === undefined ? undefined : `${actor.identity} wrote it, and it says that ${other} signed`;
    }
    if (writers === undefined || allowed === "every-user") {
        return undefined;
    }
    const named = allowed.some((group) => (group === "watchdog" ? actor.identity === writers.watchdog : isNamed(writers[group], actor.identity)));
    if (!named) {
        return `${actor.identity} may not write records of kind ${kind}: ledger.writers names who may`;
    }
    return actor.verified ? undefined : `nothing vouches that it was ${actor.identity}`;
}

function signersIn(record: LedgerRecord): readonly string[] {
    switch (record.kind) {
        case "approval":
            return [record.approval.identity];
        case "override":
            return [record.override.identity];
        case "signed":
            return record.signatures.map(({ identity }) => identity);
        default:
            return [];
    }
}
