import type { LoadCounts } from "./counts.ts";

/** What load to make. */
export interface LoadOptions {
    /** Host name that users call: the `Host` header by which the gateway finds the service. */
    readonly host: string;
    /** Requests a second on average, from 0 to 2000. They are sent on time whether or not earlier ones were answered. */
    readonly requestsPerSecond: number;
    /**
     * Makes runs repeatable: the same seed gives the same requests at the same moments.
     *
     * @default 1
     */
    readonly seed?: number;
    /**
     * Seconds after which it stops by itself, at most 7200.
     *
     * @default 900
     */
    readonly forSeconds?: number;
    /**
     * Revision that every request asks for with `x-revision`, whatever the weights say.
     *
     * @default none: the weights decide
     */
    readonly revision?: string;
    /**
     * How long a user waits for an answer, in milliseconds.
     *
     * @default 6000, just above the route's own limit
     */
    readonly timeoutMs?: number;
    /**
     * Longest number of requests that wait for an answer at once. What is due beyond it is not sent, and counted as such.
     *
     * @default 1000
     */
    readonly waitingAtMost?: number;
}

/** Load that runs. It ends with `stop`, after `forSeconds`, or with the process that started it. */
export interface Load {
    /** What users saw until now. */
    readonly counts: () => Promise<LoadCounts>;
    /** Changes the rate from the next request on. 0 pauses. */
    readonly setRate: (requestsPerSecond: number) => Promise<void>;
    /** Sends nothing any more, waits for answers that are under way (at most `timeoutMs`), and gives the final numbers. Once stopped, it gives the same numbers again. */
    readonly stop: () => Promise<LoadCounts>;
}
