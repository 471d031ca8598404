import { type TimedState, slowSeconds, timedSince } from "../../rollout/watch/overdue.ts";
import { type DetectorState, detect, nothingCounted } from "../../rollout/watch/sequential.ts";
import { boundsSeconds } from "../../test/rollout/gate/judge/evidence.ts";
import { Chance } from "./random.ts";

/** Requests of one pod, simulated one by one. */
export interface HangScenario {
    /** Of the candidate, over all its pods. */
    readonly requestsPerSecond: number;
    readonly pods: number;
    /** 95th percentile of the time to answer, in seconds: log-normal, with a sigma of 0.5. */
    readonly p95Seconds: number;
    /** Requests that come at once, on average. 1: each by itself. */
    readonly burst: number;
    /** Share of requests that hang once the fault has begun, until the route's time limit of 2 s. 0: no fault. */
    readonly hangs: number;
    /** How long to look, in seconds; the fault begins after ten seconds. */
    readonly seconds: number;
}

/** Seconds between two readings of a pod, as the alarm takes them, and how long a page takes. */
const [everySeconds, pageSeconds] = [0.175, 0.01];
const faultAtSeconds = 10;
const timeLimitSeconds = 2;

/** What one pod works on, and has answered. */
class SimulatedPod {
    readonly #scenario: HangScenario;
    readonly #chance: Chance;
    readonly #counts = boundsSeconds.map(() => 0);
    #working: readonly { readonly untilSeconds: number; readonly takesSeconds: number }[] = [];
    #nextSeconds: number;
    nextReadingSeconds: number;
    timed: TimedState | undefined;

    constructor(scenario: HangScenario, seed: string) {
        this.#scenario = scenario;
        this.#chance = new Chance(seed);
        this.nextReadingSeconds = this.#chance.uniform() * everySeconds;
        this.#nextSeconds = this.#gap();
    }

    /** New counts, as of the reading that is due. */
    read() {
        const nowSeconds = this.nextReadingSeconds;
        this.nextReadingSeconds += everySeconds;
        for (; this.#nextSeconds <= nowSeconds; this.#nextSeconds += this.#gap()) {
            const together = this.#scenario.burst === 1 ? 1 : this.#chance.geometric(1 / this.#scenario.burst);
            this.#working = [...this.#working, ...Array.from({ length: together }, () => this.#request(this.#nextSeconds))];
        }
        const ended = this.#working.filter(({ untilSeconds }) => untilSeconds <= nowSeconds);
        this.#working = this.#working.filter(({ untilSeconds }) => untilSeconds > nowSeconds);
        for (const { takesSeconds } of ended.filter(({ takesSeconds: takes }) => Number.isFinite(takes))) {
            const bucket = boundsSeconds.findIndex((bound) => takesSeconds <= bound);
            this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
        }
        const shown = this.#counts.map((count, index) => ({ count, bound: boundsSeconds[index] ?? Infinity }));
        const found = timedSince(this.timed, {
            askedAtSeconds: nowSeconds - pageSeconds / 2,
            answeredAtSeconds: nowSeconds + pageSeconds / 2,
            underWay: this.#working.length,
            ended: { boundsSeconds, counts: shown.map(({ count }) => count) },
            timed: shown.reduce((sum, { count }) => sum + count, 0),
            slow: shown.reduce((sum, { count, bound }) => sum + (bound > slowSeconds ? count : 0), 0),
        });
        this.timed = found.state;
        return { total: 0, failed: 0, timed: found.timed, slow: found.slow };
    }

    /** A request that hangs is never counted as answered: its caller gives up. */
    #request(atSeconds: number) {
        const hangs = atSeconds >= faultAtSeconds && this.#scenario.hangs > 0 && this.#chance.uniform() < this.#scenario.hangs;
        const takesSeconds = hangs ? Infinity : this.#scenario.p95Seconds * Math.exp(0.5 * (this.#chance.normal() - 1.6449));
        return { untilSeconds: atSeconds + Math.min(takesSeconds, timeLimitSeconds), takesSeconds };
    }

    #gap(): number {
        const { requestsPerSecond, pods, burst } = this.#scenario;
        return (-Math.log(this.#chance.uniform()) * pods * burst) / requestsPerSecond;
    }
}

/** Seconds from the beginning of the fault to the alarm. Undefined where none came; negative where it came before the fault. */
export function hangAlarm(seed: string, scenario: HangScenario): number | undefined {
    const pods = Array.from({ length: scenario.pods }, (_, index) => new SimulatedPod(scenario, `${seed} ${String(index)}`));
    let state: DetectorState = nothingCounted;
    for (;;) {
        const next = pods.reduce((first, pod) => (pod.nextReadingSeconds < first.nextReadingSeconds ? pod : first));
        const atSeconds = next.nextReadingSeconds;
        if (atSeconds > scenario.seconds) {
            return undefined;
        }
        const found = detect(state, next.read());
        state = found.state;
        if (found.alarm.kind === "rollback") {
            return atSeconds - faultAtSeconds;
        }
    }
}
