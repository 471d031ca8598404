import type { LedgerRecord } from "../ledger/ledger-record.ts";
import { type RolloutPlan, findStep } from "../plan/plan.ts";

/** How a stay at a weight ended. */
export type StepOutcome = "passed" | "rolled-back" | "finished" | "withdrawn" | "under-way";

/** A stay of the candidate at one weight. A step that was taken twice is two of them. */
export interface StepSpan {
    /** The plan's word, or `by hand` where the weight is none of the plan's. After a rollback to 0 it is `rolled back`. */
    readonly name: string;
    /** Share of user requests that the route gave to the candidate, in percent. */
    readonly weightPercent: number;
    /** ISO 8601, by the API server's clock. */
    readonly enteredAt: string;
    /** Absent while it lasts. */
    readonly leftAt?: string;
    /** How long it lasted, or has lasted so far. */
    readonly seconds: number;
    readonly outcome: StepOutcome;
    /** Sequences of the ledger records of this time, the one that ended it included. */
    readonly sequences: readonly number[];
}

/**
 * The stays of one rollout, oldest first.
 *
 * @param records of this rollout alone, oldest first.
 * @param now ISO 8601: the end of what still lasts.
 */
export function spansOf(plan: RolloutPlan, records: readonly LedgerRecord[], now: string): readonly StepSpan[] {
    const spans: StepSpan[] = [];
    let open: Open | undefined;
    for (const record of records) {
        open?.sequences.push(record.sequence);
        const change = changeIn(plan, record);
        if (change === undefined) {
            continue;
        }
        if (open !== undefined) {
            spans.push(closed(open, record.at, change.ends));
        }
        open = change.opens === undefined ? undefined : { ...change.opens, enteredAt: record.at, sequences: [] };
    }
    return open === undefined ? spans : [...spans, { ...lasting(open, now), outcome: "under-way" }];
}

interface Opening {
    readonly name: string;
    readonly weightPercent: number;
}

interface Open extends Opening {
    readonly enteredAt: string;
    readonly sequences: number[];
}

/** What a record ends, and what it begins. Absent where nothing moved. */
function changeIn(plan: RolloutPlan, { kind, rollout: { to } }: LedgerRecord): { readonly ends: StepOutcome; readonly opens?: Opening } | undefined {
    switch (kind) {
        case "entered":
            return to === "finished" ? undefined : { ends: "passed", opens: { name: nameOf(plan, to), weightPercent: to } };
        case "rolled-back":
            return to === "finished" ? undefined : { ends: "rolled-back", opens: { name: to === 0 ? "rolled back" : nameOf(plan, to), weightPercent: to } };
        case "finished":
            return { ends: "finished" };
        case "withdrawn":
            return { ends: "withdrawn" };
        default:
            return undefined;
    }
}

function closed(open: Open, leftAt: string, outcome: StepOutcome): StepSpan {
    return { ...lasting(open, leftAt), leftAt, outcome };
}

function lasting({ name, weightPercent, enteredAt, sequences }: Open, until: string): Omit<StepSpan, "outcome"> {
    return { name, weightPercent, enteredAt, seconds: Math.max(0, (Date.parse(until) - Date.parse(enteredAt)) / 1_000), sequences };
}

function nameOf(plan: RolloutPlan, percent: number): string {
    return findStep(plan, percent)?.name ?? "by hand";
}
