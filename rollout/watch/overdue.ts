import type { LatencyHistogram } from "../gate/evidence.ts";

/** What one source of counts shows at one moment: one process, or one instance of the gateway. All counts are since it began to count. */
export interface TimedReading {
    /** When it was asked, in seconds, on a clock that only goes forward. What it shows is of a moment between this one and `answeredAtSeconds`. */
    readonly askedAtSeconds: number;
    /** When it had answered. */
    readonly answeredAtSeconds: number;
    /** Requests under way. Defaults to the source doesn't show them, and requests that hang are not seen through it. */
    readonly underWay?: number;
    /** Requests that are under way no more, by how long they took. One bucket, up to Infinity, where that isn't known: then fewer of those that hang are seen. */
    readonly ended: LatencyHistogram;
    /** Answers whose time is known. */
    readonly timed: number;
    /** Of these, what took longer than {@link slowSeconds}. */
    readonly slow: number;
}

/** What is remembered of one source from one reading to the next. */
export interface TimedState {
    /** Oldest first. */
    readonly readings: readonly TimedReading[];
    /** Most that was counted until now, with those under way. */
    readonly timed: number;
    readonly slow: number;
}

/** Requests that are new since the reading before. */
export interface NewTimed {
    /** Answered, or under way for longer than {@link slowSeconds}. */
    readonly timed: number;
    /** Took longer than {@link slowSeconds}, or have been under way for longer already. */
    readonly slow: number;
}

/** Above this, in seconds, an answer is slow: the checklist rolls back at a 95th percentile above 1000 ms. */
export const slowSeconds = 1;

/** Readings that are kept from before {@link slowSeconds}: one that came late is a bad one to count from, and the ones before it may do better. */
const olderReadings = 4;

/**
 * Counts slow requests when they become slow, not when they are answered: a process that hangs answers nothing, and none of its counters moves.
 *
 * No time of a single request is known, so it is worked out how many of those under way have been for longer than a second, at least: those that were under
 * way at a reading a second ago, less all that have ended since and may have been among them. An answer that took 50 ms and ended 200 ms after that reading was
 * not. That holds for any traffic and any times to answer, in bursts too, so healthy requests are never counted, and nothing has to be known of them.
 *
 * A request counts once: when it is overdue, or when its answer is counted as slow. So these counts never fall, and what is new is what exceeds the most so far.
 *
 * @param state of this source. Absent at its first reading, and after it began to count anew: then nothing is new.
 */
export function timedSince(state: TimedState | undefined, reading: TimedReading): NewTimed & { readonly state: TimedState } {
    const before = state?.readings ?? [];
    const overdue = overdueAt(before, reading);
    const [timed, slow] = [reading.timed + overdue, reading.slow + overdue];
    const readings = [...before, reading];
    const newestOld = before.findLastIndex((one) => reading.askedAtSeconds - one.answeredAtSeconds >= slowSeconds);
    const next: TimedState = {
        readings: readings.slice(Math.max(0, newestOld - olderReadings)),
        timed: Math.max(state?.timed ?? 0, timed),
        slow: Math.max(state?.slow ?? 0, slow),
    };
    const newSlow = state === undefined ? 0 : next.slow - state.slow;
    return {
        state: next,
        // Both are at their most at different moments.
        timed: state === undefined ? 0 : Math.max(newSlow, next.timed - state.timed),
        slow: newSlow,
    };
}

/** How many requests have been under way for longer than {@link slowSeconds}, at least. */
function overdueAt(before: readonly TimedReading[], present: TimedReading): number {
    return before.reduce(
        (most, from, index) =>
            from.underWay === undefined || present.askedAtSeconds - from.answeredAtSeconds < slowSeconds
                ? most
                : Math.max(most, from.underWay - endedOf(from, [...before.slice(index), present])),
        0,
    );
}

/** How many of those under way at `from` have ended since, at the most. */
function endedOf(from: TimedReading, readings: readonly TimedReading[]): number {
    let ended = 0;
    for (const [index, reading] of readings.entries()) {
        const previous = readings[index - 1];
        if (previous !== undefined) {
            // What ended after `previous` was asked, and took less than the time from `from` to then, had not begun at `from`.
            const begunSince = previous.askedAtSeconds - from.answeredAtSeconds;
            ended += upTo(Infinity, reading.ended) - upTo(Infinity, previous.ended) - (upTo(begunSince, reading.ended) - upTo(begunSince, previous.ended));
        }
    }
    return ended;
}

function upTo(seconds: number, { boundsSeconds, counts }: LatencyHistogram): number {
    return counts.reduce((sum, count, index) => sum + ((boundsSeconds[index] ?? Infinity) <= seconds ? count : 0), 0);
}
