import { type LoadCounts, type UserCounts, latencyBoundsMs } from "./counts.ts";

/** How a request ended for its user. `reason` says why it failed: a status, `connection` or `timeout`. */
export interface UserOutcome {
    readonly revision: string;
    readonly latencyMs: number;
    readonly reason: string | undefined;
}

interface MutableCounts {
    requests: number;
    failures: number;
    readonly failuresByReason: Record<string, number>;
    readonly latency: number[];
    lastEndedAtMs: number;
}

/** Counts what users saw. */
export class UserTally {
    readonly #startedAtMs: number;
    readonly #byRevision = new Map<string, MutableCounts>();
    readonly #seconds = new Map<number, Map<string, MutableCounts>>();
    #sent = 0;
    #notSent = 0;

    /** @param startedAtMs milliseconds since the epoch. */
    constructor(startedAtMs: number) {
        this.#startedAtMs = startedAtMs;
    }

    sent(): void {
        this.#sent += 1;
    }

    notSent(): void {
        this.#notSent += 1;
    }

    /** A request ended at `nowMs`, in milliseconds since the epoch. */
    ended(outcome: UserOutcome, nowMs: number): void {
        const second = Math.floor(nowMs / 1_000) * 1_000;
        const inSecond = this.#seconds.get(second) ?? new Map<string, MutableCounts>();
        this.#seconds.set(second, inSecond);
        for (const counts of [this.#byRevision, inSecond]) {
            const one = counts.get(outcome.revision) ?? noCounts();
            counts.set(outcome.revision, one);
            add(one, outcome, nowMs);
        }
    }

    /** What was seen until `nowMs`. */
    counts(nowMs: number): LoadCounts {
        return {
            startedAtMs: this.#startedAtMs,
            countedAtMs: nowMs,
            sent: this.#sent,
            notSent: this.#notSent,
            total: sumOf([...this.#byRevision.values()]),
            byRevision: Object.fromEntries(this.#byRevision),
            seconds: [...this.#seconds]
                .map(([atMs, counts]) => ({ atMs, byRevision: Object.fromEntries(counts) }))
                .toSorted((one, other) => one.atMs - other.atMs),
        };
    }
}

/** Counts of several, added up. */
export function sumOf(several: readonly UserCounts[]): UserCounts {
    const sum = noCounts();
    for (const { requests, failures, failuresByReason, latency, lastEndedAtMs } of several) {
        sum.requests += requests;
        sum.failures += failures;
        sum.lastEndedAtMs = Math.max(sum.lastEndedAtMs, lastEndedAtMs);
        for (const [reason, count] of Object.entries(failuresByReason)) {
            sum.failuresByReason[reason] = (sum.failuresByReason[reason] ?? 0) + count;
        }
        for (const [bucket, count] of latency.entries()) {
            sum.latency[bucket] = (sum.latency[bucket] ?? 0) + count;
        }
    }
    return sum;
}

function add(counts: MutableCounts, { latencyMs, reason }: UserOutcome, nowMs: number): void {
    counts.requests += 1;
    counts.lastEndedAtMs = Math.max(counts.lastEndedAtMs, nowMs);
    if (reason !== undefined) {
        counts.failures += 1;
        counts.failuresByReason[reason] = (counts.failuresByReason[reason] ?? 0) + 1;
    }
    const found = latencyBoundsMs.findIndex((bound) => latencyMs <= bound);
    const bucket = found === -1 ? latencyBoundsMs.length : found;
    counts.latency[bucket] = (counts.latency[bucket] ?? 0) + 1;
}

function noCounts(): MutableCounts {
    return { requests: 0, failures: 0, failuresByReason: {}, latency: Array.from({ length: latencyBoundsMs.length + 1 }, () => 0), lastEndedAtMs: 0 };
}
