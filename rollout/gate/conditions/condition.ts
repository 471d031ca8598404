import type { TimedRoute } from "../../kubernetes/cluster-reader.ts";
import type { Approval } from "../../consent/approval.ts";
import type { Evidence } from "../evidence.ts";
import { type Move, describeMove } from "../../plan/move.ts";
import { sameRevision } from "../../route/record.ts";
import type { StepClock } from "../../watch/step-clock.ts";
import type { Judgement } from "../verdict.ts";

/** One thing that stands in the way of a step. */
export interface Obstacle {
    /** What an override names to lift it: `soak`, `approvals`, or the id of a criterion. */
    readonly id: string;
    /** False for what no override may lift: a criterion that rolls back at once. */
    readonly liftable: boolean;
    /** True when it could not be looked at: that is no answer, and so it is in the way. */
    readonly notEvaluated: boolean;
    /** A clause: what is measured, what is needed, what time is left. */
    readonly problem: string;
    /** A clause: what to do. */
    readonly fix: string;
}

/** What a condition found. It is met when nothing stands in the way. */
export interface ConditionFinding {
    readonly obstacles: readonly Obstacle[];
    /** What people read of a condition that is met: `soak 31 min of 30 min`. */
    readonly summary: string;
    /** What it was made of: kept in the ledger. */
    readonly judgement?: Judgement;
    readonly evidence?: Evidence;
    readonly approvals?: readonly Approval[];
}

/** What a condition checks. */
export interface Question {
    readonly move: Move;
    /** The step that is live. */
    readonly live: TimedRoute;
    /** True in `pulumi preview`: looking must have no effect on anything. */
    readonly preview: boolean;
}

/** A condition for a step forward. */
export type Condition = (question: Question) => Promise<ConditionFinding>;

/** The clock of the step that `move` leaves, where that step is live with the same content; otherwise why there is none. */
export function clockOf({ move, live }: Pick<Question, "move" | "live">): StepClock {
    switch (live.kind) {
        case "found": {
            const { record } = live.present;
            if (record.kind !== "rolling" || !sameRevision(record.candidate, move.candidate) || record.weightPercent !== move.from) {
                return { kind: "unknown", reason: `${move.candidate.name} is not at ${String(move.from)} % yet: deploy it there first` };
            }
            return live.clock;
        }
        case "absent":
            return { kind: "unknown", reason: `there is no route yet, so ${describeMove(move)} leaves no step` };
        case "damaged":
        case "unreachable":
            return { kind: "unknown", reason: `the live route can't be read: ${live.reason}` };
    }
}
