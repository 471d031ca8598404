/**
 * What `work` gives; undefined when it takes longer than `seconds`, or when `signal` is aborted first. The work itself goes on then, and its result is dropped.
 *
 * @param pause waits, but not longer than until its signal is aborted.
 */
export async function withinTime<T>(
    work: Promise<T>,
    seconds: number,
    signal: AbortSignal,
    pause: (milliseconds: number, wake: AbortSignal) => Promise<void>,
): Promise<T | undefined> {
    const done = new AbortController();
    const onAbort = (): void => {
        done.abort();
    };
    signal.addEventListener("abort", onAbort, { once: true });
    try {
        return signal.aborted ? undefined : await Promise.race([work, pause(seconds * 1_000, done.signal).then(() => undefined)]);
    } finally {
        signal.removeEventListener("abort", onAbort);
        done.abort();
    }
}
