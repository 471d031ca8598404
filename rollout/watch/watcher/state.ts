import { defined } from "../../defined.ts";
import type { AlarmSight } from "../alarm-sight.ts";
import type { LiveStep } from "../../route/live-step.ts";
import type { Weight } from "../../plan/plan.ts";
import { type Decision, type WatchMemory, type WatchTimes, nothingSeen } from "../decide.ts";
import type { WatcherCommand } from "./event.ts";
import type { Moment } from "./moment.ts";
import type { Examination, WatchEnd, WatchStatus } from "./outcome.ts";

/** What a watcher knows. It starts with {@link newWatcher}, and changes with `advance` of machine.ts alone. */
export interface WatcherState {
    /**
     * `looking`: a look is under way or comes. `asking`: whether a step may be left. `attempting`: a rollback is under way. `waiting`: the next attempt comes.
     * `ended`: nothing happens any more.
     */
    readonly phase: "looking" | "asking" | "attempting" | "waiting" | "ended";
    /** Number of the newest look and of the newest alarm. */
    readonly look: number;
    readonly alarm: number;
    /** The step that was read last. */
    readonly step?: LiveStep;
    readonly memory: WatchMemory;
    /** How long it has looked without a gap that counts, in seconds: the clock of `memory`. */
    readonly watchedSeconds: number;
    /** How long it was absent since the look before, in seconds. */
    readonly absentSeconds: number;
    readonly lookedAt?: Moment;
    /** When it heard of anything, such as an answer about its lease. */
    readonly heardAt?: Moment;
    readonly voice: Voice;
    /** What it found last. */
    readonly latest: Latest | undefined;
    /** A rollback that was decided and is not done. */
    readonly undone: Undone | undefined;
    /** It was told to stop while an attempt to roll back was under way. */
    readonly stopping: boolean;
}

/** What a look found, as it is kept and said. */
export type Latest = Pick<WatchStatus, "examination" | "alarm"> & { readonly decision: Decision };

/** Who tells people and programs how it stands. Every watcher judges, keeps its alarm and may roll back; only one speaks. */
export type Voice =
    /** The lease is not asked for before there is a step. Nothing is said before it is answered. */
    { readonly kind: "unasked" | "asked" } | { readonly kind: "here" } | { readonly kind: "elsewhere"; readonly holder: string; readonly sees: boolean };

/** A rollback that was decided and is not done. */
export interface Undone {
    /** What decided: the alarm, a criterion of a look, or a time limit. */
    readonly cause: "alarm" | "criterion" | "time";
    readonly step: LiveStep;
    readonly reason: string;
    /** When it was decided first, and when it was last decided by fresh evidence. */
    readonly firstAt: Moment;
    readonly freshAt: Moment;
    /** Attempts since `freshAt`. */
    readonly attempts: number;
    /** How often the API server said no, over all attempts. */
    readonly refusals: number;
    /** Since when looks see a healthy candidate without a gap. */
    readonly healthySince?: Moment;
}

/** How a watcher is to behave. */
export interface WatcherSettings {
    /** Milliseconds between two looks. */
    readonly everyMs: number;
    /** Time limits at a weight. */
    readonly timesAt: (weightPercent: Weight) => WatchTimes;
}

/** What comes of an event. */
export interface Turn {
    readonly state: WatcherState;
    readonly commands: readonly WatcherCommand[];
}

/** A watcher that knows nothing yet. */
export const newWatcher: WatcherState = {
    phase: "looking",
    look: 1,
    alarm: 0,
    memory: nothingSeen,
    watchedSeconds: 0,
    absentSeconds: 0,
    latest: undefined,
    undone: undefined,
    voice: { kind: "unasked" },
    stopping: false,
};

/** How long a decision to roll back counts without being asked again, in seconds. */
const freshSeconds = 10;

/**
 * How long a decision may be carried out without checking it again, in seconds. One that time made, since nothing was seen or a gate held for too long, is
 * checked again after each failed attempt: what kept the watcher from seeing kept it from rolling back as well, and may be over.
 */
export function freshSecondsOf({ cause }: Pick<Undone, "cause">): number {
    return cause === "time" ? 0 : freshSeconds;
}

/** How long one look may take, in seconds. It is blind then. Prometheus has 5 s for each of a few rounds of questions, a probe has 10 s. */
export const longestLookSeconds = 60;

/** What may lie between two looks of a watcher that is there, in seconds. */
export function longestGapSeconds({ everyMs }: WatcherSettings): number {
    return longestLookSeconds + (3 * everyMs) / 1_000;
}

/** Looks again, and ends the look before. */
export function lookAgain(state: WatcherState, afterMs: number): Turn {
    const look = state.look + 1;
    return { state: { ...state, phase: "looking", look }, commands: [{ kind: "look", look, afterMs }] };
}

/** The one end of a watch. */
export function ended(state: WatcherState, end: WatchEnd): Turn {
    return { state: { ...state, phase: "ended" }, commands: [{ kind: "end", end }] };
}

/** What there is to say: of the latest look where this watcher speaks, or who speaks in its place. Nothing before the lease is answered. */
export function said({ step, latest, voice }: WatcherState): readonly WatcherCommand[] {
    const of = defined({ step });
    if (voice.kind === "elsewhere") {
        const { decision: own, ...seen } = latest ?? {};
        const decision = { kind: "standing-by", holder: voice.holder, ...defined({ own }) } as const;
        return [{ kind: "report", status: { ...of, decision, ...seen } }];
    }
    return voice.kind === "here" && latest !== undefined ? [{ kind: "report", status: { ...of, ...latest } }] : [];
}

/** What is kept of a look. */
export function latestOf(decision: Decision, examination: Examination | { readonly blind: string } | undefined, alarm: AlarmSight | undefined): Latest {
    return {
        decision,
        ...(examination === undefined || "blind" in examination ? {} : { examination }),
        ...defined({ alarm }),
    };
}

/** One turn after another. */
export function andThen(first: Turn, next: (state: WatcherState) => Turn): Turn {
    const second = next(first.state);
    return { state: second.state, commands: [...first.commands, ...second.commands] };
}
