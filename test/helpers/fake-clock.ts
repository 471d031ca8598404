import type { AlarmClock } from "../../rollout/watch/live/alarm/clock.ts";
import type { Moment } from "../../rollout/watch/watcher/moment.ts";

interface Waiting {
    readonly atMs: number;
    readonly wake: () => void;
}

/** A clock that goes on only when a test says so. */
export class FakeClock implements AlarmClock {
    #nowMs = 0;
    #asleepSeconds = 0;
    #waiting: Waiting[] = [];

    readonly nowMs = (): number => this.#nowMs;

    readonly now = (): Moment => ({ monotonicSeconds: this.seconds, wallSeconds: 1_700_000_000 + this.seconds + this.#asleepSeconds });

    /** Waits, but not longer than until `signal` is aborted. */
    readonly pause = async (milliseconds: number, signal?: AbortSignal): Promise<void> => {
        if (signal?.aborted === true) {
            return;
        }
        await new Promise<void>((resolve) => {
            const waiting = { atMs: this.#nowMs + milliseconds, wake: resolve };
            this.#waiting.push(waiting);
            signal?.addEventListener(
                "abort",
                () => {
                    this.#waiting = this.#waiting.filter((one) => one !== waiting);
                    resolve();
                },
                { once: true },
            );
        });
    };

    /** Seconds since the start, as a clock counts them that stands still while the computer sleeps. */
    get seconds(): number {
        return this.#nowMs / 1_000;
    }

    /** Waits that are under way. */
    get waits(): number {
        return this.#waiting.length;
    }

    /** The computer sleeps: only the wall clock goes on. */
    sleep(seconds: number): void {
        this.#asleepSeconds += seconds;
    }

    /** Lets time go on, waking whatever is due, in order. */
    async advance(milliseconds: number): Promise<void> {
        const untilMs = this.#nowMs + milliseconds;
        do {
            await settled();
        } while (this.#wakeNext(untilMs));
        this.#nowMs = untilMs;
        await settled();
    }

    /** Lets time go on until `work` has ended. @throws {Error} where nothing waits any more, or it takes too long. */
    async until<T>(work: Promise<T>, withinSeconds = 100_000): Promise<T> {
        const outcome: { ended?: true } = {};
        const followed = work.finally(() => {
            outcome.ended = true;
        });
        followed.catch(() => undefined);
        for (;;) {
            await settled();
            if (outcome.ended === true) {
                return followed;
            }
            if (!this.#wakeNext(withinSeconds * 1_000)) {
                throw new Error(`it has not ended after ${String(this.seconds)} s, with ${String(this.waits)} waits under way`);
            }
        }
    }

    /** @returns whether a wait was due by then. */
    #wakeNext(untilMs: number): boolean {
        const [next] = this.#waiting.toSorted((left, right) => left.atMs - right.atMs);
        if (next === undefined || next.atMs > untilMs) {
            return false;
        }
        this.#nowMs = Math.max(this.#nowMs, next.atMs);
        this.#waiting = this.#waiting.filter((one) => one !== next);
        next.wake();
        return true;
    }
}

/** Everything that waits for no clock has gone on as far as it can. */
function settled(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
}
