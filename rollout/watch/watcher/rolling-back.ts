import type { AlarmSight } from "../alarm-sight.ts";
import { isBlind } from "../alarm-sight.ts";
import type { LiveStep } from "../../route/live-step.ts";
import type { Decision } from "../decide.ts";
import type { AttemptOutcome } from "./event.ts";
import { type Moment, secondsBetween } from "./moment.ts";
import { type Turn, type Undone, type WatcherSettings, type WatcherState, ended, freshSecondsOf, latestOf, lookAgain, said, andThen } from "./state.ts";

/** Decides to roll back, and makes the first attempt at once. Looking ends here: what is under way has nothing more to say. */
export function rollBack(state: WatcherState, { cause, step, reason }: Pick<Undone, "cause" | "step" | "reason">, at: Moment): Turn {
    const { undone } = state;
    return attempt(
        {
            ...state,
            undone: {
                step,
                reason,
                // What the alarm decided stays its word, whatever a look decides as well: such a watch never ends as ready.
                cause: undone?.cause === "alarm" ? "alarm" : cause,
                firstAt: undone?.firstAt ?? at,
                freshAt: at,
                attempts: 0,
                refusals: undone?.refusals ?? 0,
            },
        },
        reason,
    );
}

/** What came of an attempt. The watcher retries a fresh decision with growing pauses, and checks an old one again first. */
export function attempted(state: WatcherState, outcome: AttemptOutcome, at: Moment, settings: WatcherSettings): Turn {
    const { undone } = state;
    if (state.phase !== "attempting" || undone === undefined) {
        return { state, commands: [] };
    }
    const { reason, step } = undone;
    switch (outcome.kind) {
        case "done":
            return ended(state, {
                kind: "rolled-back",
                reason,
                timing: { decidedAtMs: undone.firstAt.wallSeconds * 1_000, doneAtMs: at.wallSeconds * 1_000 },
            });
        case "already":
            return ended(state, { kind: "rolled-back", reason });
        case "overtaken":
            return ended(state, { kind: "nothing", why: `it was to be rolled back (${reason}), and another change came first: ${outcome.reason}` });
        case "failed":
            break;
    }
    const tried: Undone = { ...undone, attempts: undone.attempts + 1, refusals: undone.refusals + (outcome.refused ? 1 : 0) };
    if (state.stopping) {
        return notDone(state, tried, `the watcher was stopped, and the last attempt failed: ${outcome.reason}`);
    }
    if (tried.refusals >= mostRefusals) {
        return notDone(state, tried, `the API server refused it ${String(tried.refusals)} times: ${outcome.reason}`);
    }
    const waitMs = Math.min(longestWaitMs, firstWaitMs * 2 ** (tried.attempts - 1));
    const told = unsettled({ ...state, undone: tried }, outcome.reason);
    if (secondsBetween(tried.freshAt, at) + waitMs / 1_000 <= freshSecondsOf(tried)) {
        return andThen(told, (next) => ({ state: { ...next, phase: "waiting" }, commands: [{ kind: "retry-later", afterMs: waitMs }] }));
    }
    return andThen(told, (next) => askAgain(next, Math.max(waitMs, settings.everyMs), step));
}

/** The pause after a failed attempt is over. A computer may have slept in it. */
export function retried(state: WatcherState, at: Moment): Turn {
    const { undone } = state;
    if (state.phase !== "waiting" || undone === undefined) {
        return { state, commands: [] };
    }
    return secondsBetween(undone.freshAt, at) > freshSecondsOf(undone) ? askAgain(state, 0, undone.step) : attempt(state, undone.reason);
}

/** What a look found while a rollback is not done. */
export interface AskedAgain {
    readonly decision: Decision;
    /** Whether a criterion rolls back, and no time limit. */
    readonly byCriterion: boolean;
    /** Why the live route could not be read at all. */
    readonly unreadable?: string;
    readonly sight: AlarmSight | undefined;
    readonly absent: boolean;
}

