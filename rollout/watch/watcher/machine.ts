import { defined } from "../../defined.ts";
import { type AlarmSight, isBlind } from "../alarm-sight.ts";
import { type StepReading, sameStep } from "../../route/live-step.ts";
import { type Decision, type Look, type WatchTimes, blindnessOf, decide, nothingSeen } from "../decide.ts";
import type { LeaseView, TimedEvent, WatcherCommand, WatcherEvent } from "./event.ts";
import { type Moment, absenceBetween, secondsBetween } from "./moment.ts";
import type { Examination } from "./outcome.ts";
import { attempted, notDone, reconsidered, retried, rollBack } from "./rolling-back.ts";
import { type Turn, type Voice, type WatcherSettings, type WatcherState, ended, latestOf, longestGapSeconds, lookAgain, said, andThen } from "./state.ts";

/**
 * What a watcher does when it hears of something. It has one end, and hears of nothing after it.
 *
 * An answer counts where it belongs to the newest question: a look that was under way when the alarm was raised, and an alarm of a step that is over, say
 * nothing any more.
 */
export function advance(state: WatcherState, event: TimedEvent, settings: WatcherSettings): Turn {
    const { at } = event;
    if (state.phase === "ended") {
        return { state, commands: [] };
    }
    const heard: WatcherState = { ...state, heardAt: at };
    switch (event.kind) {
        case "read":
            return state.phase === "looking" && event.look === state.look ? read(heard, event, at, settings) : nothing(heard);
        case "examined":
            return state.phase === "looking" && event.look === state.look ? examined(heard, event, at, settings) : nothing(heard);
        case "leave":
            return state.phase === "asking" && event.look === state.look ? left(heard, event.leave, settings) : nothing(heard);
        case "alarm":
            return event.alarm === state.alarm ? alarmed(state, event.reason, at, settings) : nothing(heard);
        case "lease":
            return leased(heard, event.lease);
        case "retry":
            return retried(heard, at);
        case "attempted":
            return attempted(heard, event.outcome, at, settings);
        case "stop":
            return stopped(heard);
    }
}

/** Whether the watcher sees the candidate, with its looks and with its alarm. Undefined before its first look. */
export function seesAll({ latest }: WatcherState): boolean | undefined {
    return latest === undefined ? undefined : latest.decision.kind !== "blind" && !isBlind(latest.alarm);
}

function nothing(state: WatcherState): Turn {
    return { state, commands: [] };
}

/** Counts the time since the look before: as watched, or as absence. */
function present(state: WatcherState, at: Moment, settings: WatcherSettings): WatcherState {
    const { lookedAt } = state;
    const absent = lookedAt === undefined ? 0 : absenceBetween(lookedAt, at, longestGapSeconds(settings));
    const watched = lookedAt === undefined || absent > 0 ? 0 : secondsBetween(lookedAt, at);
    return { ...state, lookedAt: at, watchedSeconds: state.watchedSeconds + watched, absentSeconds: state.absentSeconds + absent };
}

function read(state: WatcherState, { reading, alarm }: Extract<WatcherEvent, { kind: "read" }>, at: Moment, settings: WatcherSettings): Turn {
    const now = present(state, at, settings);
    switch (reading.kind) {
        case "nothing":
            return nothingUnderWay(now, reading, at);
        case "unknown":
            return andThen(withLease(now), (next) => concluded(next, { blind: reading.reason }, alarm, at, settings, reading));
        case "under-way":
            break;
    }
    const { step } = reading;
    const isNew = now.step === undefined || !sameStep(now.step, step);
    const known: WatcherState = isNew ? { ...now, step, memory: nothingSeen, absentSeconds: 0, latest: undefined, undone: undefined } : { ...now, step };
    // An alarm that spans a sleep has counted requests that it did not watch.
    const guarded = isNew || now.absentSeconds > state.absentSeconds ? guard(known) : nothing(known);
    return andThen(andThen(guarded, withLease), (next) => ({ state: next, commands: [{ kind: "examine", look: next.look, step }] }));
}

