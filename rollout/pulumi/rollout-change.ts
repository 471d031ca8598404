import type { Move } from "../plan/move.ts";
import type { RolloutRecord } from "../route/record.ts";
import type { Transition } from "../route/transition.ts";

/** A change of the rollout, as the guard let it through. */
export interface RolloutChange {
    readonly transition: Transition;
    /** Where the rollout stood. Absent where nothing was deployed, or nothing is known of it. */
    readonly present?: RolloutRecord;
    readonly wanted: RolloutRecord;
}

/** What a condition for a step forward checks. */
export interface StepForward {
    readonly move: Move;
    /** True in `pulumi preview`: the answer is a forecast, and must have no effect. */
    readonly preview: boolean;
    /** True right before the route changes, when the move was let through before: what may have turned bad since is looked at again. @default false */
    readonly again?: boolean;
}

/** Why a change is not let through, and what to do instead: a clause each. */
export interface Refusal {
    readonly problem: string;
    readonly fix: string;
    /** Whether it may pass by itself: nothing is known to be bad, and something is not shown yet. @default false */
    readonly unsettled?: boolean;
}

/**
 * A condition for a step forward, and for the finish of a rollout, beyond the order of steps: a soak, a metric gate, an approval. An answer other than
 * undefined is the reason to refuse.
 */
export type StepCondition = (forward: StepForward) => Promise<Refusal | undefined>;

/** What people read when a change is refused. */
export function refusal({ problem, fix }: Refusal): string {
    return `rollout refused: ${problem}. What to do: ${fix}.`;
}
