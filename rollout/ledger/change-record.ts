import { defined } from "../defined.ts";
import type { RolloutRecord } from "../route/record.ts";
import type { Transition } from "../route/transition.ts";
import type { Grounds, LedgerDraft, LedgerRollout, RecordCommon, RecordEvent } from "./ledger-record.ts";

/** A change of the route that was made, and what it was decided on. */
export interface MadeChange {
    readonly transition: Transition;
    /** Where the rollout stood. Absent where nothing was deployed, or nothing is known of it. */
    readonly present?: RolloutRecord;
    readonly wanted: RolloutRecord;
    readonly grounds: Grounds;
    /** What people should know besides, as a sentence. */
    readonly remark?: string;
}

/** The record of a change, or undefined where nothing has moved. */
export function changeRecord(change: MadeChange, by: Pick<RecordCommon, "actor" | "commit">): LedgerDraft | undefined {
    const { transition, wanted, present, grounds, remark } = change;
    const told = toldOf(transition, wanted, present, grounds);
    if (told === undefined) {
        return undefined;
    }
    const { text, ...record } = told;
    return { ...by, ...record, text: remark === undefined ? text : `${text}. ${remark}` };
}

type Told = RecordEvent & Pick<RecordCommon, "rollout" | "text">;

function toldOf(transition: Transition, wanted: RolloutRecord, present: RolloutRecord | undefined, grounds: Grounds): Told | undefined {
    const before = present?.kind === "rolling" ? present.candidate : undefined;
    const candidate = wanted.kind === "rolling" ? wanted.candidate : before;
    const named = { stable: wanted.stable, ...defined({ candidate }) };
    const name = candidate?.name ?? "whatever was beside it";
    switch (transition.kind) {
        case "start":
            return { kind: "entered", rollout: { ...named, from: 0, to: 0 }, text: `${wanted.stable.name} was deployed, with all of the traffic`, ...grounds };
        case "declare":
            return { kind: "entered", rollout: { ...named, from: 0, to: 0 }, text: `${name} was declared as the candidate, at 0 %`, ...grounds };
        case "forward": {
            const to = transition.step.weightPercent;
            return {
                kind: "entered",
                rollout: { ...named, from: transition.from, to },
                text: `${name} went from ${shown(transition.from)} to ${shown(to)}`,
                ...grounds,
            };
        }
        case "back": {
            const { fromPercent: from, to } = transition;
            return { kind: "rolled-back", rollout: { ...named, from, to }, text: `${name} went back from ${shown(from)} to ${shown(to)}`, ...grounds };
        }
        case "withdraw":
            return {
                kind: "withdrawn",
                rollout: { ...named, from: transition.fromPercent, to: 0 },
                text: `${name} left the stack, from ${shown(transition.fromPercent)}`,
            };
        case "finish": {
            const rollout: LedgerRollout = { stable: present?.stable ?? wanted.stable, candidate: wanted.stable, from: 100, to: "finished" };
            return { kind: "finished", rollout, text: `${wanted.stable.name} is the stable revision`, ...grounds };
        }
        case "unchanged":
        case "refused":
            return undefined;
    }
}

function shown(percent: number): string {
    return `${String(Math.round(percent * 100) / 100)} %`;
}
