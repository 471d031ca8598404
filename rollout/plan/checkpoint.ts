import type { LedgerRecord } from "../ledger/ledger-record.ts";
import type { RevisionReference } from "../route/revision.ts";

/** How many hours after the finish a rollout is looked at again. Checklist: '24-Hour Checkpoint', '48-Hour Checkpoint'. */
export type CheckpointHours = 24 | 48;

/** A look back that may be taken, or why not. */
export type CheckpointQuestion =
    | {
          readonly kind: "due";
          /** The record of the finish, whose candidate is the stable revision now. */
          readonly finished: LedgerRecord & { readonly kind: "finished" };
          readonly candidate: RevisionReference;
          readonly windowSeconds: number;
      }
    | { readonly kind: "not-due"; readonly why: string };

/** What is asked of {@link checkpointQuestion}. */
export interface CheckpointArgs {
    readonly hours: CheckpointHours;
    readonly records: readonly LedgerRecord[];
    /** The revision that users have now. */
    readonly stable: RevisionReference;
    /** By the API server's clock: ISO 8601. */
    readonly now: string;
    /** Factor on the hours: 1 outside a lab. */
    readonly timeScale: number;
}

/** Whether the review after `hours` may be made now: the rollout that brought the stable revision is finished for as long as that. */
export function checkpointQuestion({ hours, records, stable, now, timeScale }: CheckpointArgs): CheckpointQuestion {
    const finished = records.findLast((record) => record.kind === "finished");
    const candidate = finished?.rollout.candidate;
    if (finished === undefined || candidate === undefined) {
        return { kind: "not-due", why: "the ledger has no finished rollout" };
    }
    if (candidate.digest !== stable.digest) {
        return { kind: "not-due", why: `${candidate.name} was finished last, and users have ${stable.name}: the ledger and the route don't fit together` };
    }
    const windowSeconds = hours * 3_600 * timeScale;
    const leftSeconds = windowSeconds - (Date.parse(now) - Date.parse(finished.at)) / 1_000;
    // What is no number is not due either.
    return leftSeconds <= 0
        ? { kind: "due", finished, candidate, windowSeconds }
        : {
              kind: "not-due",
              why: `it is too early: ${candidate.name} was finished at ${finished.at}, and ${String(Math.ceil(leftSeconds))} s are left of ${String(hours)} h`,
          };
}
