import { randomUUID } from "node:crypto";

import type { Cache, CacheEntry } from "./cache.ts";
import { type Catalogue, NoConnectionError } from "./catalogue.ts";
import { type EngagementEvent, type EngagementRequest, eventIn } from "./event.ts";
import type { EventLog } from "./event-log.ts";
import type { EventStore } from "./event-store.ts";
import type { Fault } from "./fault.ts";
import { type Log, reasonOf } from "./log.ts";
import type { Audience, CacheResult, Metrics } from "./metrics.ts";
import { type RankedVideo, rank, trending } from "./ranking.ts";
import type { ReadCall } from "./route.ts";

/** What a request is answered with. */
export interface Answer {
    readonly status: 200 | 202 | 404 | 500 | 503;
    readonly body: object;
    readonly cache: CacheResult;
    /** Why it failed, for the log. */
    readonly problem?: string;
}

/** What the service works with. */
export interface Parts {
    readonly service: string;
    readonly revision: string;
    readonly model: string;
    readonly catalogue: Pick<Catalogue, "candidates" | "record">;
    readonly cache: Pick<Cache, "get" | "set" | "isHalfOver">;
    readonly events: Pick<EventLog, "append" | "full">;
    readonly store: Pick<EventStore, "add">;
    readonly metrics: Pick<Metrics, "lookedUp" | "connectionFailed" | "event">;
    readonly log: Pick<Log, "line">;
    readonly fault: () => Fault;
}

/** How often a process works out each of its own calls before it takes users. */
const warmUpRounds = 15;

/** Ranks videos for users, and learns from what they do. */
export class VideoRanking {
    readonly #parts: Parts;
    readonly #refreshing = new Set<string>();

    constructor(parts: Parts) {
        this.#parts = parts;
    }

    /** Answers a read: from the cache, else from the database. */
    async read(call: ReadCall, audience: Audience): Promise<Answer> {
        const kept = await this.#kept(call, audience);
        const cache = kept === undefined ? "miss" : "hit";
        try {
            const entry = kept ?? (await this.#readAnew(call));
            return entry.candidates.length === 0 && (call.route === "creators" || call.route === "similar")
                ? { status: 404, body: { error: "not found" }, cache }
                : { status: 200, body: this.#bodyOf(call, entry), cache };
        } catch (error) {
            if (error instanceof NoConnectionError) {
                this.#parts.metrics.connectionFailed(audience);
            }
            return { status: 500, body: { error: "the answer could not be worked out" }, cache, problem: reasonOf(error) };
        }
    }

    /**
     * Works out answers that no user asked for, past the cache. A process's first answers are its slowest: its code is not compiled yet, and it has no connection to the database.
     *
     * @throws {Error} when the database does not answer.
     */
    async warmUp(): Promise<void> {
        const calls = (["feed", "search", "creators", "similar", "trending"] as const).flatMap((route) =>
            ["a", "b", "c", "d"].map((of): ReadCall => ({ kind: "read", route, of })),
        );
        for (let round = 0; round < warmUpRounds; round += 1) {
            await Promise.all(
                calls.map(async (call) => this.#bodyOf(call, { madeAtMs: Date.now(), candidates: await this.#parts.catalogue.candidates(call) })),
            );
        }
    }

    /** Accepts an event. The brokers confirm it afterwards: a user does not wait for them. */
    accept(request: EngagementRequest, audience: Audience): Answer {
        const { events, metrics, log, fault, service, revision } = this.#parts;
        if (events.full) {
            return { status: 503, body: { error: "no more events can be taken now" }, cache: "none", problem: "too many events wait for the brokers" };
        }
        const event: EngagementEvent = { id: randomUUID(), ...request, revision, time: new Date().toISOString() };
        metrics.event(audience, "accepted");
        if (fault().sendsEvents) {
            events.append(topicsOf(service).events, event.id, JSON.stringify(event)).then(
                () => {
                    metrics.event(audience, "recorded");
                },
                (error: unknown) => {
                    metrics.event(audience, "failed");
                    log.line("error", `an engagement event was lost: ${reasonOf(error)}`, undefined, audience);
                },
            );
        }
        return { status: 202, body: { id: event.id }, cache: "none" };
    }

    /** Takes in a record of the topic of events. One that says nothing useful is put aside. @throws where it must be taken in again. */
    async take(value: string): Promise<void> {
        const { catalogue, events, store, log, service } = this.#parts;
        const event = eventIn(value);
        if (event === undefined || !(await catalogue.record(event))) {
            await events.append(topicsOf(service).deadLetter, event?.id ?? randomUUID(), value);
            log.line("warning", "a record of the topic of events was put aside: it is no event, or of a video that is not in the catalogue");
            return;
        }
        store.add(event);
        // The user's next feed shows it, without a miss.
        this.#refresh({ kind: "read", route: "feed", of: event.user });
    }

    async #kept(call: ReadCall, audience: Audience): Promise<CacheEntry | undefined> {
        const { cache, metrics, fault } = this.#parts;
        try {
            if (!fault().readsCache) {
                throw new Error("this revision reads no cache");
            }
            const entry = await cache.get(call);
            metrics.lookedUp(audience, entry === undefined ? "miss" : "hit");
            if (entry !== undefined && cache.isHalfOver(call, entry, Date.now())) {
                this.#refresh(call);
            }
            return entry;
        } catch {
            metrics.lookedUp(audience, "error");
            return undefined;
        }
    }

    /** Reads the database and keeps the result, where the cache takes it. */
    async #readAnew(call: ReadCall): Promise<CacheEntry> {
        const { catalogue, cache } = this.#parts;
        const entry = { madeAtMs: Date.now(), candidates: await catalogue.candidates(call) };
        // The reader does not wait for it, and its lookup has counted a cache that is away.
        cache.set(call, entry).catch(() => undefined);
        return entry;
    }

    #refresh(call: ReadCall): void {
        const key = `${call.route} ${call.of}`;
        if (this.#refreshing.has(key)) {
            return;
        }
        this.#refreshing.add(key);
        this.#readAnew(call)
            // What is kept is good until its time is over, and then its reader hears of the failure.
            .catch(() => undefined)
            .finally(() => {
                this.#refreshing.delete(key);
            });
    }

    #bodyOf(call: ReadCall, { candidates, madeAtMs }: CacheEntry): { readonly videos: readonly RankedVideo[]; readonly updatedAt?: string } {
        return call.route === "trending"
            ? { videos: trending(candidates), updatedAt: new Date(madeAtMs).toISOString() }
            : { videos: rank(candidates, call.of, this.#parts.model) };
    }
}

/** Topics of the service: components/kafka/service-topics.ts of the program makes them, and says who may do what. */
export function topicsOf(service: string): { readonly events: string; readonly deadLetter: string } {
    return { events: `${service}.engagement-events`, deadLetter: `${service}.dead-letter` };
}