/**
 * What becomes of a rollback that was decided and not done, now that route and evidence were asked again. Undefined: the decision does not stand any more, and
 * the look leads to whatever it leads to by itself.
 */
export function reconsidered(state: WatcherState, undone: Undone, asked: AskedAgain, at: Moment, { everyMs }: WatcherSettings): Turn | undefined {
    const { decision, sight } = asked;
    const { healthySince: since, ...waiting } = undone;
    const again = (of: Undone, why: string): Turn => andThen(unsettled({ ...state, undone: of }, why), (next) => lookAgain(next, everyMs));
    if (asked.unreadable !== undefined) {
        return again(waiting, asked.unreadable);
    }
    if (decision.kind === "roll-back") {
        return rollBack(state, { cause: asked.byCriterion ? "criterion" : "time", step: undone.step, reason: decision.reason }, at);
    }
    if (decision.kind === "blind") {
        if (undone.cause === "time") {
            return undefined;
        }
        return sight === undefined || isBlind(sight)
            ? rollBack(state, { cause: undone.cause, step: undone.step, reason: undone.reason }, at)
            : again(waiting, `whether it is still so can't be seen: ${decision.reason}`);
    }
    if (undone.cause !== "alarm") {
        return undefined;
    }
    const healthySince = asked.absent ? at : (since ?? at);
    return secondsBetween(healthySince, at) < withdrawnAfterSeconds
        ? again({ ...undone, healthySince }, "looks and a new alarm see a healthy candidate")
        : ended(state, {
              kind: "failed",
              reason: `the alarm was raised (${undone.reason}), the rollback failed, and since then the candidate looks healthy: it was NOT rolled back. What to do: see 'rollout status', then watch it again or run 'rollout rollback --reason ...'`,
              step: undone.step,
              rollbackDue: false,
          });
}

/** Ends a watch whose rollback is not done. */
export function notDone(state: WatcherState, { reason, step }: Undone, why: string): Turn {
    return ended(state, {
        kind: "failed",
        reason: `${reason}. NOT rolled back: ${why}. What to do: run 'rollout rollback --reason ...' as a user who may patch the route, or set rolloutPercent to 0 and run 'pulumi up'`,
        step,
        rollbackDue: true,
    });
}

function attempt(state: WatcherState, shown: string): Turn {
    const { undone, latest } = state;
    if (undone === undefined) {
        return { state, commands: [] };
    }
    const next: WatcherState = { ...state, phase: "attempting", latest: latestOf({ kind: "roll-back", reason: shown }, latest?.examination, latest?.alarm) };
    const { step, reason, freshAt } = undone;
    return {
        state: next,
        commands: [{ kind: "stop-looking" }, ...said(next), { kind: "roll-back", step, reason, decidedAt: freshAt, freshForSeconds: freshSecondsOf(undone) }],
    };
}

/** Asks route and evidence again, and has a new alarm say whether it is raised again. */
function askAgain(state: WatcherState, afterMs: number, step: LiveStep): Turn {
    const alarm = state.alarm + 1;
    return andThen({ state: { ...state, alarm }, commands: [{ kind: "guard", alarm, step }] }, (next) => lookAgain(next, afterMs));
}

function unsettled(state: WatcherState, why: string): Turn {
    const { undone, latest } = state;
    const decision = { kind: "roll-back", reason: `${undone?.reason ?? ""}; not done yet, trying again: ${why}` } as const;
    const next = { ...state, latest: latestOf(decision, latest?.examination, latest?.alarm) };
    return { state: next, commands: said(next) };
}

/** Attempts that the API server may refuse: with the pauses between them, 8 s in which a right or a route that was taken away by mistake may come back. */
const mostRefusals = 6;
const firstWaitMs = 250;
const longestWaitMs = 4_000;

/** How long looks must see a healthy candidate until the word of an alarm is withdrawn, in seconds: two scrapes of 15 s. */
const withdrawnAfterSeconds = 30;
