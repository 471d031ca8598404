import type { Approval } from "../consent/approval.ts";
import { defined } from "../defined.ts";
import type { LedgerRecord, RecordEvent } from "../ledger/ledger-record.ts";
import type { Destination } from "../plan/move.ts";
import type { Override } from "../consent/override.ts";
import type { Judgement, Verdict } from "../gate/verdict.ts";

/** Something on record, with the place where it is kept. */
export interface OnRecord {
    /** Of the ledger record. */
    readonly sequence: number;
    readonly hash: string;
    /** ISO 8601, by the API server's clock. */
    readonly at: string;
}

/** A judgement on record. */
export interface JudgedLook extends OnRecord {
    /** Weight of the step that was judged, in percent. */
    readonly weightPercent: number;
    readonly kind: RecordEvent["kind"];
    readonly judgement: Judgement;
    /** Why the traffic was rolled back on this record, which the watcher's own count may say before the judgement does. Absent where it was not. */
    readonly rollbackReason?: string;
    /** Whether that reason is none of this judgement's: the watcher's alarm had counted requests that came after the evidence. Absent where it is one. */
    readonly overruled?: true;
    /** What was lifted of it, so that the step was taken all the same. Empty where nothing was. */
    readonly lifted: readonly string[];
}

/** An approval, and the step that it was given for. */
export interface GivenApproval extends OnRecord {
    readonly approval: Approval;
    readonly from: number;
    readonly to: Destination;
}

/** An override, and whether a step was taken on it. */
export interface GivenOverride extends OnRecord {
    readonly override: Override;
    readonly from: number;
    readonly to: Destination;
    /** The record of the step that was taken on it. Absent where none was. */
    readonly usedBy?: number;
}

/** Something that went wrong, or was announced as such. */
export interface Incident extends OnRecord {
    readonly kind: "rollback" | "hold" | "told" | "not-told";
    readonly text: string;
    /** Who acted, or whose watcher saw it. */
    readonly identity: string;
    readonly verified: boolean;
}

/** A review of a finished rollout. Checklist: '24-Hour Checkpoint', '48-Hour Checkpoint'. */
export interface Review extends OnRecord {
    readonly hours: 24 | 48;
    readonly verdict: Verdict;
}

/** The reviews on record, oldest first. One without a judgement was none. */
export function reviewsIn(records: readonly LedgerRecord[]): readonly Review[] {
    return records.flatMap((record) =>
        record.kind === "checkpoint" && record.judgement !== undefined ? [{ ...placeOf(record), hours: record.hours, verdict: record.judgement.verdict }] : [],
    );
}

/** Everything that was judged, oldest first. Looks after the rollout are of weight 100: the revision has all traffic. */
export function judgedLooks(records: readonly LedgerRecord[]): readonly JudgedLook[] {
    return records.flatMap((record) => {
        const judgement = "judgement" in record ? record.judgement : undefined;
        const overrides = "overrides" in record ? (record.overrides ?? []) : [];
        return judgement === undefined
            ? []
            : [
                  {
                      ...placeOf(record),
                      kind: record.kind,
                      weightPercent: record.kind === "checkpoint" ? 100 : record.rollout.from,
                      judgement,
                      ...(record.kind === "rolled-back" ? { rollbackReason: record.text } : {}),
                      ...(record.kind === "rolled-back" && basisOf(record) === "newer counts" ? { overruled: true as const } : {}),
                      lifted: overrides.flatMap(({ lifts }) => lifts),
                  },
              ];
    });
}

/** What a rollback rests on: the evidence that its record holds; counts that are newer than that; or a person's word, where it was no watcher's. */
export function basisOf(record: LedgerRecord): "its evidence" | "newer counts" | "a person's word" {
    const judgement = "judgement" in record ? record.judgement : undefined;
    return judgement === undefined
        ? "a person's word"
        : judgement.reasons.some(({ verdict, text }) => verdict === "rollback" || record.text.includes(text))
          ? "its evidence"
          : "newer counts";
}

/** Approvals of the rollout, each once: one that is on record by itself and with the step that was taken on it is one. */
export function approvalsIn(records: readonly LedgerRecord[]): readonly GivenApproval[] {
    const found = records.flatMap((record): readonly GivenApproval[] => {
        const given = record.kind === "approval" ? [record.approval] : "approvals" in record ? (record.approvals ?? []) : [];
        return given.map((approval) => ({ ...placeOf(record), approval, from: record.rollout.from, to: record.rollout.to }));
    });
    return firstOfEach(found, ({ approval: { role, identity, digest, at } }) => JSON.stringify([role, identity, digest, at]));
}

/** Overrides of the rollout, each once, with the step that was taken on it. */
export function overridesIn(records: readonly LedgerRecord[]): readonly GivenOverride[] {
    const key = ({ digest, identity, at, lifts }: Override): string => JSON.stringify([digest, identity, at, lifts]);
    const used = new Map(
        records.flatMap((record) => ("overrides" in record ? (record.overrides ?? []).map((override) => [key(override), record.sequence] as const) : [])),
    );
    const found = records.flatMap((record): readonly GivenOverride[] => {
        const given = record.kind === "override" ? [record.override] : "overrides" in record ? (record.overrides ?? []) : [];
        return given.map((override) => {
            const usedBy = used.get(key(override));
            return { ...placeOf(record), override, from: record.rollout.from, to: record.rollout.to, ...defined({ usedBy }) };
        });
    });
    return firstOfEach(found, ({ override }) => key(override));
}

/**
 * Rollbacks, judgements that did not pass on a step that had traffic, and incidents that were announced. A hold during the soak that is only for want
 * of samples is none: every step begins so.
 */
export function incidentsIn(records: readonly LedgerRecord[]): readonly Incident[] {
    return records.flatMap((record): readonly Incident[] => {
        const kind = incidentKind(record);
        const { identity, verified } = record.actor;
        return kind === undefined ? [] : [{ ...placeOf(record), kind, text: record.text, identity, verified }];
    });
}

/** Whether a judgement shows that a bound is not kept: what is only unproven yet is no breach. */
export function isBreached({ reasons }: Judgement): boolean {
    return reasons.some(({ shortfall }) => shortfall === "breached");
}

/** Since when a breach is on record, after one more record: one that passed again by itself is no beginning of the next one. */
export function breachSince(since: string | undefined, record: LedgerRecord): string | undefined {
    const judgement = "judgement" in record ? record.judgement : undefined;
    return judgement === undefined ? since : isBreached(judgement) ? (since ?? record.at) : undefined;
}

/** Where a record is. */
export function placeOf({ sequence, hash, at }: LedgerRecord): OnRecord {
    return { sequence, hash, at };
}

function incidentKind(record: LedgerRecord): Incident["kind"] | undefined {
    switch (record.kind) {
        case "rolled-back":
            return "rollback";
        case "told":
        case "not-told":
            return record.message === "incident" || record.message === "rollback" ? record.kind : undefined;
        case "verdict":
            return isBreached(record.judgement) ? "hold" : undefined;
        case "watch":
            return record.judgement !== undefined && isBreached(record.judgement) ? "hold" : undefined;
        default:
            return undefined;
    }
}

function firstOfEach<T>(all: readonly T[], key: (one: T) => string): readonly T[] {
    return [...new Map(all.toReversed().map((one) => [key(one), one])).values()].toReversed();
}
