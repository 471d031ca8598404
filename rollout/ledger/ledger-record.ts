import type { Approval } from "../consent/approval.ts";
import type { Signature } from "../checklist/signature.ts";
import type { Actor } from "../gate/criterion.ts";
import type { Evidence } from "../gate/evidence.ts";
import type { Destination } from "../plan/move.ts";
import type { Override } from "../consent/override.ts";
import type { CheckResult } from "../preflight/preflight.ts";
import type { RevisionReference } from "../route/revision.ts";
import type { Judgement } from "../gate/verdict.ts";
import type { ToldMessage } from "../checklist/message.ts";
import type { RollbackCause } from "../watch/cause.ts";

/** What the records of this program look like. A reader refuses any other number, instead of guessing. */
export const ledgerVersion = 1 as const;

/** The rollout that a record is about. */
export interface LedgerRollout {
    readonly stable: RevisionReference;
    /** Absent when the stable revision is alone. */
    readonly candidate?: RevisionReference;
    /** Share of user requests for the candidate before, in percent. Not always a weight of the plan: a hand may have moved the route. */
    readonly from: number;
    /** Where it goes; the same as `from` where nothing moves. */
    readonly to: Destination;
}

/** Evidence as it is kept. Where it does not fit, the note says so and the digest still proves what the judgement was made of. */
export type KeptEvidence =
    | { readonly kind: "whole"; readonly evidence: Evidence }
    | {
          readonly kind: "trimmed";
          /** Why, in words, with both sizes. */
          readonly note: string;
          /** `sha256:<64 hex>` over the canonical JSON of the whole evidence. */
          readonly digest: string;
      };

/** What a decision was made of. */
export interface Grounds {
    readonly judgement?: Judgement;
    readonly evidence?: KeptEvidence;
    readonly approvals?: readonly Approval[];
    readonly overrides?: readonly Override[];
}

/** What every record says. */
export interface RecordCommon {
    readonly actor: Actor;
    readonly rollout: LedgerRollout;
    /** Commit that the program ran from, where it is known. */
    readonly commit?: string;
    /** One or more sentences for people. */
    readonly text: string;
}

/** What happened. */
export type RecordEvent =
    /** A step forward was taken, or a candidate declared, or the first revision deployed. The weights have moved. */
    | ({ readonly kind: "entered" } & Grounds)
    /** Live evidence was judged, and nothing moved. */
    | { readonly kind: "verdict"; readonly judgement: Judgement; readonly evidence?: KeptEvidence }
    /** Traffic was rolled back to a lower weight. */
    | ({
          readonly kind: "rolled-back";
          /** What called for it, where no judgement did. Absent in records of 0.2.0 and before. */
          readonly cause?: RollbackCause;
          /**
           * From the decision until the API server confirmed the new weights, in seconds: attempts that failed are part of it. Absent in records of 0.2.0 and before, and
           * where an update of the stack rolled back.
           */
          readonly movedInSeconds?: number;
      } & Grounds)
    | { readonly kind: "approval"; readonly approval: Approval }
    | { readonly kind: "override"; readonly override: Override }
    /** A role signed boxes of the checklist. Never empty. */
    | { readonly kind: "signed"; readonly signatures: readonly Signature[] }
    /** Checks of the preflight were run. Never empty, and not always all of them. */
    | { readonly kind: "preflight"; readonly results: readonly CheckResult[] }
    /** The candidate became the stable revision. */
    | ({ readonly kind: "finished" } & Grounds)
    /** The candidate left the stack. */
    | { readonly kind: "withdrawn" }
    /** What the watcher saw while a step lasted: it began, it held, it was blind, it ended. */
    | ({ readonly kind: "watch" } & Grounds)
    /** A look at a finished rollout after a day and after two. Checklist: '24-Hour Checkpoint', '48-Hour Checkpoint'. */
    | ({ readonly kind: "checkpoint"; readonly hours: 24 | 48 } & Grounds)
    /** People heard a message of the communication plan: at least one notifier delivered it. */
    | {
          readonly kind: "told";
          readonly message: ToldMessage;
          /** Who delivered it, when by this program's clock (ISO 8601), and after how many tries. Never empty. */
          readonly delivered: readonly { readonly notifier: NotifierName; readonly at: string; readonly attempts: number }[];
          readonly undelivered: readonly UndeliveredMessage[];
      }
    /** No notifier delivered a message of the communication plan. It says why, and counts for nothing else. */
    | { readonly kind: "not-told"; readonly message: ToldMessage; readonly undelivered: readonly UndeliveredMessage[] }
    /** Something that people want kept. */
    | {
          readonly kind: "note";
          /** `retry`: why a revision that was rolled back may be tried again. Absent in records of 0.2.0 and before. */
          readonly purpose?: "retry";
      };

/** Ways to tell people something. */
export const notifierNames = ["slack", "webhook", "email", "status-page"] as const;

/** One of {@link notifierNames}. */
export type NotifierName = (typeof notifierNames)[number];

/** A message that a notifier could not deliver, and why. */
export interface UndeliveredMessage {
    readonly notifier: NotifierName;
    readonly reason: string;
    /** How often it was tried. 0: not at all, as without its address. */
    readonly attempts: number;
}

/** What a record is made of before it has its place in the chain. */
export type LedgerDraft = RecordCommon & RecordEvent;

/** A record's place in the chain. */
export interface Link {
    readonly version: typeof ledgerVersion;
    /** 1 for the first record, then without a gap. */
    readonly sequence: number;
    /** When it was appended, by the API server's clock: ISO 8601, UTC. */
    readonly at: string;
    /** {@link Link.hash} of the record before, or {@link genesis} for the first. */
    readonly previousHash: string;
    /** `sha256:<64 hex>` over the canonical JSON of everything else in the record. */
    readonly hash: string;
}

/** One record of the ledger. */
export type LedgerRecord = LedgerDraft & Link;

/** A note of a ledger's newest record. Kept elsewhere, it shows a tail that was cut off. */
export interface LedgerHead {
    readonly sequence: number;
    readonly hash: string;
}

/** What the first record gives as the hash before it. */
export const genesis: LedgerHead = { sequence: 0, hash: `sha256:${"0".repeat(64)}` };
