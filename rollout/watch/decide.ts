import { defined } from "../defined.ts";
import type { Evidence } from "../gate/evidence.ts";
import { isOnlyUnproven, lackIn } from "./lack.ts";
import type { Judgement, Reason } from "../gate/verdict.ts";

/** One look at a step that is under way. Times are seconds of one clock; which one plays no part. */
export type Look =
    | {
          readonly kind: "judged";
          readonly atSeconds: number;
          /** How long the step has lasted, in seconds, by the API server's clock. */
          readonly soakedSeconds: number;
          /** Judgement of the step's gate. */
          readonly gate: Judgement;
          /** Judgement of what rolls back at once. */
          readonly atOnce: Judgement;
          /** Why the evidence shows nothing of the candidate's traffic. Absent when it does. */
          readonly blindness?: string;
          readonly absentSeconds?: number;
      }
    /** Nothing could be read at all. */
    | {
          readonly kind: "blind";
          readonly atSeconds: number;
          readonly reason: string;
          /**
           * How long the watcher did not look just before this look, in seconds, as while its computer slept: `atSeconds` leaves that time out. What it did
           * not see counts neither as blind nor as a hold.
           *
           * @default 0
           */
          readonly absentSeconds?: number;
      };

/** Time limits, in seconds. */
export interface WatchTimes {
    /** How long the step must last. */
    readonly soakSeconds: number;
    /** How long the gate may hold after the soak, before the watcher rolls back. */
    readonly holdSeconds: number;
    /** How long nothing may be seen, before the watcher rolls back. */
    readonly blindSeconds: number;
    /** Whether a gate that only lacks evidence waits for people when its time is over. What is breached or unseen is rolled back all the same. @default false: it rolls back */
    readonly waitsForEvidence?: boolean;
}

/** What a watcher remembers from one look to the next. A new watcher starts with {@link nothingSeen}, and loses nothing but how long the old one was blind. */
export interface WatchMemory {
    readonly blindSinceSeconds?: number | undefined;
    readonly passedAtSeconds?: number;
    /** Absence that no judged look has accounted for yet, in seconds. */
    readonly absentSeconds?: number;
    /** How much of the time after the soak the watcher was absent, in seconds. */
    readonly absentAfterSoakSeconds?: number;
}

/** What a look leads to. `lack`: why the evidence that is missing will not come in time. */
export type Decision =
    /** The soak is under way. `secondsLeft` until it is over. */
    | { readonly kind: "soaking"; readonly secondsLeft: number; readonly lack?: string }
    /** The soak is over and the gate does not pass. `secondsLeft` until the watcher rolls back; `waits`: it doesn't, since only evidence is missing and people decide. */
    | { readonly kind: "holding"; readonly reason: string; readonly secondsLeft: number; readonly lack?: string; readonly waits?: true }
    /** Nothing is seen. `secondsLeft` until the watcher rolls back. */
    | { readonly kind: "blind"; readonly reason: string; readonly secondsLeft: number }
    /** The soak is over and the gate passes, but the alarm reads nothing: no step is left that way, and no healthy candidate is rolled back for it. */
    | { readonly kind: "unguarded"; readonly reason: string }
    /** The soak is over and the gate passes. */
    | { readonly kind: "ready" }
    | { readonly kind: "roll-back"; readonly reason: string };

/** The memory of a watcher that has seen nothing yet. */
export const nothingSeen: WatchMemory = {};

/**
 * What to do after a look at a step.
 *
 * Time alone never lets a step pass, and time alone rolls one back: a hold and a blind watcher both have a limit. A criterion that rolls back
 * counts whether or not the rest can be seen, during the soak, after it, and while an approval is waited for.
 */
