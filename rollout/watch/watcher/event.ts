import type { AlarmSight } from "../alarm-sight.ts";
import type { LiveStep, StepReading } from "../../route/live-step.ts";
import type { Moment } from "./moment.ts";
import type { Examination, WatchEnd, WatchStatus } from "./outcome.ts";

/** Who speaks for the watchers of a rollout. */
export type LeaseView =
    | { readonly kind: "held" }
    /** Another watcher. `sees`: it sees the candidate with its looks and with its alarm. */
    | { readonly kind: "elsewhere"; readonly holder: string; readonly sees: boolean }
    /** The API server could not be asked. */
    | { readonly kind: "unknown"; readonly reason: string };

/** What came of an attempt to roll back. */
export type AttemptOutcome =
    /** This watcher did it. */
    | { readonly kind: "done" }
    /** Another one had done it. */
    | { readonly kind: "already" }
    /** The route is about another rollout now. Nothing was changed. */
    | { readonly kind: "overtaken"; readonly reason: string }
    /** The traffic may be where it was. `refused`: the API server answered, and said no. */
    | { readonly kind: "failed"; readonly reason: string; readonly refused: boolean };

/** Something that a watcher hears of. `look` and `alarm` number what it asked for: an answer to an older question counts no more. */
export type WatcherEvent =
    | { readonly kind: "read"; readonly look: number; readonly reading: StepReading; readonly alarm?: AlarmSight }
    | { readonly kind: "examined"; readonly look: number; readonly examination: Examination | { readonly blind: string }; readonly alarm?: AlarmSight }
    | { readonly kind: "leave"; readonly look: number; readonly leave: boolean }
    | { readonly kind: "alarm"; readonly alarm: number; readonly reason: string }
    | { readonly kind: "lease"; readonly lease: LeaseView }
    | { readonly kind: "retry" }
    | { readonly kind: "attempted"; readonly outcome: AttemptOutcome }
    | { readonly kind: "stop" };

/** An event with its time. */
export type TimedEvent = WatcherEvent & { readonly at: Moment };

/** Something that a watcher wants done. */
export type WatcherCommand =
    /** Take the lease, and renew it until the end. */
    | { readonly kind: "keep-lease" }
    /** Wait, then read the live route. Ends every look before it. */
    | { readonly kind: "look"; readonly look: number; readonly afterMs: number }
    /** Collect and judge the evidence of a step: part of the same look. */
    | { readonly kind: "examine"; readonly look: number; readonly step: LiveStep }
    /** Start an alarm for a step. Ends the one before. */
    | { readonly kind: "guard"; readonly alarm: number; readonly step: LiveStep }
    /** Ask whether a step that is ready may be left. */
    | { readonly kind: "ask-leave"; readonly look: number }
    /** End the look that is under way. */
    | { readonly kind: "stop-looking" }
    /** Make one attempt to roll back. It tries again within itself only while the decision of `decidedAt` is fresh. */
    | { readonly kind: "roll-back"; readonly step: LiveStep; readonly reason: string; readonly decidedAt: Moment; readonly freshForSeconds: number }
    | { readonly kind: "retry-later"; readonly afterMs: number }
    | { readonly kind: "report"; readonly status: WatchStatus }
    /** The one end. Everything that was started is stopped, and has nothing more to say. */
    | { readonly kind: "end"; readonly end: WatchEnd };
