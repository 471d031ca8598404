import type { Approval, ApprovalPolicy } from "../consent/approval.ts";
import type { Evidence, Observation } from "../gate/evidence.ts";
import type { LedgerRecord } from "../ledger/ledger-record.ts";
import type { Move } from "../plan/move.ts";
import type { RevisionReference } from "../route/revision.ts";
import type { Schedule } from "../plan/schedule.ts";
import type { Judgement } from "../gate/verdict.ts";
import type { Signature } from "./signature.ts";

/** A resource of the stack, as its state has it. */
export interface DeclaredResource {
    /** Type token, such as `kubernetes:core/v1:Namespace`. */
    readonly type: string;
    readonly urn: string;
}

/** A rule of the policy pack, judged on the stack's state. */
export interface JudgedRule {
    readonly rule: string;
    readonly level: "mandatory" | "advisory" | "disabled";
    /** What breaks the rule, one line each. Waived findings are not among them. */
    readonly findings: readonly string[];
}

/** An alert that Prometheus has loaded. */
export interface LoadedAlert {
    readonly name: string;
    /** Prometheus' word for how its last evaluation went: `ok`, `err`, `unknown`. */
    readonly health: string;
}

/** A critical alert about the service that fired, from its first moment to its last: ISO 8601. */
export interface FiredAlert {
    readonly name: string;
    readonly from: string;
    readonly to: string;
}

/** What Prometheus has of the critical alerts about the service. */
export interface FiredAlerts {
    /** How far back it reaches: ISO 8601. What fired before is not known. */
    readonly since: string;
    readonly fired: readonly FiredAlert[];
}

/** What is so since the newest rollback. */
export interface SinceRollback {
    /** Pods of the stable revision that are ready, and how many all traffic needs. */
    readonly stablePods: { readonly ready: number; readonly needed: number };
    /** What the gateway sent to each revision since. */
    readonly requests: Observation<{ readonly stable: number; readonly candidate: number }>;
}

/** The step that is live, looked at now. */
export interface LiveLook {
    /** The step forward that comes next. */
    readonly move: Move;
    /** ISO 8601. */
    readonly at: string;
    /** How long the step has lasted, in seconds. Absent where that is not known. */
    readonly soakedSeconds?: number;
    /** Absent where nothing could be judged. */
    readonly judgement?: Judgement;
    /** What it was judged on. */
    readonly evidence?: Evidence;
}

/** Everything that a checklist is evaluated on. What could not be looked at is `missing` with its reason: no box holds by it. */
export interface Facts {
    /** By the API server's clock: ISO 8601. */
    readonly now: string;
    /** The revision that is rolled out, or that was rolled out last. If omitted, there is none, and every box is open. */
    readonly candidate?: RevisionReference;
    readonly schedule: Schedule;
    readonly resources: Observation<readonly DeclaredResource[]>;
    readonly rules: Observation<readonly JudgedRule[]>;
    readonly alerts: Observation<readonly LoadedAlert[]>;
    /** Critical alerts that fired lately. */
    readonly fired: Observation<FiredAlerts>;
    readonly sinceRollback: Observation<SinceRollback>;
    /** The records that count, of an intact chain. */
    readonly ledger: Observation<readonly LedgerRecord[]>;
    readonly signatures: Observation<readonly Signature[]>;
    readonly approvals: Observation<readonly Approval[]>;
    /** Who may approve and sign. */
    readonly policy: ApprovalPolicy;
    /** How long a signature counts at the most, in minutes. */
    readonly signatureMinutes: number;
    /** Absent where no step is under way. */
    readonly live?: LiveLook;
}

/** How long the results of a preflight count, in minutes of the plan: what was looked at is today's, as with approvals. */
export const checkMinutes = 24 * 60;