export function decide(known: WatchMemory, look: Look, times: WatchTimes): { readonly memory: WatchMemory; readonly decision: Decision } {
    const memory = afterAbsence(known, look.absentSeconds ?? 0);
    if (look.kind === "judged") {
        const fatal = [look.atOnce, look.gate].find(({ verdict }) => verdict === "rollback");
        if (fatal !== undefined) {
            return { memory, decision: { kind: "roll-back", reason: said(fatal, "rollback") } };
        }
    }
    if (look.kind === "blind") {
        return blind(memory, look.atSeconds, look.reason, times);
    }
    if (look.blindness !== undefined) {
        return blind(memory, look.atSeconds, look.blindness, times);
    }
    const passed = look.gate.verdict === "pass" && look.atOnce.verdict === "pass";
    const passedAtSeconds = passed ? look.atSeconds : memory.passedAtSeconds;
    const secondsLeft = times.soakSeconds - look.soakedSeconds;
    const absentAfterSoakSeconds = (memory.absentAfterSoakSeconds ?? 0) + Math.min(memory.absentSeconds ?? 0, Math.max(0, -secondsLeft));
    const seeing: WatchMemory = {
        ...defined({ passedAtSeconds }),
        ...(absentAfterSoakSeconds > 0 ? { absentAfterSoakSeconds } : {}),
    };
    const judgements = [look.gate, look.atOnce];
    if (!(secondsLeft <= 0)) {
        const lack = passed ? undefined : lackIn(judgements, { soakedSeconds: look.soakedSeconds, leftSeconds: secondsLeft + times.holdSeconds });
        return { memory: seeing, decision: { kind: "soaking", secondsLeft, ...defined({ lack }) } };
    }
    if (passed) {
        return { memory: seeing, decision: { kind: "ready" } };
    }
    const overdueSeconds = -secondsLeft - absentAfterSoakSeconds;
    const heldSeconds = passedAtSeconds === undefined ? overdueSeconds : Math.min(overdueSeconds, look.atSeconds - passedAtSeconds);
    const reason = [look.gate, look.atOnce]
        .filter(({ verdict }) => verdict !== "pass")
        .map((judgement) => said(judgement, "hold"))
        .join("; ");
    const left = Math.max(0, times.holdSeconds - heldSeconds);
    const lack = lackIn(judgements, { soakedSeconds: look.soakedSeconds, leftSeconds: left });
    if (heldSeconds < times.holdSeconds) {
        return { memory: seeing, decision: { kind: "holding", reason, secondsLeft: left, ...defined({ lack }) } };
    }
    return times.waitsForEvidence === true && isOnlyUnproven(judgements)
        ? { memory: seeing, decision: { kind: "holding", reason, secondsLeft: 0, waits: true, ...defined({ lack }) } }
        : {
              memory: seeing,
              decision: { kind: "roll-back", reason: `the gate has held for ${seconds(heldSeconds)}, longer than the plan allows: ${reason}` },
          };
}

/** What a watcher that was away still knows: not since when it was blind, since it can't know what it would have seen. */
function afterAbsence(memory: WatchMemory, absentSeconds: number): WatchMemory {
    return absentSeconds > 0 ? { ...memory, blindSinceSeconds: undefined, absentSeconds: (memory.absentSeconds ?? 0) + absentSeconds } : memory;
}

/**
 * Why `evidence` shows too little of the candidate's traffic, or undefined when both views are there: what users got, and what its pods say. No requests at all
 * can be seen; no series can not.
 */
export function blindnessOf({ candidate }: Evidence): string | undefined {
    if (candidate === undefined) {
        return "the evidence holds no candidate";
    }
    const { gateway, ownMetrics, scrapes, requests } = candidate;
    // Pods that show nothing by the profile are no blindness, as long as the gateway sees.
    const own = ownMetrics !== undefined && gateway.kind === "seen" ? [] : [scrapes, requests];
    const unseen = [...own, ...(gateway.kind === "seen" ? [gateway.scrapes, gateway.requests] : [])].find(({ kind }) => kind === "missing");
    return unseen?.kind === "missing" ? unseen.reason : undefined;
}

/** The reasons of a judgement that have this verdict, as one sentence for people. */
export function said(judgement: Judgement, verdict: Reason["verdict"]): string {
    const texts = judgement.reasons.filter((reason) => reason.verdict === verdict).map(({ criterion, text }) => `${criterion}: ${text}`);
    return texts.length === 0 ? "no criterion was judged" : texts.join("; ");
}

function blind(
    memory: WatchMemory,
    atSeconds: number,
    reason: string,
    { blindSeconds }: WatchTimes,
): { readonly memory: WatchMemory; readonly decision: Decision } {
    const since = memory.blindSinceSeconds ?? atSeconds;
    const lasted = atSeconds - since;
    return {
        memory: { ...memory, blindSinceSeconds: since },
        decision:
            lasted < blindSeconds
                ? { kind: "blind", reason, secondsLeft: blindSeconds - lasted }
                : { kind: "roll-back", reason: `nothing was seen for ${seconds(lasted)}, longer than the plan allows: ${reason}` },
    };
}

function seconds(value: number): string {
    return `${String(Math.round(value))} s`;
}
