import type { Evidence } from "../rollout/evidence.ts";
import type { Weight } from "../rollout/plan.ts";
import type { RevisionReference } from "../rollout/revision.ts";
import type { Judgement } from "../rollout/verdict.ts";
import { sameRevision } from "../rollout/record.ts";
import { type Decision, type Look, type WatchMemory, type WatchTimes, blindnessOf, decide, nothingSeen } from "../rollout/watch.ts";

/** A step that is under way, as the live route has it. */
export interface LiveStep {
    readonly stable: RevisionReference;
    readonly candidate: RevisionReference;
    readonly weightPercent: Weight;
    /** When it was entered, by the API server's clock: ISO 8601. */
    readonly enteredAt: string;
    /** How long it has lasted, in seconds, by the API server's clock. */
    readonly soakedSeconds: number;
}

/** What a look at the live route found. */
export type StepReading =
    | { readonly kind: "under-way"; readonly step: LiveStep }
    /** No candidate has any traffic. `rolledBack`: because it was taken off it. */
    | { readonly kind: "nothing"; readonly why: string; readonly rolledBack: boolean }
    /** It can't be said where the rollout stands. */
    | { readonly kind: "unknown"; readonly reason: string };

/** Evidence with what the judge says of it. */
export interface Examination {
    readonly evidence: Evidence;
    /** Judgement of the step's gate. */
    readonly gate: Judgement;
    /** Judgement of what takes a rollout back at once. */
    readonly atOnce: Judgement;
}

/** What people and programs are told of a watched step. */
export interface WatchStatus {
    readonly step?: LiveStep;
    readonly decision: Decision | { readonly kind: "standing-by"; readonly holder: string };
    readonly examination?: Examination;
}

/** When a rollback was decided, and when the API server had confirmed it, in milliseconds since the epoch. */
export interface RollbackTiming {
    readonly decidedAtMs: number;
    readonly doneAtMs: number;
}

/** How watching ended. */
export type WatchEnd =
    | { readonly kind: "ready"; readonly step: LiveStep; readonly examination: Examination }
    | {
          readonly kind: "rolled-back";
          readonly reason: string;
          /** Left out when somebody else did it. */
          readonly timing?: RollbackTiming;
      }
    | { readonly kind: "nothing"; readonly why: string }
    | { readonly kind: "stopped" };

/** The world as a watcher needs it. None of these functions throws. */
export interface WatcherParts {
    readonly readStep: () => Promise<StepReading>;
    readonly examine: (step: LiveStep) => Promise<Examination | { readonly blind: string }>;
    /** Reads the candidate's pods several times a second, and calls `raise` when they must lose their traffic now. Gives back how to stop it. */
    readonly startAlarm: (step: LiveStep, raise: (reason: string) => void) => () => void;
    /** Takes the candidate off all traffic. */
    readonly rollBack: (step: LiveStep, reason: string) => Promise<{ readonly kind: "done" } | { readonly kind: "failed"; readonly reason: string }>;
    /** Holds or renews the lease. Gives back who holds it when that is somebody else. */
    readonly lease: () => Promise<
        { readonly kind: "held" } | { readonly kind: "elsewhere"; readonly holder: string } | { readonly kind: "unknown"; readonly reason: string }
    >;
    /** Tells people and programs. */
    readonly report: (status: WatchStatus) => void;
    /** Time limits at a weight. */
    readonly timesAt: (weightPercent: Weight) => WatchTimes;
    /** Seconds of the wall clock. */
    readonly nowSeconds: () => number;
    /** Waits, but not longer than until `wake` is aborted. */
    readonly pause: (milliseconds: number, wake: AbortSignal) => Promise<void>;
}

/** How a watcher is to behave. */
export interface WatchOptions {
    /** Milliseconds between two looks. */
    readonly everyMs: number;
    /** Asked whenever the step is ready for the next one: true ends the watch, false goes on, as while an approval is waited for. */
    readonly leaveWhenReady: () => Promise<boolean>;
    /** Aborted by whoever wants the watcher to stop. */
    readonly stop: AbortSignal;
}

/**
 * Watches a rollout: judges all the time, and takes the candidate off its traffic when a criterion, the alarm or a time limit says so.
 *
 * It survives what it reads from: what can't be read is waited for, within the plan's limit. Two watchers do no harm: one holds the lease, and taking a
 * candidate off twice is the same as once. The alarm waits for nobody: not for a slow answer of Prometheus, nor for the lease. A rollback that fails is
 * tried again until it is done.
 */
export async function watch(parts: WatcherParts, options: WatchOptions): Promise<WatchEnd> {
    const alarm = new Alarm(parts);
    const over = new AbortController();
    const stop = AbortSignal.any([options.stop, over.signal]);
    let acting = false;
    // A look that was under way when the alarm came has nothing more to say.
    const looking: WatcherParts = {
        ...parts,
        report: (status) => {
            if (!acting) {
                parts.report(status);
            }
        },
    };
    const alarmed = alarm.raised.then(async ({ step, reason }) => {
        acting = true;
        parts.report({ step, decision: { kind: "roll-back", reason } });
        return rollBackUntilDone(parts, step, reason, options);
    });
    try {
        return await Promise.race([alarmed, lookUntilEnd(looking, { ...options, stop }, alarm)]);
    } finally {
        over.abort();
        alarm.stop();
    }
}

