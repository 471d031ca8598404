import { defined } from "../../defined.ts";
import { append, fitted, recordText } from "../chain.ts";
import { type StoredRecord, believedTime, headIn, mostSkewMs } from "../reading.ts";
import { type LedgerDraft, type LedgerHead, type LedgerRecord, genesis } from "../ledger-record.ts";
import { type Verification, verify } from "../verification.ts";
import { type LedgerWriters, whyUncounted } from "../writers.ts";
import type { ConfigMaps, StoredConfigMap } from "../../kubernetes/config-maps.ts";
import { reasonOf } from "../../kubernetes/api-server.ts";
import type { LedgerFile } from "./file.ts";
import { writtenLabels, writtenSelector } from "../../kubernetes/rollout-objects.ts";

/** What came of an append. */
export interface Appended {
    readonly record: LedgerRecord;
    /** What did not go as it should, and did not keep the record from being written: the local copy can't be written, or has more than the cluster; or nothing is decided on it. */
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
     * @param known a note of the newest record: in the log of an earlier run, for example.
     * @throws {Error} when the cluster can't be read.
     */
    read(known?: LedgerHead): Promise<Verification>;
}

export interface LedgerStoreArgs {
    readonly maps: ConfigMaps;
    /** Name of the service: the records are the ConfigMaps `<service>-ledger-<sequence>`. */
    readonly service: string;
    /** Copy on this machine. Defaults to none, as in the watchdog's pod. */
    readonly copy?: LedgerFile;
    /** Who may write which records. If omitted, every user's records count. */
    readonly writers?: LedgerWriters;
    /** How long an append may go on trying, in milliseconds. The request that is under way then may take its own limit more. @default 15000 */
    readonly timeoutMs?: number;
}

/**
 * The ledger as immutable ConfigMaps, one for each record, with the record's place in its name.
 *
 * Two writers can't both make an object of one name. The one that comes second reads the new head and goes behind it, so the chain never forks.
 */
export function ledgerStore({ maps, service, copy, writers, timeoutMs = 15_000 }: LedgerStoreArgs): LedgerStore {
    const selector = writtenSelector(service, "ledger");

    /** The record at a place, and its time. */
    const headAt = async (sequence: number): Promise<{ readonly head: LedgerHead; readonly atMs?: number } | undefined> => {
        if (sequence === genesis.sequence) {
            return { head: genesis };
        }
        const name = nameOf(service, sequence);
        const map = await maps.find(name);
        if (map === undefined) {
            return undefined;
        }
        const stored = recordIn(service, map);
        const head = headIn(stored);
        if (head === undefined) {
            throw new Error(`record ${String(sequence)} has no readable hash, so no record can follow it: look at ConfigMap ${name}`);
        }
        return { head, ...defined({ atMs: believedTime(stored) }) };
    };

    /** Makes the object. False when another writer was faster. */
    const write = async (record: LedgerRecord): Promise<boolean> => {
        const name = nameOf(service, record.sequence);
        const text = recordText(record);
        const isOurs = async (): Promise<boolean> => (await maps.find(name))?.data[recordKey] === text;
        try {
            return (await maps.create({ name, labels: writtenLabels(service, "ledger"), data: { [recordKey]: text } })) || (await isOurs());
        } catch (error) {
            // The object may be there although the answer is not.
            if (await isOurs().catch(() => false)) {
                return true;
            }
            throw error;
        }
    };

    /**
     * Puts a record behind the newest one.
     *
     * @param taken a place that is known to be taken, although its object may not be in the list: its labels may have been removed.
     * @returns the record, or the place that another writer took first.
     */
    const appendOnce = async (draft: LedgerDraft, taken: number): Promise<LedgerRecord | number> => {
        const { value: names, now } = await maps.names(selector);
        const newest = Math.max(taken, ...names.map((name) => sequenceIn(service, name)).filter((sequence) => sequence !== undefined));
        const before = await headAt(newest);
        if (before === undefined) {
            return genesis.sequence;
        }
        const record = append(before.head, fitted(draft, draftBytesAtMost), notBefore(before.atMs, now));
        return (await write(record)) ? record : record.sequence;
    };

    const noteInCopy = async (records: readonly LedgerRecord[]): Promise<readonly string[]> => {
        if (copy === undefined) {
            return [];
        }
        try {
            const heads = await copy.heads();
            const newest = Math.max(genesis.sequence, ...heads.map(({ sequence }) => sequence));
            const known = new Set(heads.map(({ hash }) => hash));
            await copy.add(records.filter(({ hash }) => !known.has(hash)));
            const last = records.at(-1)?.sequence ?? newest;
            return newest > last ? [`the local copy ${copy.path} had record ${String(newest)}, and the cluster's ledger now ends at ${String(last)}`] : [];
        } catch (error) {
            return [`the local copy ${copy.path} can't be written: ${reasonOf(error)}`];
        }
    };

    return {
        append: async (draft) => {
            const deadlineMs = performance.now() + timeoutMs;
            let taken = genesis.sequence;
            do {
                const written = await appendOnce(draft, taken);
                if (typeof written !== "number") {
                    return { record: written, warnings: [...(await noteInCopy([written])), ...uncountedWarning(written, writers)] };
                }
                taken = written;
            } while (performance.now() < deadlineMs);
            throw new Error(`others kept on writing to the ledger for ${String(timeoutMs)} ms: try again`);
        },
        read: async (known) => {
            const { value } = await maps.list(selector);
            const [records, strays] = [
                value.filter(({ name }) => sequenceIn(service, name) !== undefined),
                value.filter(({ name }) => sequenceIn(service, name) === undefined),
            ];
            const noted = copy === undefined ? [] : await copy.heads();
            const verification = withStrays(
                verify(
                    records.map((map) => recordIn(service, map)),
                    [...(known === undefined ? [] : [known]), ...noted],
                    writers,
                ),
                strays,
            );
            // What can't be trusted must not become what is trusted next time.
            if (verification.intact) {
                await noteInCopy(verification.records);
            }
            return verification;
        },
    };
}

