/** A wish to stop, as a terminal or Kubernetes sends it. */
export interface StopSignals {
    /** Aborted by SIGINT or SIGTERM. */
    readonly signal: AbortSignal;
    /** Leaves the process' signals alone again. */
    readonly release: () => void;
}

/** Takes SIGINT and SIGTERM as a wish to stop, until it is released. The second one ends the process, as always. */
export function stopSignals(): StopSignals {
    const stop = new AbortController();
    const onSignal = (): void => {
        release();
        stop.abort();
    };
    const release = (): void => {
        for (const signal of ["SIGINT", "SIGTERM"] as const) {
            process.off(signal, onSignal);
        }
    };
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
        process.on(signal, onSignal);
    }
    return { signal: stop.signal, release };
}
