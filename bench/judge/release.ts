import type { LatencyHistogram } from "../../rollout/gate/evidence.ts";
import { type Weight, weightsOf } from "../../rollout/plan/plan.ts";
import { boundsSeconds } from "../../test/rollout/gate/judge/evidence.ts";
import { Chance } from "./random.ts";
import { plan } from "../../service/plan.ts";

/** How a revision answers. */
export interface Behaviour {
    /** Share of requests that fail. */
    readonly errorRatio: number;
    /** Failed requests that come at once, on average. 1: each by itself. */
    readonly burst: number;
    /** 95th percentile of the time to answer, in seconds: log-normal, with a sigma of 0.5. */
    readonly p95Seconds: number;
}

/** A release to simulate. */
export interface Scenario {
    readonly name: string;
    readonly requestsPerSecond: number;
    readonly stable: Behaviour;
    readonly candidate: Behaviour;
}

/** What one revision did within one minute. */
export interface Minute {
    readonly total: number;
    readonly failed: number;
    readonly latency: LatencyHistogram;
}

/** Both revisions within one minute. */
export interface MinuteOfBoth {
    readonly stable: Minute;
    readonly candidate: Minute;
}

/** Weights that have traffic, in order. */
export const weightsWithTraffic: readonly Weight[] = weightsOf(plan).filter((weight) => weight > 0);

/** One simulated release. A minute of a step reads the same, however often it is read. */
export class Release {
    readonly #scenario: Scenario;
    readonly #chance: Chance;
    readonly #minutes = new Map<Weight, MinuteOfBoth[]>();

    constructor(scenario: Scenario, seed: string) {
        this.#scenario = scenario;
        this.#chance = new Chance(seed);
    }

    /** @param index from 0, counted from the beginning of the step. */
    minute(weightPercent: Weight, index: number): MinuteOfBoth {
        const known = this.#minutes.get(weightPercent) ?? [];
        this.#minutes.set(weightPercent, known);
        const { requestsPerSecond, stable, candidate } = this.#scenario;
        for (;;) {
            const minute = known[index];
            if (minute !== undefined) {
                return minute;
            }
            const requests = requestsPerSecond * 60;
            known.push({
                stable: this.#draw(stable, (requests * (100 - weightPercent)) / 100),
                candidate: this.#draw(candidate, (requests * weightPercent) / 100),
            });
        }
    }

    #draw({ errorRatio, burst, p95Seconds }: Behaviour, requests: number): Minute {
        const counts = bucketShares(p95Seconds).map((share) => this.#chance.poisson(requests * share));
        const total = counts.reduce((sum, count) => sum + count, 0);
        const bursts = this.#chance.poisson((requests * errorRatio) / burst);
        let failed = 0;
        for (let index = 0; index < bursts; index += 1) {
            failed += burst === 1 ? 1 : this.#chance.geometric(1 / burst);
        }
        return { total, failed: Math.min(failed, total), latency: { boundsSeconds, counts } };
    }
}

/** Adds up minutes. */
export function sumOf(minutes: readonly Minute[]): Minute {
    return {
        total: minutes.reduce((sum, { total }) => sum + total, 0),
        failed: minutes.reduce((sum, { failed }) => sum + failed, 0),
        latency: {
            boundsSeconds,
            counts: boundsSeconds.map((_, bucket) => minutes.reduce((sum, { latency }) => sum + (latency.counts[bucket] ?? 0), 0)),
        },
    };
}

const shares = new Map<number, readonly number[]>();

/** Share of requests in each bucket, from 400,000 draws. */
function bucketShares(p95Seconds: number): readonly number[] {
    const known = shares.get(p95Seconds);
    if (known !== undefined) {
        return known;
    }
    const chance = new Chance(`latency ${String(p95Seconds)}`);
    const draws = 400_000;
    const counts = boundsSeconds.map(() => 0);
    for (let draw = 0; draw < draws; draw += 1) {
        const seconds = p95Seconds * Math.exp(0.5 * (chance.normal() - 1.6449));
        const bucket = boundsSeconds.findIndex((bound) => seconds <= bound);
        counts[bucket] = (counts[bucket] ?? 0) + 1;
    }
    const found = counts.map((count) => count / draws);
    shares.set(p95Seconds, found);
    return found;
}
