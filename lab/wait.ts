import { setTimeout as sleep } from "node:timers/promises";
import { wordsOf } from "../rollout/words.ts";

/** How to wait for a service. */
export interface WaitOptions {
    /** Names what is waited for in the error. */
    readonly what: string;
    /** Limit for the whole wait, in milliseconds. */
    readonly withinMs: number;
    /** Pause between two attempts, in milliseconds. Default 100. */
    readonly everyMs?: number;
    /** Ends the wait early when it returns a reason, such as 'the process has ended'. */
    readonly giveUp?: () => string | undefined;
}

/**
 * Tries `attempt` until it does not throw.
 * @throws Error with the last attempt's message, when the limit has passed or `giveUp` gave a reason.
 */
export async function waitUntil<T>(attempt: () => Promise<T>, options: WaitOptions): Promise<T> {
    const deadline = Date.now() + options.withinMs;
    for (;;) {
        try {
            return await attempt();
        } catch (error) {
            const last = wordsOf(error);
            const reason = options.giveUp?.();
            if (reason !== undefined) {
                throw new Error(`${options.what}: ${reason}`, { cause: error });
            }
            if (Date.now() >= deadline) {
                throw new Error(`${options.what} not ready after ${String(options.withinMs / 1000)} s: ${last}`, { cause: error });
            }
        }
        await sleep(options.everyMs ?? 100);
    }
}