/** Evidence that was collected over a sleep is collected again. */
function examined(state: WatcherState, { examination, alarm }: Extract<WatcherEvent, { kind: "examined" }>, at: Moment, settings: WatcherSettings): Turn {
    const now = present(state, at, settings);
    return now.absentSeconds > state.absentSeconds ? andThen(guard(now), (next) => lookAgain(next, 0)) : concluded(now, examination, alarm, at, settings);
}

function guard(state: WatcherState): Turn {
    const alarm = state.alarm + 1;
    return { state: { ...state, alarm }, commands: state.step === undefined ? [] : [{ kind: "guard", alarm, step: state.step }] };
}

/** An idle watchdog asks for no lease: there is nothing to speak of. */
function withLease(state: WatcherState): Turn {
    return state.voice.kind === "unasked" ? { state: { ...state, voice: { kind: "asked" } }, commands: [{ kind: "keep-lease" }] } : nothing(state);
}

function nothingUnderWay(state: WatcherState, { why, rolledBack, absent }: Extract<StepReading, { kind: "nothing" }>, at: Moment): Turn {
    const { undone } = state;
    if (undone !== undefined && rolledBack) {
        // It may have been an attempt of this watcher whose answer was lost: one more tells who did it.
        return rollBack(state, undone, at);
    }
    if (undone !== undefined && absent === true) {
        return notDone(state, undone, why);
    }
    return ended(state, rolledBack ? { kind: "rolled-back", reason: why } : { kind: "nothing", why });
}

/** What a look leads to. `reading` is given where the route told no step. */
function concluded(
    state: WatcherState,
    examination: Examination | { readonly blind: string },
    sight: AlarmSight | undefined,
    at: Moment,
    settings: WatcherSettings,
    reading?: Extract<StepReading, { kind: "unknown" }>,
): Turn {
    const { step, undone, absentSeconds } = state;
    const times = step === undefined ? waitForStep : settings.timesAt(step.weightPercent);
    const { decision, memory } = decide(state.memory, lookOf(state, examination), times);
    const known: WatcherState = { ...state, memory, absentSeconds: 0, latest: latestOf(decision, examination, sight) };
    const byCriterion = !("blind" in examination) && [examination.atOnce, examination.gate].some(({ verdict }) => verdict === "rollback");
    if (undone !== undefined) {
        const unreadable = reading === undefined || reading.answered === true ? {} : { unreadable: reading.reason };
        const kept = reconsidered(known, undone, { decision, byCriterion, sight, absent: absentSeconds > 0, ...unreadable }, at, settings);
        if (kept !== undefined) {
            return kept;
        }
    }
    const free: WatcherState = { ...known, undone: undefined };
    if (decision.kind === "roll-back" && step !== undefined) {
        return rollBack(free, { cause: byCriterion ? "criterion" : "time", step, reason: decision.reason }, at);
    }
    return decision.kind === "ready"
        ? ready(free, sight, times, settings)
        : andThen({ state: free, commands: said(free) }, (next) => lookAgain(next, settings.everyMs));
}

/** No step is left while no alarm sees it: neither that of this watcher nor that of the one that speaks. */
function ready(state: WatcherState, sight: AlarmSight | undefined, times: WatchTimes, settings: WatcherSettings): Turn {
    const guarded = sight?.kind === "sees" || (state.voice.kind === "elsewhere" && state.voice.sees);
    const reason = sight?.kind === "blind" ? sight.reason : "no alarm runs";
    const decision: Decision = guarded ? { kind: "ready" } : { kind: "unguarded", reason };
    const known: WatcherState = { ...state, latest: { ...state.latest, decision } };
    const asks = guarded || (sight?.kind === "blind" && sight.sinceSeconds >= times.blindSeconds);
    return andThen({ state: known, commands: said(known) }, (next) =>
        asks ? { state: { ...next, phase: "asking" }, commands: [{ kind: "ask-leave", look: next.look }] } : lookAgain(next, settings.everyMs),
    );
}