async function lookUntilEnd(parts: WatcherParts, options: WatchOptions, alarm: Alarm): Promise<WatchEnd> {
    let memory: WatchMemory = nothingSeen;
    let last: LiveStep | undefined;
    while (!options.stop.aborted) {
        const lease = await parts.lease();
        if (lease.kind === "elsewhere") {
            alarm.stop();
            parts.report({ ...(last === undefined ? {} : { step: last }), decision: { kind: "standing-by", holder: lease.holder } });
            await parts.pause(options.everyMs, options.stop);
            continue;
        }
        const reading = await parts.readStep();
        if (reading.kind === "nothing") {
            return reading.rolledBack ? { kind: "rolled-back", reason: reading.why } : { kind: "nothing", why: reading.why };
        }
        if (reading.kind === "under-way") {
            if (last === undefined || !sameStep(last, reading.step)) {
                memory = nothingSeen;
            }
            last = reading.step;
            alarm.watch(last);
        }
        const examination = reading.kind === "under-way" ? await parts.examine(reading.step) : { blind: reading.reason };
        const times = last === undefined ? undefined : parts.timesAt(last.weightPercent);
        const { decision, memory: kept } = decide(memory, lookAt(reading, examination, parts.nowSeconds()), times ?? waitForStep);
        memory = kept;
        parts.report({ ...(last === undefined ? {} : { step: last }), decision, ...("blind" in examination ? {} : { examination }) });
        if (decision.kind === "roll-back" && last !== undefined) {
            return rollBackUntilDone(parts, last, decision.reason, options);
        }
        if (decision.kind === "ready" && last !== undefined && !("blind" in examination) && (await options.leaveWhenReady())) {
            return { kind: "ready", step: last, examination };
        }
        await parts.pause(options.everyMs, options.stop);
    }
    return { kind: "stopped" };
}

/** The detector that reads the candidate's pods, for one step at a time. */
class Alarm {
    readonly #parts: Pick<WatcherParts, "startAlarm">;
    readonly #raise = Promise.withResolvers<{ readonly step: LiveStep; readonly reason: string }>();
    #running: { readonly step: LiveStep; readonly end: () => void } | undefined;

    constructor(parts: Pick<WatcherParts, "startAlarm">) {
        this.#parts = parts;
    }

    /** Settles when a step must be taken back now. */
    get raised(): Promise<{ readonly step: LiveStep; readonly reason: string }> {
        return this.#raise.promise;
    }

    /** Watches this step, and no other any more. */
    watch(step: LiveStep): void {
        if (this.#running !== undefined && sameStep(this.#running.step, step)) {
            return;
        }
        this.stop();
        const end = this.#parts.startAlarm(step, (reason) => {
            this.#raise.resolve({ step, reason });
        });
        this.#running = { step, end };
    }

    stop(): void {
        this.#running?.end();
        this.#running = undefined;
    }
}

/** Whoever stops the watcher doesn't stop a rollback that has begun: half a rollback is none. */
async function rollBackUntilDone(parts: WatcherParts, step: LiveStep, reason: string, { everyMs }: WatchOptions): Promise<WatchEnd> {
    const decidedAtMs = parts.nowSeconds() * 1_000;
    for (;;) {
        const outcome = await parts.rollBack(step, reason);
        if (outcome.kind === "done") {
            return { kind: "rolled-back", reason, timing: { decidedAtMs, doneAtMs: parts.nowSeconds() * 1_000 } };
        }
        parts.report({ step, decision: { kind: "roll-back", reason: `${reason}; not done yet, trying again: ${outcome.reason}` } });
        await parts.pause(Math.min(everyMs, retryMs), new AbortController().signal);
    }
}

function lookAt(reading: StepReading, examination: Examination | { readonly blind: string }, atSeconds: number): Look {
    if ("blind" in examination || reading.kind !== "under-way") {
        return { kind: "blind", atSeconds, reason: "blind" in examination ? examination.blind : "the step can't be read" };
    }
    const blindness = blindnessOf(examination.evidence);
    return {
        kind: "judged",
        atSeconds,
        soakedSeconds: reading.step.soakedSeconds,
        gate: examination.gate,
        atOnce: examination.atOnce,
        ...(blindness === undefined ? {} : { blindness }),
    };
}

function sameStep(left: LiveStep, right: LiveStep): boolean {
    return left.weightPercent === right.weightPercent && sameRevision(left.candidate, right.candidate) && sameRevision(left.stable, right.stable);
}

/** A watcher that has never seen which step is live has nothing that it could take back: it waits. */
const waitForStep: WatchTimes = { soakSeconds: Number.POSITIVE_INFINITY, holdSeconds: Number.POSITIVE_INFINITY, blindSeconds: Number.POSITIVE_INFINITY };

/** How soon a rollback that failed is tried again, in milliseconds, at the most. */
const retryMs = 250;