function uncountedWarning(record: LedgerRecord, writers: LedgerWriters | undefined): readonly string[] {
    const why = whyUncounted(record, writers);
    return why === undefined ? [] : [`record ${String(record.sequence)} is written, and nothing is decided on it: ${why}`];
}

const recordKey = "record";

/** An object of 1 MiB is the most that etcd takes; names, labels and the record's own links need some of it. @see https://kubernetes.io/docs/concepts/configuration/configmap/ */
const draftBytesAtMost = 900_000;

function nameOf(service: string, sequence: number): string {
    return `${service}-ledger-${String(sequence).padStart(6, "0")}`;
}

/** The place that a name gives, or undefined for the name of another object. */
function sequenceIn(service: string, name: string): number | undefined {
    const [, digits] = name.startsWith(`${service}-ledger-`) ? (/-ledger-(\d{6,})$/.exec(name) ?? []) : [];
    return digits === undefined ? undefined : Number(digits);
}

function recordIn(service: string, { name, data, createdAt, immutable }: StoredConfigMap): StoredRecord {
    const others = Object.keys(data).filter((key) => key !== recordKey);
    const oddity = others.length > 0 ? `it also holds ${others.join(", ")}` : immutable ? undefined : "its object can be changed";
    return { sequence: sequenceIn(service, name) ?? genesis.sequence, text: data[recordKey] ?? "", createdAt, ...defined({ oddity }) };
}

/** Now, or the time of the record before where another API server's clock is a little ahead of this one's: no record is earlier than the one before it. */
function notBefore(atMs: number | undefined, now: string): string {
    return atMs !== undefined && atMs > Date.parse(now) && atMs - Date.parse(now) <= mostSkewMs ? new Date(atMs).toISOString() : now;
}

/** Objects that bear the ledger's labels and no record's name are no part of the chain: they were put there by hand. */
function withStrays(verification: Verification, strays: readonly StoredConfigMap[]): Verification {
    const findings = strays.map(({ name }) => ({
        kind: "unreadable" as const,
        sequence: genesis.sequence,
        text: `ConfigMap ${name} has the labels of a record, and no record's name`,
    }));
    return strays.length === 0 ? verification : { ...verification, intact: false, findings: [...findings, ...verification.findings] };
}
