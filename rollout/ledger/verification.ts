import { type StoredRecord, type LedgerFinding, type Reading, readingOf } from "./reading.ts";
import { type LedgerHead, type LedgerRecord, genesis } from "./ledger-record.ts";
import { type LedgerWriters, whyUncounted } from "./writers.ts";

/** What a check of a ledger found. */
export interface Verification {
    /** True when there is no finding. */
    readonly intact: boolean;
    /** Every record that can be read, in order. With findings, these are not to be trusted as a whole. */
    readonly records: readonly LedgerRecord[];
    /** Those of {@link Verification.records} on which something may be decided: nothing was found about them, and their writer may write them. */
    readonly counting: readonly LedgerRecord[];
    /** Records that are intact and count for nothing, with the reason. */
    readonly uncounted: readonly UncountedRecord[];
    readonly findings: readonly LedgerFinding[];
    /** The newest record. Absent when the ledger is empty or its newest record can't be read. */
    readonly head?: LedgerHead;
}

/** A record that is intact, and that nothing is decided on. */
export interface UncountedRecord {
    readonly sequence: number;
    /** Why, as a clause. */
    readonly reason: string;
}

/**
 * Checks a whole ledger: every record against its hash, the chain of hashes, and a note of it that is kept elsewhere.
 *
 * Without `known` a tail that was cut off leaves no trace in what is left, and nor does a ledger that was rewritten from some record on by a user who
 * works out the hashes again. Both are found when `known` has the hash of a later record.
 *
 * @param stored in any order.
 * @param known records as they were noted in another place: a local copy, the log of an earlier run.
 * @param writers who may write which records. If omitted, every user may write every kind.
 */
export function verify(stored: readonly StoredRecord[], known: readonly LedgerHead[] = [], writers?: LedgerWriters): Verification {
    const readings = stored.toSorted((left, right) => left.sequence - right.sequence).map(readingOf);
    const own = [...readings.flatMap(({ findings: found }) => found), ...chainFindings(readings), ...timeFindings(readings)];
    const findings = [...own, ...knownFindings(readings, known)].toSorted((left, right) => left.sequence - right.sequence);
    const records = readings.flatMap(({ record }) => (record === undefined ? [] : [record]));
    const doubtful = new Set(own.map(({ sequence }) => sequence));
    const judged = readings.flatMap(({ sequence, record }) =>
        record === undefined || doubtful.has(sequence) ? [] : [{ record, reason: whyUncounted(record, writers) }],
    );
    const last = readings.at(-1);
    const head = last?.hash === undefined ? {} : { head: { sequence: last.sequence, hash: last.hash } };
    return {
        intact: findings.length === 0,
        records,
        counting: judged.flatMap(({ record, reason }) => (reason === undefined ? [record] : [])),
        uncounted: judged.flatMap(({ record: { sequence }, reason }) => (reason === undefined ? [] : [{ sequence, reason }])),
        findings,
        ...head,
    };
}

/** Records that are earlier than one before them. One that was dated ahead has its own finding, and makes no other look early. */
function timeFindings(readings: readonly Reading[]): readonly LedgerFinding[] {
    let latest = { sequence: 0, at: "", ms: Number.NEGATIVE_INFINITY };
    return readings.flatMap(({ sequence, record, findings }): readonly LedgerFinding[] => {
        if (record === undefined || findings.some(({ kind }) => kind === "dated-ahead")) {
            return [];
        }
        const { at } = record;
        const ms = Date.parse(at);
        if (ms >= latest.ms) {
            latest = { sequence, at, ms };
            return [];
        }
        const text = `record ${String(sequence)} is of ${at}, and record ${String(latest.sequence)} before it is of ${latest.at}: it was dated back`;
        return [{ kind: "dated-back", sequence, text }];
    });
}

/** What the chain of hashes shows. */
function chainFindings(readings: readonly Reading[]): readonly LedgerFinding[] {
    return readings.flatMap((reading, index): readonly LedgerFinding[] => {
        const before = index === 0 ? { sequence: genesis.sequence, hash: genesis.hash } : readings[index - 1];
        const { sequence } = reading;
        if (before === undefined) {
            return [];
        }
        if (sequence === before.sequence) {
            const same = reading.hash === before.hash;
            return [
                {
                    kind: same ? "duplicated" : "forked",
                    sequence,
                    text: `record ${String(sequence)} is there ${same ? "more than once" : "in two versions: a second one was written in its place"}`,
                },
            ];
        }
        if (sequence > before.sequence + 1) {
            return [{ kind: "missing", sequence: before.sequence + 1, text: `${recordsFrom(before.sequence + 1, sequence - 1)} missing` }];
        }
        return before.hash === undefined || reading.previousHash === undefined || reading.previousHash === before.hash
            ? []
            : [
                  {
                      kind: "forked",
                      sequence,
                      text: `record ${String(sequence)} follows another record than the one before it: one of the two was written in place of another`,
                  },
              ];
    });
}

/** What the ledger lacks of that which was noted. */
function knownFindings(readings: readonly Reading[], known: readonly LedgerHead[]): readonly LedgerFinding[] {
    const last = readings.at(-1)?.sequence ?? genesis.sequence;
    const newest = Math.max(genesis.sequence, ...known.map(({ sequence }) => sequence));
    const differing = known.filter(({ sequence, hash }) => readings.some((reading) => reading.sequence === sequence && reading.hash !== hash));
    if (differing.some(({ sequence }) => sequence === 1)) {
        const text = `the ledger is not the one that was noted elsewhere, which had ${String(newest)} records: it was deleted and begun anew`;
        return [{ kind: "changed", sequence: 1, text }];
    }
    const changed = [...new Set(differing.map(({ sequence }) => sequence))].map((sequence): LedgerFinding => ({
        kind: "changed",
        sequence,
        text: `record ${String(sequence)} is not the one that was noted elsewhere`,
    }));
    const text = `${recordsFrom(last + 1, newest)} gone from the end: record ${String(newest)} was noted elsewhere`;
    return newest > last ? [...changed, { kind: "cut-off", sequence: last + 1, text }] : changed;
}

function recordsFrom(first: number, last: number): string {
    return first === last ? `record ${String(first)} is` : `records ${String(first)} to ${String(last)} are`;
}
