import type { Approval } from "../../rollout/approval.ts";
import type { Evidence } from "../../rollout/evidence.ts";
import type { Move } from "../../rollout/move.ts";
import type { Judgement } from "../../rollout/verdict.ts";

/** One thing that stands in the way of a step. */
export interface Obstacle {
    /** What an override names to lift it: `soak`, `approvals`, or the id of a criterion. */
    readonly id: string;
    /** False for what nobody may lift: a criterion that rolls back at once. */
    readonly liftable: boolean;
    /** True when it could not be looked at: that is no answer, and so it is in the way. */
    readonly notEvaluated: boolean;
    /** A clause: what is measured, what is needed, what time is left. */
    readonly problem: string;
    /** A clause: what to do. */
    readonly mend: string;
}

/** What a condition found. It is met when nothing stands in the way. */
export interface Finding {
    readonly obstacles: readonly Obstacle[];
    /** What people read of a condition that is met: `soak 31 min of 30 min`. */
    readonly summary: string;
    /** What it was made of: kept in the ledger. */
    readonly judgement?: Judgement;
    readonly evidence?: Evidence;
    readonly approvals?: readonly Approval[];
}

/** A condition for a step forward. It has no effect on anything, so that a preview may ask it, and it never throws. */
export type Condition = (move: Move) => Promise<Finding>;
