import { randomExponential } from "d3-random";

/**
 * When users want something: a Poisson process, as many independent users make one. It goes on at its rate whether or not anything is answered.
 */
export class Arrivals {
    readonly #random: () => number;
    #requestsPerSecond: number;
    #nextMs: number;

    /**
     * @param random gives numbers from 0 to below 1.
     * @param startMs start, on the clock of `due`, in milliseconds.
     */
    constructor(requestsPerSecond: number, random: () => number, startMs: number) {
        this.#requestsPerSecond = requestsPerSecond;
        this.#random = random;
        this.#nextMs = startMs + this.#gapMs();
    }

    /** Changes the rate from `nowMs` on. 0: no user comes. */
    setRate(requestsPerSecond: number, nowMs: number): void {
        this.#requestsPerSecond = requestsPerSecond;
        this.#nextMs = nowMs + this.#gapMs();
    }

    /** Times of those who came since the last call, until `nowMs`, oldest first. */
    due(nowMs: number): readonly number[] {
        const times: number[] = [];
        while (this.#nextMs <= nowMs) {
            times.push(this.#nextMs);
            this.#nextMs += this.#gapMs();
        }
        return times;
    }

    #gapMs(): number {
        return this.#requestsPerSecond === 0 ? Number.POSITIVE_INFINITY : randomExponential.source(this.#random)(this.#requestsPerSecond / 1_000)();
    }
}
