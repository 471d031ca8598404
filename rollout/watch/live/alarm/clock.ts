import { setTimeout as sleep } from "node:timers/promises";

/** Time as the alarm needs it. */
export interface AlarmClock {
    /** Milliseconds, on a clock that only goes forward. */
    readonly nowMs: () => number;
    /** Waits, but not longer than until `signal` is aborted. Never throws. */
    readonly pause: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/** The machine's clock. */
export const machineClock: AlarmClock = {
    nowMs: () => performance.now(),
    pause: async (milliseconds, signal) => {
        await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
    },
};
