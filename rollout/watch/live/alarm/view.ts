import { wordsOf } from "../../../words.ts";
import type { CountsLook } from "../pod-metrics.ts";
import { type NewCounts, isMeasurement } from "../../sequential.ts";
import type { AlarmClock } from "./clock.ts";

/** Sources of counts that together see all of a candidate's requests: its pods, or the gateway's instances. */
export interface ViewParts<Source extends { readonly name: string }> {
    /** What they are, for people to read: `pods of the candidate`. */
    readonly what: string;
    /** All that there are now. @throws when that can't be said. */
    readonly sources: () => Promise<readonly Source[]>;
    /** Looks at one of them. Never throws. */
    readonly look: (source: Source) => Promise<CountsLook>;
    readonly forget: (name: string) => void;
    /** Whether a source must be seen for the view to see everything. The others are looked at all the same. */
    readonly matters: (source: Source) => boolean;
    /** Receives the counts of one source as they arrive. Impossible counts are reported as unseen, and not passed on. */
    readonly counted: (counts: NewCounts) => void;
    readonly clock: AlarmClock;
    /** Ends everything. */
    readonly signal: AbortSignal;
}

/** What a view sees of the sources that matter. */
export interface ViewSight {
    readonly seen: number;
    readonly of: number;
    /** When counts arrived the last time; undefined when they never did. */
    readonly lastMs: number | undefined;
    /** Why it doesn't see everything; undefined when it does. */
    readonly unseen: string | undefined;
}

/**
 * Each source at this pace. What hangs is seen by a reading that is a second old at least, and six of these are just older: with a fifth of a second, it would
 * often take one more.
 */
const readEveryMs = 175;
/** Sources come and go with the autoscaler, which takes seconds. */
const sourcesEveryMs = 1_000;
/** After that, the last counts of a source say nothing of now. */
const freshMs = 2_000;
/** After that, which sources there are is no longer known. */
const sourcesFreshMs = 10_000;

/** Looks at each source at its own pace, so that a slow or silent one delays no other. */
export class AlarmView<Source extends { readonly name: string }> {
    readonly #parts: ViewParts<Source>;
    readonly #loops = new Map<string, Promise<void>>();
    readonly #seenMs = new Map<string, number>();
    readonly #unseen = new Map<string, string>();
    #sources: ReadonlyMap<string, Source> = new Map();
    #sourcesAtMs: number | undefined;
    #sawAtMs: number | undefined;
    #sourcesReason: string;

    constructor(parts: ViewParts<Source>) {
        this.#parts = parts;
        this.#sourcesReason = `which ${parts.what} there are was not found out yet`;
    }

    /** Runs until the signal. Resolves when nothing of it runs any more. */
    async run(): Promise<void> {
        const { what, sources, clock, signal } = this.#parts;
        while (!signal.aborted) {
            try {
                const found = await unlessAborted(sources(), signal);
                if (found === aborted) {
                    break;
                }
                this.#sources = new Map(found.map((source) => [source.name, source]));
                this.#sourcesAtMs = clock.nowMs();
                this.#follow();
            } catch (error) {
                this.#sourcesReason = `which ${what} there are can't be found out: ${wordsOf(error)}`;
            }
            await clock.pause(sourcesEveryMs, signal);
        }
        await Promise.all(this.#loops.values());
    }

    /** What it sees now. */
    sight(): ViewSight {
        const { what, matters, clock } = this.#parts;
        const nowMs = clock.nowMs();
        const names = [...this.#sources.values()].filter(matters).map(({ name }) => name);
        const isFresh = (name: string) => nowMs - (this.#seenMs.get(name) ?? -Infinity) <= freshMs;
        const seen = names.filter(isFresh);
        const outdated = this.#sourcesAtMs === undefined || nowMs - this.#sourcesAtMs > sourcesFreshMs;
        const missing = names.find((name) => !isFresh(name)) ?? names.find((name) => this.#unseen.has(name));
        const reason = names.length === 0 ? `there are no ${what}` : missing && (this.#unseen.get(missing) ?? `${missing} gave no answer yet`);
        const unseen = outdated ? this.#sourcesReason : reason;
        return {
            seen: outdated ? 0 : seen.length,
            of: names.length,
            lastMs: outdated && this.#sawAtMs !== undefined ? Math.min(this.#sawAtMs, (this.#sourcesAtMs ?? 0) + sourcesFreshMs) : this.#sawAtMs,
            unseen,
        };
    }

    #follow(): void {
        for (const name of this.#sources.keys()) {
            if (!this.#loops.has(name)) {
                this.#loops.set(
                    name,
                    this.#watch(name).finally(() => this.#loops.delete(name)),
                );
            }
        }
    }

    async #watch(name: string): Promise<void> {
        const { look, forget, counted, clock, signal } = this.#parts;
        for (let source = this.#sources.get(name); source !== undefined && !signal.aborted; source = this.#sources.get(name)) {
            const startedMs = clock.nowMs();
            const found = await unlessAborted(look(source), signal);
            if (found === aborted) {
                break;
            }
            const { counts, unseen } = found;
            if (counts.kind === "missing") {
                this.#note(name, counts.reason);
            } else if (isMeasurement(counts.value)) {
                this.#saw(source);
                this.#note(name, unseen);
                counted(counts.value);
            } else {
                this.#note(name, `${name} shows what can't be counts of requests: ${JSON.stringify(counts.value)}`);
            }
            await clock.pause(Math.max(0, readEveryMs - (clock.nowMs() - startedMs)), signal);
        }
        this.#seenMs.delete(name);
        this.#unseen.delete(name);
        forget(name);
    }

    #saw(source: Source): void {
        const nowMs = this.#parts.clock.nowMs();
        this.#seenMs.set(source.name, nowMs);
        this.#sawAtMs = this.#parts.matters(source) ? nowMs : this.#sawAtMs;
    }

    #note(name: string, unseen: string | undefined): void {
        if (unseen === undefined) {
            this.#unseen.delete(name);
        } else {
            this.#unseen.set(name, unseen);
        }
    }
}

const aborted = Symbol("aborted");

/** What a promise resolves to, or that the signal came first: its result is ignored then. */
async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | typeof aborted> {
    const { promise: end, resolve } = Promise.withResolvers<typeof aborted>();
    const onAbort = () => {
        resolve(aborted);
    };
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) {
        onAbort();
    }
    try {
        return await Promise.race([promise, end]);
    } finally {
        signal.removeEventListener("abort", onAbort);
    }
}
