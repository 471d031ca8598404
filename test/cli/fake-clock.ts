import type { AlarmClock } from "../../cli/alarm/clock.ts";

/** A clock that goes on only when a test says so. */
export class FakeClock implements AlarmClock {
    #nowMs = 0;
    #waiting: { readonly atMs: number; readonly wake: () => void }[] = [];

    readonly nowMs = (): number => this.#nowMs;

    readonly pause = (milliseconds: number, signal: AbortSignal): Promise<void> =>
        new Promise((resolve) => {
            const waiting = { atMs: this.#nowMs + milliseconds, wake: resolve };
            this.#waiting.push(waiting);
            const wakeNow = () => {
                this.#waiting = this.#waiting.filter((one) => one !== waiting);
                resolve();
            };
            signal.addEventListener("abort", wakeNow, { once: true });
            if (signal.aborted) {
                wakeNow();
            }
        });

    /** Waits that are under way. */
    get waits(): number {
        return this.#waiting.length;
    }

    /** Lets time go on, waking whatever is due, in order. */
    async advance(milliseconds: number): Promise<void> {
        const untilMs = this.#nowMs + milliseconds;
        for (;;) {
            await settled();
            const [next] = this.#waiting.toSorted((a, b) => a.atMs - b.atMs);
            if (next === undefined || next.atMs > untilMs) {
                break;
            }
            this.#nowMs = Math.max(this.#nowMs, next.atMs);
            this.#waiting = this.#waiting.filter((one) => one !== next);
            next.wake();
        }
        this.#nowMs = untilMs;
        await settled();
    }
}

/** Everything that waits for no clock has gone on as far as it can. */
function settled(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
}