function left(state: WatcherState, leave: boolean, settings: WatcherSettings): Turn {
    const { latest, step } = state;
    if (!leave || step === undefined || latest?.examination === undefined) {
        return lookAgain(state, settings.everyMs);
    }
    return latest.decision.kind === "ready"
        ? ended(state, { kind: "ready", step, examination: latest.examination })
        : ended(state, {
              kind: "failed",
              reason: `every criterion passes, but the alarm reads nothing, so the step is not left: ${latest.decision.kind === "unguarded" ? latest.decision.reason : latest.decision.kind}. What to do: watch from where the pods or the gateway's statistics can be reached (watchdog.image, metrics.podProxyUrl)`,
              step,
              rollbackDue: false,
          });
}

function alarmed(state: WatcherState, reason: string, at: Moment, settings: WatcherSettings): Turn {
    const heard: WatcherState = { ...state, heardAt: at };
    const { step, undone } = state;
    if (step === undefined) {
        return nothing(heard);
    }
    if (state.heardAt !== undefined && absenceBetween(state.heardAt, at, longestGapSeconds(settings)) > 0) {
        // Its counts span a time in which the watcher slept: a new alarm needs a second to tell whether it is so now.
        return guard(heard);
    }
    if (undone !== undefined && (state.phase === "attempting" || state.phase === "waiting")) {
        // It is on its way already. The alarm is fresh evidence for it, and its word stays.
        return nothing({ ...heard, undone: { ...undone, cause: "alarm", freshAt: at } });
    }
    return rollBack(heard, { cause: "alarm", step, reason }, at);
}

function leased(state: WatcherState, lease: LeaseView): Turn {
    const voice = voiceOf(state.voice, lease);
    const next: WatcherState = { ...state, voice };
    const changed = voice.kind !== state.voice.kind || (voice.kind === "elsewhere" && state.voice.kind === "elsewhere" && voice.holder !== state.voice.holder);
    return { state: next, commands: changed ? said(next) : [] };
}

/** While the API server doesn't answer, the watcher that spoke goes on: two messages are better than none. */
function voiceOf(before: Voice, lease: LeaseView): Voice {
    switch (lease.kind) {
        case "held":
            return { kind: "here" };
        case "elsewhere":
            return { kind: "elsewhere", holder: lease.holder, sees: lease.sees };
        case "unknown":
            return before.kind === "elsewhere" ? before : { kind: "here" };
    }
}

function stopped(state: WatcherState): Turn {
    if (state.phase === "attempting") {
        return nothing({ ...state, stopping: true });
    }
    return state.undone === undefined ? ended(state, { kind: "stopped" }) : notDone(state, state.undone, "the watcher was stopped before it was done");
}

function lookOf({ step, watchedSeconds, absentSeconds }: WatcherState, examination: Examination | { readonly blind: string }): Look {
    const when = { atSeconds: watchedSeconds, ...(absentSeconds > 0 ? { absentSeconds } : {}) };
    if ("blind" in examination || step === undefined) {
        return { kind: "blind", ...when, reason: "blind" in examination ? examination.blind : "no step was read" };
    }
    const { gate, atOnce, evidence } = examination;
    const blindness = blindnessOf(evidence);
    return { kind: "judged", ...when, soakedSeconds: step.soakedSeconds, gate, atOnce, ...defined({ blindness }) };
}

/** A watcher that has never read which step is live has nothing that it could roll back: it waits. */
const waitForStep: WatchTimes = { soakSeconds: Number.POSITIVE_INFINITY, holdSeconds: Number.POSITIVE_INFINITY, blindSeconds: Number.POSITIVE_INFINITY };

/** The first thing that a watcher does. */
export const firstCommands: readonly WatcherCommand[] = [{ kind: "look", look: 1, afterMs: 0 }];
