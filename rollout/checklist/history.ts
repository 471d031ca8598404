import type { LedgerRecord } from "../ledger/ledger-record.ts";
import type { RevisionReference } from "../route/revision.ts";
import type { Judgement } from "../gate/verdict.ts";
import type { Destination } from "../plan/move.ts";
import { type RolloutPlan, nextStep } from "../plan/plan.ts";
import { type Established, type EvidenceLink, open } from "./state.ts";

/** A judgement on record. */
export interface Judged {
    readonly record: LedgerRecord;
    readonly judgement: Judgement;
    /** Weight of the step that was judged, in percent; `success` for the criteria of a finished rollout. */
    readonly of: number | "success";
}

/** What the ledger shows of one rollout of one revision. */
export interface RolloutHistory {
    /** Every record about the revision, oldest first: also those from before it was declared, as of a preflight. */
    readonly all: readonly LedgerRecord[];
    /** Records since it was declared the last time. */
    readonly rollout: readonly LedgerRecord[];
    /** Records since it was declared, or since all traffic was taken off it: those of the present attempt. */
    readonly attempt: readonly LedgerRecord[];
    /** The step to `to` as it was entered, unless it was rolled back since. */
    readonly entered: (to: Destination) => LedgerRecord | undefined;
    /** The newest rollback, to whatever weight. */
    readonly rolledBack: LedgerRecord | undefined;
    /** The candidate that came after the newest rollback, by its newest record. */
    readonly successor: RevisionReference | undefined;
    /** Records of {@link successor} since the rollback. */
    readonly successorRecords: readonly LedgerRecord[];
    /** Rollbacks, holds on record, and incidents that were announced. */
    readonly incidents: readonly LedgerRecord[];
    /** Judgements, newest first. Those of a step that was rolled back since are left out. */
    readonly judged: readonly Judged[];
    /** Judgements of the whole rollout, newest first. */
    readonly everJudged: readonly Judged[];
}

/** Reads the rollout of `candidate` from a ledger. Records of other revisions play no part, and nor do earlier rollouts of the same content. */
export function historyOf(records: readonly LedgerRecord[], candidate: RevisionReference): RolloutHistory {
    const all = records.filter(({ rollout }) => rollout.candidate?.digest === candidate.digest);
    const declared = all.findLastIndex(({ kind, rollout }) => kind === "entered" && rollout.from === 0 && rollout.to === 0);
    const rollout = all.slice(Math.max(0, declared));
    const attempt = rollout.slice(rollout.findLastIndex(({ kind, rollout: { to } }) => kind === "rolled-back" && to === 0) + 1);
    const everJudged = rollout.flatMap(judgedIn).toReversed();
    const backAfter = (record: LedgerRecord, weight: number): boolean =>
        rollout.some(({ kind, sequence, rollout: { to } }) => kind === "rolled-back" && sequence > record.sequence && to !== "finished" && to < weight);
    const rolledBack = rollout.findLast(({ kind }) => kind === "rolled-back");
    const since = rolledBack === undefined ? [] : records.filter(({ sequence }) => sequence > rolledBack.sequence);
    const successor = since.findLast(({ rollout: { candidate: other } }) => other !== undefined && other.digest !== candidate.digest)?.rollout.candidate;
    return {
        all,
        rollout,
        attempt,
        entered: (to) =>
            to === "finished"
                ? attempt.findLast(({ kind }) => kind === "finished")
                : attempt.findLast((record) => record.kind === "entered" && record.rollout.to === to && !backAfter(record, to)),
        rolledBack,
        successor,
        successorRecords: since.filter(({ rollout: { candidate: other } }) => other?.digest === successor?.digest),
        incidents: rollout.filter(isIncident),
        everJudged,
        judged: everJudged.filter(({ record, of }) => record.kind !== "rolled-back" && (of === "success" || !backAfter(record, of))),
    };
}

/** A record as people and programs find it again: `<sequence>@<hash>`. */
export function linkTo({ sequence, hash }: LedgerRecord): EvidenceLink {
    return { kind: "record", sequence, hash };
}

function judgedIn(record: LedgerRecord): readonly Judged[] {
    const judgement = "judgement" in record ? record.judgement : undefined;
    const of = record.kind === "checkpoint" ? "success" : record.rollout.from;
    return judgement === undefined ? [] : [{ record, judgement, of }];
}

/** A hold, a rollback, or a message about one. */
export function isIncident(record: LedgerRecord): boolean {
    switch (record.kind) {
        case "rolled-back":
            return true;
        case "told":
        case "not-told":
            return record.message === "incident" || record.message === "rollback";
        case "verdict":
            return record.judgement.verdict !== "pass";
        case "watch":
            return record.judgement !== undefined && record.judgement.verdict !== "pass";
        default:
            return false;
    }
}

/** A box that rests on a record, or why it is open without one. */
export function onRecord(record: LedgerRecord | undefined, otherwise: string): Established {
    return record === undefined ? open(otherwise) : { state: "holds", text: record.text, at: record.at, evidence: linkTo(record) };
}

/** The first step with a share of the traffic, as it was entered: from then on there is something to tell. */
export function firstShareOf(plan: RolloutPlan, history: RolloutHistory): LedgerRecord | undefined {
    const first = nextStep(plan, 0);
    return first === undefined ? undefined : history.entered(first.weightPercent);
}
