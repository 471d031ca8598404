import type { Weight } from "../plan/plan.ts";
import { sameRevision } from "./record.ts";
import type { RevisionReference } from "./revision.ts";

/** A step that is under way, as the live route has it. */
export interface LiveStep {
    readonly stable: RevisionReference;
    readonly candidate: RevisionReference;
    readonly weightPercent: Weight;
    /** When it was entered, by the API server's clock: ISO 8601. */
    readonly enteredAt: string;
    /** How long it has lasted, in seconds, by the API server's clock. */
    readonly soakedSeconds: number;
}

/** What a look at the live route found. */
export type StepReading =
    | { readonly kind: "under-way"; readonly step: LiveStep }
    /** No candidate has any traffic. */
    | {
          readonly kind: "nothing";
          readonly why: string;
          /** Whether the candidate was taken off its traffic. */
          readonly rolledBack: boolean;
          /** There is no route at all. */
          readonly absent?: true;
      }
    /** Where the rollout stands is unknown. */
    | {
          readonly kind: "unknown";
          readonly reason: string;
          /** The API server answered, and what it has is no step. Absent where it could not be asked. */
          readonly answered?: true;
      };

/** Whether both are the same step of the same rollout. */
export function sameStep(left: LiveStep, right: LiveStep): boolean {
    return left.weightPercent === right.weightPercent && sameRevision(left.candidate, right.candidate) && sameRevision(left.stable, right.stable);
}
