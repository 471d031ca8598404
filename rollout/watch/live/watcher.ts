import { defined } from "../../defined.ts";
import type { AlarmSight } from "../alarm-sight.ts";
import type { LiveStep, StepReading } from "../../route/live-step.ts";
import type { AttemptOutcome, LeaseView, TimedEvent, WatcherCommand, WatcherEvent } from "../watcher/event.ts";
import { advance, firstCommands, seesAll } from "../watcher/machine.ts";
import { type Moment, secondsBetween } from "../watcher/moment.ts";
import type { Examination, WatchEnd, WatchStatus } from "../watcher/outcome.ts";
import { type WatcherSettings, longestLookSeconds, newWatcher } from "../watcher/state.ts";
import type { RunningAlarm } from "./alarm.ts";
import { withinTime } from "../../cli/time-limit.ts";

export type { LiveStep, StepReading } from "../../route/live-step.ts";
export type { AttemptOutcome, LeaseView } from "../watcher/event.ts";
export type { Examination, RollbackTiming, WatchEnd, WatchStatus } from "../watcher/outcome.ts";

/** The world as a watcher needs it. None of these functions throws. */
export interface WatcherParts {
    readonly readStep: () => Promise<StepReading>;
    readonly examine: (step: LiveStep) => Promise<Examination | { readonly blind: string }>;
    /** Reads the candidate several times a second, and calls `raise` when it must lose its traffic now. */
    readonly startAlarm: (step: LiveStep, raise: (reason: string) => void) => RunningAlarm;
    /** Takes the candidate off all traffic: one attempt, which tries again within itself only while `stillWanted` says so. */
    readonly rollBack: (step: LiveStep, reason: string, stillWanted: () => boolean) => Promise<AttemptOutcome>;
    /** Takes or renews the lease. `sees`: whether this watcher sees the candidate; undefined before it has looked. */
    readonly lease: (sees: boolean | undefined) => Promise<LeaseView>;
    /** Tells people and programs. */
    readonly report: (status: WatchStatus) => void;
    readonly timesAt: WatcherSettings["timesAt"];
    readonly now: () => Moment;
    /** Waits, but not longer than until `wake` is aborted. */
    readonly pause: (milliseconds: number, wake: AbortSignal) => Promise<void>;
}

/** How a watcher is to behave. */
export interface WatchOptions {
    /** Milliseconds between two looks. */
    readonly everyMs: number;
    /** Asked whenever the step is ready for the next one: true ends the watch, false goes on, as while an approval is waited for. */
    readonly leaveWhenReady: () => Promise<boolean>;
    /** Abort it to stop the watcher. An attempt to roll back that is under way is finished first. */
    readonly stop: AbortSignal;
}

/**
 * Watches a rollout: judges all the time, and rolls back when a criterion, the alarm or a time limit says so.
 *
 * What it decides is in rollout/watcher. This is its one shell, with one end: whatever decides first, everything else that was started is stopped and waited
 * for, and has nothing more to say.
 */
export async function watch(parts: WatcherParts, options: WatchOptions): Promise<WatchEnd> {
    return new Watch(parts, options).run();
}

class Watch {
    readonly #parts: WatcherParts;
    readonly #options: WatchOptions;
    readonly #settings: WatcherSettings;
    readonly #over = new AbortController();
    readonly #end = Promise.withResolvers<WatchEnd>();
    readonly #underWay = new Set<Promise<void>>();
    readonly #events: TimedEvent[] = [];
    #state = newWatcher;
    #looking = new AbortController();
    #alarm: RunningAlarm | undefined;
    #handling = false;

    constructor(parts: WatcherParts, options: WatchOptions) {
        this.#parts = parts;
        this.#options = options;
        this.#settings = { everyMs: options.everyMs, timesAt: parts.timesAt };
    }

    async run(): Promise<WatchEnd> {
        const { stop } = this.#options;
        const onStop = (): void => {
            this.#hear({ kind: "stop" });
        };
        stop.addEventListener("abort", onStop, { once: true });
        try {
            if (stop.aborted) {
                onStop();
            } else {
                firstCommands.forEach((command) => {
                    this.#do(command);
                });
            }
            return await this.#end.promise;
        } finally {
            stop.removeEventListener("abort", onStop);
            this.#stopAll();
            await this.#settled();
        }
    }

    /** One event after another: what an event leads to is done before the next one counts. */
    #hear(event: WatcherEvent): void {
        this.#events.push({ ...event, at: this.#parts.now() });
        if (this.#handling) {
            return;
        }
        this.#handling = true;
        try {
            for (let next = this.#events.shift(); next !== undefined; next = this.#events.shift()) {
                const { state, commands } = advance(this.#state, next, this.#settings);
                this.#state = state;
                commands.forEach((command) => {
                    this.#do(command);
                });
            }
        } catch (error) {
            this.#end.reject(error);
        } finally {
            this.#handling = false;
        }
    }

