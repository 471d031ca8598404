import type { AlarmSight } from "../alarm-sight.ts";
import type { Evidence } from "../../gate/evidence.ts";
import type { LiveStep } from "../../route/live-step.ts";
import type { Judgement } from "../../gate/verdict.ts";
import type { Decision } from "../decide.ts";

/** Evidence with what the judge says of it. */
export interface Examination {
    readonly evidence: Evidence;
    /** Judgement of the step's gate. */
    readonly gate: Judgement;
    /** Judgement of what rolls back at once. */
    readonly atOnce: Judgement;
}

/** Another watcher has the lease and speaks. This one judges all the same: `own` is what it decided. */
export interface StandingBy {
    readonly kind: "standing-by";
    readonly holder: string;
    /** Absent before its first look. */
    readonly own?: Decision;
}

/** What a watcher tells people and programs of a watched step. */
export interface WatchStatus {
    readonly step?: LiveStep;
    readonly decision: Decision | StandingBy;
    readonly examination?: Examination;
    /** What the alarm reads. Absent while no step is known that it could watch. */
    readonly alarm?: AlarmSight;
}

/** When a rollback was decided, and when the API server had confirmed it, in milliseconds since the epoch. */
export interface RollbackTiming {
    readonly decidedAtMs: number;
    readonly doneAtMs: number;
}

/** How watching ended. A watch has one end. */
export type WatchEnd =
    | { readonly kind: "ready"; readonly step: LiveStep; readonly examination: Examination }
    | {
          readonly kind: "rolled-back";
          readonly reason: string;
          /** Absent when this watcher did not do it. */
          readonly timing?: RollbackTiming;
      }
    | { readonly kind: "nothing"; readonly why: string }
    /** What was to be done was not done. `reason` says what, why, and what to do now. */
    | {
          readonly kind: "failed";
          readonly reason: string;
          readonly step: LiveStep;
          /** Whether the candidate must lose its traffic and may still have it. */
          readonly rollbackDue: boolean;
      }
    | { readonly kind: "stopped" };
