import { defined } from "../defined.ts";
import type { NotifierName } from "../ledger/ledger-record.ts";
import type { Destination } from "../plan/move.ts";
import type { Role, Weight } from "../plan/plan.ts";
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
    /** A rule of the policy pack, by its name. */
    | { readonly kind: "policy"; readonly rule: string }
    /** Criteria of a gate or of what rolls back, by their ids: all of them, in the judgement of `of`. */
    | { readonly kind: "gate"; readonly of: JudgementOf; readonly criteria: readonly string[] }
    /** A check of the preflight. */
    | { readonly kind: "check"; readonly check: PreflightCheck }
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
 * Which judgement a box reads: that of the step at a weight, or of the finished rollout by the success criteria. After a rollback: the newest one of any
 * step (`any-step`), or the one that called for the rollback (`rollback`).
 */
export type JudgementOf = Weight | "success" | "any-step" | "rollback";

/** What a box can ask of the ledger. */
export type LedgerEvent =
    /** The step at this weight was entered. */
    | { readonly kind: "entered"; readonly weightPercent: Weight }
    /** The gate out of the step at this weight passed, with its numbers on record. */
    | { readonly kind: "gate-passed"; readonly weightPercent: Weight }
    /** Watching went on for as long as the plan's soak at this weight. */
    | { readonly kind: "soaked"; readonly weightPercent: Weight }
    | { readonly kind: "finished" }
    /** A review after this many hours was made. */
    | { readonly kind: "checkpoint"; readonly hours: 24 | 48 }
    /** People were told: one of the messages of the communication plan was delivered; with `notifier`, by that one. */
    | { readonly kind: "told"; readonly message: ToldMessage; readonly notifier?: NotifierName }
    /** No candidate was rolled back, in a rollout that is finished; with `hours`, for that long since. */
    | { readonly kind: "no-incident"; readonly hours?: 24 | 48 }
    /**
     * Each hold and each rollback is on record with its reason. Without one there is nothing to record; with `since`, a step at that weight that went well counts too.
     */
    | { readonly kind: "incidents-recorded"; readonly since?: Weight }
    /** After a rollback: its record, with reason and evidence. */
    | { readonly kind: "rolled-back" };

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

export function policy(rule: string): Establishment {
    return { kind: "policy", rule };
}

export function gate(of: JudgementOf, ...criteria: readonly [string, ...string[]]): Establishment {
    return { kind: "gate", of, criteria };
}

export function check(name: PreflightCheck): Establishment {
    return { kind: "check", check: name };
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
