/** What a revision does wrong, for demonstrations and tests. Ratios are per request, from 0 to 1. */
export interface Fault {
    /** Share of requests that are answered with 500. */
    readonly failing: number;
    /** Share of requests that are never answered. */
    readonly hanging: number;
    /** Share of requests whose connection is reset. */
    readonly resetting: number;
    /** Share of good answers that come with a critical line in the log. */
    readonly critical: number;
    /** Longest extra time before an answer, in milliseconds; the shortest is half of it. */
    readonly delayMs: number;
    /** Memory that is never given back, in MiB a minute, times FAULT_LEAK_FACTOR. */
    readonly leakMebibytesPerMinute: number;
    /** Whether the process ends a second after its start. */
    readonly crashes: boolean;
    /** Whether it keeps all connections to the database to itself. */
    readonly holdsConnections: boolean;
    readonly readsCache: boolean;
    /** Whether accepted events are sent to Kafka. */
    readonly sendsEvents: boolean;
}

const healthy: Fault = {
    failing: 0,
    hanging: 0,
    resetting: 0,
    critical: 0,
    delayMs: 0,
    leakMebibytesPerMinute: 0,
    crashes: false,
    holdsConnections: false,
    readsCache: true,
    sendsEvents: true,
};

/** Each fault by its name, the value of the setting FAULT_PROFILE. It differs from `healthy` in one thing, so that a test sees which criterion finds it. */
export const faults = {
    healthy,
    erroring: { ...healthy, failing: 0.5 },
    slow: { ...healthy, delayMs: 1_400 },
    hanging: { ...healthy, hanging: 0.5 },
    resetting: { ...healthy, resetting: 0.5 },
    leaking: { ...healthy, leakMebibytesPerMinute: 20 },
    "crash-looping": { ...healthy, crashes: true },
    "database-starved": { ...healthy, holdsConnections: true },
    "no-cache": { ...healthy, readsCache: false },
    silent: { ...healthy, sendsEvents: false },
    "log-noisy": { ...healthy, critical: 0.01 },
} as const satisfies Readonly<Record<string, Fault>>;

/** Name of a fault. */
export type FaultName = keyof typeof faults;

/** All names. */
export const faultNames = [
    "healthy",
    "erroring",
    "slow",
    "hanging",
    "resetting",
    "leaking",
    "crash-looping",
    "database-starved",
    "no-cache",
    "silent",
    "log-noisy",
] as const satisfies readonly FaultName[];

/** How a process gets to have its fault: it is healthy until FAULT_AFTER_SECONDS after its start, or until SIGUSR2. */
export class FaultClock {
    readonly #fault: Fault;
    #startsAtMs: number;

    /** @param startedAtMs start of the process, in milliseconds since the epoch. */
    constructor(name: FaultName, afterSeconds: number, startedAtMs: number) {
        this.#fault = faults[name];
        this.#startsAtMs = startedAtMs + afterSeconds * 1_000;
    }

    /** Has it from a moment on, however long it would have waited. */
    beginAt(nowMs: number): void {
        this.#startsAtMs = Math.min(this.#startsAtMs, nowMs);
    }

    /** What is wrong at a moment. */
    at(nowMs: number): Fault {
        return nowMs < this.#startsAtMs ? healthy : this.#fault;
    }
}

/** What of a fault happens without a request. */
export interface FaultActions {
    readonly crash: () => void;
    readonly holdConnections: () => void;
    /** Bytes to keep for ever. */
    readonly leak: (bytes: number) => void;
}

/** How long a process that crashes lives, in milliseconds. */
const crashAfterMs = 1_000;

/** How often memory leaks, in milliseconds. */
const leakEveryMs = 1_000;

/** Starts what of a fault happens without a request, FAULT_AFTER_SECONDS from now. Returns what starts it at once; it starts once. */
export function startFault(name: FaultName, afterSeconds: number, leakFactor: number, actions: FaultActions): () => void {
    const { crashes, holdsConnections, leakMebibytesPerMinute } = faults[name];
    let started = false;
    const start = (): void => {
        if (started) {
            return;
        }
        started = true;
        if (crashes) {
            setTimeout(actions.crash, crashAfterMs);
        }
        if (holdsConnections) {
            actions.holdConnections();
        }
        if (leakMebibytesPerMinute > 0) {
            const bytes = Math.round((leakMebibytesPerMinute * leakFactor * 2 ** 20 * leakEveryMs) / 60_000);
            setInterval(actions.leak, leakEveryMs, bytes).unref();
        }
    };
    // Node takes no longer wait than 24 days.
    setTimeout(start, Math.min(afterSeconds * 1_000, 2 ** 31 - 1)).unref();
    return start;
}
