import {
    type AttemptOutcome,
    type LeaseView,
    type LiveStep,
    type StepReading,
    type WatchEnd,
    type WatchStatus,
    type WatcherParts,
    watch,
} from "../../../../rollout/watch/live/watcher.ts";
import type { AlarmSight } from "../../../../rollout/watch/alarm-sight.ts";
import type { Evidence } from "../../../../rollout/gate/evidence.ts";
import type { Weight } from "../../../../rollout/plan/plan.ts";
import type { Judgement, Verdict } from "../../../../rollout/gate/verdict.ts";
import { FakeClock } from "../../../helpers/fake-clock.ts";
import { evidence } from "../../ledger/arbitraries.ts";

export const stable = { name: "v1-0-0", digest: `sha256:${"1".repeat(64)}` };
export const candidate = { name: "v1-1-0", digest: `sha256:${"2".repeat(64)}` };

export function step(weightPercent: Weight, soakedSeconds: number): LiveStep {
    return { stable, candidate, weightPercent, enteredAt: "2025-01-01T00:00:00.000Z", soakedSeconds };
}

export function underWay(weightPercent: Weight, soakedSeconds: number): StepReading {
    return { kind: "under-way", step: step(weightPercent, soakedSeconds) };
}

export function judgement(verdict: Verdict): Judgement {
    return { verdict, reasons: [{ criterion: "error-ratio", verdict, text: "as told", samples: 1 }] };
}

const missing = { kind: "missing", reason: "no series" } as const;
const seen: Evidence = { ...evidence, candidate: evidence.stable };
const unseen: Evidence = { ...evidence, candidate: { ...evidence.stable, scrapes: missing, requests: missing } };

/** Something that a watcher did or said, and when. */
export interface Deed {
    readonly seconds: number;
    readonly did: "report" | "attempt" | "moved" | "lease";
    readonly text: string;
}

/** A world in which nothing takes any time but what a test makes slow. Time passes only while the watcher waits. Soak 60 s, hold 120 s, blind 30 s. */
export class WatcherWorld implements WatcherParts {
    readonly clock = new FakeClock();
    readonly stop = new AbortController();
    readonly deeds: Deed[] = [];
    readonly reported: WatchStatus[] = [];
    readonly rollbacks: string[] = [];
    everyMs = 1_000;
    times = { soakSeconds: 60, holdSeconds: 120, blindSeconds: 30 };
    reading: () => StepReading = () => underWay(10, this.seconds);
    gate: () => Verdict = () => "hold";
    atOnce: () => Verdict = () => "pass";
    sees: () => boolean = () => true;
    sight: () => AlarmSight = () => ({ kind: "sees", pods: 1, of: 1, gateway: true });
    lookSeconds: () => number = () => 0;
    patchSeconds: () => number = () => 0;
    /** What comes of a patch, when its answer comes. */
    patch: () => AttemptOutcome = () => ({ kind: "done" });
    answerLease: (sees: boolean | undefined) => LeaseView = () => ({ kind: "held" });
    leaseSeconds: () => number = () => 0;
    alarmStopSeconds = 0;
    said: (status: WatchStatus) => void = () => undefined;
    leave: () => Promise<boolean> = () => Promise.resolve(true);
    readonly alarms: { readonly raise: (reason: string) => void; stopped: boolean }[] = [];

    mostAttemptsAtOnce = 0;
    #attempts = 0;

    get seconds(): number {
        return this.clock.seconds;
    }

    /** Raises the newest alarm, where one runs. */
    raise(reason = "6 of 8 requests failed"): void {
        const alarm = this.alarms.at(-1);
        if (alarm?.stopped === false) {
            alarm.raise(reason);
        }
    }

    /** Does something at a time. */
    at(seconds: number, deed: () => void): void {
        void this.clock.pause((seconds - this.seconds) * 1_000).then(deed);
    }

    async run(): Promise<WatchEnd> {
        return this.clock.until(watch(this, { everyMs: this.everyMs, leaveWhenReady: this.leave, stop: this.stop.signal }), 20_000);
    }

    readonly now = this.clock.now;
    readonly pause = this.clock.pause;
    readonly timesAt = () => this.times;
    readonly report = (status: WatchStatus) => {
        this.reported.push(status);
        this.said(status);
        this.#did("report", status.decision.kind);
    };
    readonly readStep = async () => {
        const reading = this.reading();
        await this.#takes(this.lookSeconds() / 2);
        return reading;
    };
    readonly examine = async () => {
        const looked = this.sees()
            ? { evidence: seen, gate: judgement(this.gate()), atOnce: judgement(this.atOnce()) }
            : { evidence: unseen, gate: judgement("hold"), atOnce: judgement("hold") };
        await this.#takes(this.lookSeconds() / 2);
        return looked;
    };
    readonly startAlarm = (_step: LiveStep, raise: (reason: string) => void) => {
        const alarm = { raise, stopped: false };
        this.alarms.push(alarm);
        return {
            stop: async () => {
                alarm.stopped = true;
                await this.#takes(this.alarmStopSeconds);
            },
            sight: () => this.sight(),
        };
    };
    readonly rollBack = async (_step: LiveStep, reason: string) => {
        this.rollbacks.push(reason);
        this.#did("attempt", reason);
        this.#attempts += 1;
        this.mostAttemptsAtOnce = Math.max(this.mostAttemptsAtOnce, this.#attempts);
        await this.#takes(this.patchSeconds());
        this.#attempts -= 1;
        const outcome = this.patch();
        if (outcome.kind === "done") {
            this.#did("moved", reason);
        }
        return outcome;
    };
    readonly lease = async (sees: boolean | undefined) => {
        this.#did("lease", String(sees));
        await this.#takes(this.leaseSeconds());
        return this.answerLease(sees);
    };

    async #takes(seconds: number): Promise<void> {
        if (seconds > 0) {
            await this.clock.pause(seconds * 1_000);
        }
    }

    #did(did: Deed["did"], text: string): void {
        this.deeds.push({ seconds: this.seconds, did, text });
    }
}