    #do(command: WatcherCommand): void {
        const { report, pause } = this.#parts;
        switch (command.kind) {
            case "keep-lease":
                this.#start(this.#keepLease());
                break;
            case "look":
                this.#looking.abort();
                this.#looking = new AbortController();
                this.#start(this.#look(command.look, command.afterMs, this.#looking.signal));
                break;
            case "examine":
                this.#start(this.#examine(command.look, command.step, this.#looking.signal));
                break;
            case "ask-leave":
                this.#start(this.#askLeave(command.look, this.#looking.signal));
                break;
            case "stop-looking":
                this.#looking.abort();
                break;
            case "guard":
                this.#guard(command);
                break;
            case "roll-back":
                this.#start(this.#rollBack(command));
                break;
            case "retry-later":
                this.#start(
                    pause(command.afterMs, this.#over.signal).then(() => {
                        this.#hear({ kind: "retry" });
                    }),
                );
                break;
            case "report":
                report(command.status);
                break;
            case "end":
                this.#stopAll();
                this.#end.resolve(command.end);
                break;
        }
    }

    async #keepLease(): Promise<void> {
        const { lease, pause } = this.#parts;
        const { signal } = this.#over;
        while (!signal.aborted) {
            const answer = await withinTime(lease(seesAll(this.#state)), longestLookSeconds, signal, this.#parts.pause);
            this.#hear({ kind: "lease", lease: answer ?? { kind: "unknown", reason: "no answer" } });
            await pause(renewEveryMs, signal);
        }
    }

    async #look(look: number, afterMs: number, signal: AbortSignal): Promise<void> {
        if (afterMs > 0) {
            await this.#parts.pause(afterMs, signal);
        }
        if (signal.aborted) {
            return;
        }
        const reading = await withinTime(this.#parts.readStep(), longestLookSeconds, signal, this.#parts.pause);
        this.#hear({ kind: "read", look, reading: reading ?? { kind: "unknown", reason: `the route was not read ${inTime}` }, ...this.#sight() });
    }

    async #examine(look: number, step: LiveStep, signal: AbortSignal): Promise<void> {
        const examination = await withinTime(this.#parts.examine(step), longestLookSeconds, signal, this.#parts.pause);
        this.#hear({ kind: "examined", look, examination: examination ?? { blind: `there was no evidence ${inTime}` }, ...this.#sight() });
    }

    async #askLeave(look: number, signal: AbortSignal): Promise<void> {
        const leave = await withinTime(this.#options.leaveWhenReady(), longestAskSeconds, signal, this.#parts.pause);
        this.#hear({ kind: "leave", look, leave: leave === true });
    }

    async #rollBack({ step, reason, decidedAt, freshForSeconds }: Extract<WatcherCommand, { kind: "roll-back" }>): Promise<void> {
        const { rollBack, now } = this.#parts;
        const stillWanted = (): boolean => !this.#options.stop.aborted && secondsBetween(decidedAt, now()) < freshForSeconds;
        this.#hear({ kind: "attempted", outcome: await rollBack(step, reason, stillWanted) });
    }

    /** Ends the alarm that runs, and starts the next one where there is one. */
    #guard(next?: Extract<WatcherCommand, { kind: "guard" }>): void {
        if (this.#alarm !== undefined) {
            this.#start(this.#alarm.stop());
        }
        this.#alarm =
            next &&
            this.#parts.startAlarm(next.step, (reason) => {
                this.#hear({ kind: "alarm", alarm: next.alarm, reason });
            });
    }

    #stopAll(): void {
        this.#state = { ...this.#state, phase: "ended" };
        this.#looking.abort();
        this.#over.abort();
        this.#guard();
    }

    #sight(): { readonly alarm?: AlarmSight } {
        return defined({ alarm: this.#alarm?.sight() });
    }

    #start(work: Promise<void>): void {
        const followed = work
            .catch((error: unknown) => {
                // No part throws: where one does, the watch does, and goes on with nothing.
                this.#end.reject(error);
            })
            .finally(() => this.#underWay.delete(followed));
        this.#underWay.add(followed);
    }

    async #settled(): Promise<void> {
        while (this.#underWay.size > 0) {
            await Promise.all(this.#underWay);
        }
    }
}

/** Longer than it ever takes to ask what stands in the way of a step. */
const longestAskSeconds = 3_600;

const inTime = `within ${String(longestLookSeconds)} s`;

/** A lease counts for 15 s: three renewals in that time. */
const renewEveryMs = 5_000;
