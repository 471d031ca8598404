import { setTimeout as sleep } from "node:timers/promises";

import type { WatchEnd } from "./watcher.ts";

/** What watching for good needs. None of these functions throws. */
export interface FollowingParts {
    /** Watches once, until its one end. */
    readonly watch: () => Promise<WatchEnd>;
    /** Receives each end. */
    readonly ended: (end: WatchEnd) => void;
    /** Watches again after an end that is no stop. */
    readonly forever: boolean;
    readonly stop: AbortSignal;
    /** Waits, but not longer than until `wake` is aborted. @default the real time */
    readonly pause?: (milliseconds: number, wake: AbortSignal) => Promise<void>;
}

/**
 * Watches once, or for good. A watch that failed is followed by the next one too, after a pause that doubles with each failure in a row: whatever was refused may
 * be allowed meanwhile, and the step still has to be watched.
 */
export async function follow({ watch, ended, forever, stop, pause = realPause }: FollowingParts): Promise<WatchEnd> {
    for (let failures = 0; ;) {
        const end = await watch();
        ended(end);
        if (!forever || end.kind === "stopped" || stop.aborted) {
            return end;
        }
        failures = end.kind === "failed" ? failures + 1 : 0;
        // A wish to stop that comes in the pause is the next watch's to hear.
        await pause(Math.min(longestPauseMs, idlePauseMs * 2 ** failures), stop);
    }
}

async function realPause(milliseconds: number, wake: AbortSignal): Promise<void> {
    await sleep(milliseconds, undefined, { signal: wake }).catch(() => undefined);
}

/** How soon an idle watchdog looks whether there is something to watch, in milliseconds. */
const idlePauseMs = 2_000;
const longestPauseMs = 60_000;
