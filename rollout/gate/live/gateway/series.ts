import type { GatewayCounts, LatencyHistogram } from "../../evidence.ts";
import type { Increment } from "../evidence/counting.ts";

/** One counter, with the labels that its series of one backend have. */
export interface CounterSelector {
    readonly metric: string;
    readonly labels: Readonly<Record<string, string>>;
}

/** What the counter of this name grew by within the window, by the labels that are kept. Nothing where no series has it: a counter begins with its first event. */
export type Grown = (counter: string) => readonly Increment[];

/** What to read of one revision's backend, and what it means: each kind of gateway has one. */
export interface GatewaySeries {
    /** A counter that is there for as long as the gateway knows the backend. It is read at every scrape, and shows scrapes and resets. */
    readonly marker: CounterSelector;
    /** The counters, each under a name of its own. */
    readonly counters: Readonly<Record<string, CounterSelector>>;
    /** Labels that tell apart what is counted. Others are summed within one scrape. */
    readonly labels: readonly string[];
    /** @throws {Error} when the counters make no sense. */
    readonly requests: (grown: Grown) => GatewayCounts;
    /** @throws {Error} when the buckets make no histogram. */
    readonly latency: (grown: Grown) => LatencyHistogram;
}

/** The sum of increments. @throws {Error} when it is no number of events. */
export function sumOf(counter: string, increments: readonly Increment[]): number {
    const sum = increments.reduce((all, { amount }) => all + amount, 0);
    if (!Number.isSafeInteger(sum)) {
        throw new Error(`${counter} grew by ${String(sum)}, which is no number of events`);
    }
    return sum;
}
