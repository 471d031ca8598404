import type { Moment } from "../../rollout/watcher/moment.ts";

interface Timer {
    readonly atSeconds: number;
    readonly ring: () => void;
}

/** A clock that a test moves: time passes only while everything waits for it. */
export class FakeClock {
    #seconds = 0;
    #asleepSeconds = 0;
    #timers: Timer[] = [];

    /** Seconds since the start, as a clock counts them that stands still while the computer sleeps. */
    get seconds(): number {
        return this.#seconds;
    }

    readonly now = (): Moment => ({ monotonicSeconds: this.#seconds, wallSeconds: 1_700_000_000 + this.#seconds + this.#asleepSeconds });

    /** Waits, but not longer than until `wake` is aborted. */
    readonly pause = async (milliseconds: number, wake?: AbortSignal): Promise<void> => {
        if (wake?.aborted === true) {
            return;
        }
        await new Promise<void>((resolve) => {
            const timer = { atSeconds: this.#seconds + milliseconds / 1_000, ring: resolve };
            this.#timers.push(timer);
            wake?.addEventListener(
                "abort",
                () => {
                    this.#timers = this.#timers.filter((other) => other !== timer);
                    resolve();
                },
                { once: true },
            );
        });
    };

    /** The computer sleeps: only the wall clock goes on. */
    sleep(seconds: number): void {
        this.#asleepSeconds += seconds;
    }

    /** Lets time pass until `work` has ended. @throws {Error} where nothing waits any more, or it takes too long. */
    async until<T>(work: Promise<T>, withinSeconds = 100_000): Promise<T> {
        const outcome: { ended?: true } = {};
        const followed = work.finally(() => {
            outcome.ended = true;
        });
        followed.catch(() => undefined);
        for (;;) {
            // Everything that can go on without time goes on first.
            await new Promise((resolve) => setImmediate(resolve));
            if (outcome.ended === true) {
                return followed;
            }
            const [next] = this.#timers.toSorted((left, right) => left.atSeconds - right.atSeconds);
            if (next === undefined || next.atSeconds > withinSeconds) {
                throw new Error(`it has not ended after ${String(this.#seconds)} s${next === undefined ? ", and nothing waits" : ""}`);
            }
            this.#timers = this.#timers.filter((timer) => timer !== next);
            this.#seconds = Math.max(this.#seconds, next.atSeconds);
            next.ring();
        }
    }
}
