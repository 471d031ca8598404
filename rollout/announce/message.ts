import type { Weight } from "../plan/plan.ts";
import type { RevisionReference } from "../route/revision.ts";
import type { Judgement } from "../gate/verdict.ts";
import type { ToldMessage } from "../checklist/message.ts";

/** A message: the same words for every notifier, which gives them its own shape. */
export interface Message {
    /** `test`: it only shows whether messages arrive, and is about nothing that happened. */
    readonly kind: ToldMessage | "test";
    /** What happened, in one line. */
    readonly title: string;
    /** Sentences, and lists whose lines begin with a hyphen. Plain text. */
    readonly text: string;
    /** Where the rollout stands, as names and values. */
    readonly fields: readonly MessageField[];
    readonly links: readonly MessageLink[];
    /** When it was true: ISO 8601. */
    readonly at: string;
    /** What users of the service may read on a status page. Empty where it does not concern them. */
    readonly notices: readonly PublicNotice[];
    /** The rollout that it is about: the digest of the revision that is rolled out. Messages about one rollout are kept together by it. */
    readonly rollout: string;
}

export interface MessageField {
    readonly name: string;
    readonly value: string;
}

export interface MessageLink {
    readonly name: string;
    readonly url: string;
}

/** An entry of a public status page. It names neither revisions nor reasons: those are for the team. */
export type PublicNotice = PublicText &
    (
        | { readonly kind: "maintenance"; readonly state: "scheduled" | "in-progress"; readonly startsAt: string; readonly endsAt: string }
        | { readonly kind: "incident"; readonly state: "investigating" }
        /** The end of an entry. Where there is none that is open, there is nothing to say. */
        | { readonly kind: "maintenance"; readonly state: "completed" }
        | { readonly kind: "incident"; readonly state: "resolved" }
    );

interface PublicText {
    readonly title: string;
    readonly text: string;
}

/** Facts of a rollout that messages name. */
export interface RolloutFacts {
    readonly service: string;
    readonly environment: "lab" | "staging" | "prod";
    readonly stable: RevisionReference;
    /** The revision that is rolled out; after the end of a rollout, the one that was. */
    readonly candidate: RevisionReference;
    /** Share of user requests for the candidate, in percent. */
    readonly weightPercent: Weight;
    /** The newest judgement, with its numbers. Absent where nothing was judged. */
    readonly judgement?: Judgement;
    /** Until the soak is over, in seconds. Absent where there is none. */
    readonly soakLeftSeconds?: number;
    /** How long a whole rollout takes at the least, in seconds. */
    readonly plannedSeconds: number;
    /** Weights of the plan at which users meet the candidate, in percent. */
    readonly weights: readonly Weight[];
    /** How often people hear how it stands, in seconds. */
    readonly updateEverySeconds: number;
    /** When all this was so: ISO 8601. */
    readonly at: string;
    readonly links: { readonly runbook?: string; readonly report?: string };
}

/** Why a message is sent. */
export type Occasion =
    /** A day before. Checklist: 'Pre-Deployment (24 hours before)'. */
    | { readonly kind: "before"; readonly startsAt: string }
    | { readonly kind: "start" }
    | { readonly kind: "step" }
    /** Every 15 minutes of the plan. `state`: what the rollout does now, as a sentence without its full stop. `over`: it says that a problem is over. */
    | { readonly kind: "update"; readonly state: string; readonly over?: true }
    /**
     * Something is wrong. `backInSeconds`: when the watcher will roll back, where that is known. `usersAffected`: whether the numbers show that users
     * are affected. Checklist: 'Impact assessment', 'ETA for resolution'.
     */
    | { readonly kind: "incident"; readonly reason: string; readonly backInSeconds?: number; readonly usersAffected: boolean }
    /** All traffic is back on the stable revision. */
    | { readonly kind: "rollback"; readonly reason: string }
    /** The candidate is the stable revision. */
    | { readonly kind: "success" }
    /** A day after, and two. */
    | { readonly kind: "day" }
    | { readonly kind: "two-days" };

/** Every message there is, in the order of a rollout. */
export const toldMessages = [
    "before",
    "start",
    "step",
    "update",
    "incident",
    "rollback",
    "success",
    "day",
    "two-days",
] as const satisfies readonly ToldMessage[];
