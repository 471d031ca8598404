import { defined } from "../defined.ts";
import type { NotifierName } from "../ledger/ledger-record.ts";
import type { Destination } from "../plan/move.ts";
import type { Role, Weight } from "../plan/plan.ts";
import type { RollbackCategory } from "../watch/cause.ts";
import type { PreflightCheck } from "./preflight.ts";
import type { ToldMessage } from "./message.ts";

/**
 * How it is established that a box holds. All ways but `attested` look at something, and take no one's word.
 *
 * `event` reads the ledger: what happened, when, and on which evidence.
 */
export type Establishment =
    /** A resource that the stack declares, by its type token. */
    | { readonly kind: "declared"; readonly resource: string }
    /** A rule of the policy pack, by its name. `resource`: the type token of what it is about, of which the stack must declare at least one. */
    | { readonly kind: "policy"; readonly rule: string; readonly resource: string }
    /** Criteria of a gate or of what rolls back, by their ids: all of them, in the judgement of `of`. */
    | { readonly kind: "gate"; readonly of: JudgementOf; readonly criteria: readonly string[] }
    /** A check of the preflight; with `also`, those too. With `of`, of the candidate that came after one that was rolled back. */
    | { readonly kind: "check"; readonly check: PreflightCheck; readonly also?: readonly PreflightCheck[]; readonly of?: "successor" }
    /** An alert that must be loaded and reach a person, by its name. */
    | { readonly kind: "alert"; readonly alert: string }
    /** Something that the ledger shows. */
    | { readonly kind: "event"; readonly event: LedgerEvent }
    /**
     * A role signs, with a link or a note, for this content and for a limited time. With `approves`, the role's approval of the step to that destination is the
     * signature: no role signs twice.
     */
    | { readonly kind: "attested"; readonly role: Role; readonly approves?: Destination };

/**
 * Which judgement a box reads: that of the step at a weight, of the finished rollout by the success criteria, or the one that called for a rollback
 * (`rollback`).
 */
export type JudgementOf = Weight | "success" | "rollback";

/** What a box can ask of the ledger. */
export type LedgerEvent =
    /** The step at this weight was entered. */
    | { readonly kind: "entered"; readonly weightPercent: Weight }
    /** The gate out of the step at this weight passed, with its numbers on record; with `afterSoak`, when watching had gone on for as long as the plan's soak. */
    | { readonly kind: "gate-passed"; readonly weightPercent: Weight; readonly afterSoak?: true }
    /** Watching went on for as long as the plan's soak at this weight. */
    | { readonly kind: "soaked"; readonly weightPercent: Weight }
    | { readonly kind: "finished" }
    /** A review after this many hours was made. */
    | { readonly kind: "checkpoint"; readonly hours: 24 | 48 }
    /** People were told: one of the messages of the communication plan was delivered; with `notifier`, by that one; with `hoursBefore`, at least that long before. */
    | { readonly kind: "told"; readonly message: Exclude<ToldMessage, "update">; readonly notifier?: NotifierName; readonly hoursBefore?: number }
    /** People heard something as often as the plan says: from the first step to the end, or from an incident to its end. */
    | { readonly kind: "updates"; readonly during: "rollout" | "incident" }
    /** No candidate was rolled back and no critical alert fired, in a rollout that is finished; with `hours`, for that long since. */
    | { readonly kind: "no-incident"; readonly hours?: 24 | 48 }
    /**
     * Each hold and each rollback is on record with its reason. Without one there is nothing to record; with `since`, a step at that weight counts too that was
     * judged since it was entered and went well.
     */
    | { readonly kind: "incidents-recorded"; readonly since?: Weight }
    /** A step that did not pass was held. Not asked where it was rolled back at once. */
    | { readonly kind: "held" }
    /** The newest incident is over: the step passed since, or all traffic was taken off the candidate. */
    | { readonly kind: "incident-ended" }
    /** After a rollback: another candidate came, or the same one with a reason on record (`rollout retry`). */
    | { readonly kind: "tried-again" }
    /** A number that the gate out of the step at this weight was judged on is in the evidence of its record. */
    | { readonly kind: "figure"; readonly weightPercent: Weight; readonly figure: Figure }
    /** After a rollback: the stable revision has the pods that all traffic needs, or the gateway sends everything to it. Looked at now. */
    | { readonly kind: "since-rollback"; readonly what: "pods" | "traffic" }
    /** After a rollback: its record, with reason and evidence. With `category`, one that a person made for that. */
    | { readonly kind: "rolled-back"; readonly category?: RollbackCategory };

/** What {@link LedgerEvent} `figure` asks for, of the candidate: requests a second, or the mean time to answer in seconds. */
export type Figure = "request-rate" | "latency-mean";

/** All checks that a box rests on. */
export function checksOf({ check: name, also = [] }: Extract<Establishment, { kind: "check" }>): readonly PreflightCheck[] {
    return [name, ...also];
}

/** One box of the checklist. */
export interface Box {
    /** Unique, stable, and a word in links and records: `canary-error-rate`. */
    readonly id: string;
    /** Heading that it stands under in the checklist. */
    readonly section: string;
    /** Part of the rollout that it belongs to, a lower-case word such as `canary`. `rollout checklist --phase` shows one part alone. */
    readonly phase: string;
    /** What must hold, as a sentence without a full stop. */
    readonly text: string;
    readonly establishedBy: Establishment;
    /** The step that may not be entered while the box is open. `never`: it blocks nothing, as what comes after a rollout or only after a rollback. */
    readonly blocks: Destination | "never";
    /** Asked only after a rollback, or only after an incident (a hold or a rollback). If omitted, it is asked in every rollout. */
    readonly askedAfter?: "rollback" | "incident";
}

/** The boxes of a profile, in the order in which people read them. */
export type Checklist = readonly Box[];

/** Boxes of one section, as {@link section} makes them. */
export type Entry = readonly [id: string, text: string, establishedBy: Establishment];

/** What the boxes under one heading have in common. */
export interface Heading extends Pick<Box, "phase" | "blocks" | "askedAfter"> {
    readonly heading: string;
}

/** Boxes under one heading. */
export function section({ heading, phase, blocks, askedAfter }: Heading, entries: readonly Entry[]): Checklist {
    return entries.map(([id, text, establishedBy]) => ({ id, section: heading, phase, text, establishedBy, blocks, ...defined({ askedAfter }) }));
}

export function declared(resource: string): Establishment {
    return { kind: "declared", resource };
}

/** A rule, and the type token of what it is about. */
export function policy(rule: string, resource: string): Establishment {
    return { kind: "policy", rule, resource };
}

export function gate(of: JudgementOf, ...criteria: readonly [string, ...string[]]): Establishment {
    return { kind: "gate", of, criteria };
}

/** A check of the preflight, or several of which all must pass. */
export function check(name: PreflightCheck, ...also: readonly PreflightCheck[]): Establishment {
    return { kind: "check", check: name, ...(also.length === 0 ? {} : { also }) };
}

/** A check of the candidate that came after one that was rolled back. */
export function checkOfSuccessor(name: PreflightCheck): Establishment {
    return { kind: "check", check: name, of: "successor" };
}

export function alert(name: string): Establishment {
    return { kind: "alert", alert: name };
}

export function event(of: LedgerEvent): Establishment {
    return { kind: "event", event: of };
}

export function attested(role: Role): Establishment {
    return { kind: "attested", role };
}

/** The role's approval of the step to `approves`. */
export function approved(role: Role, approves: Destination): Establishment {
    return { kind: "attested", role, approves };
}
