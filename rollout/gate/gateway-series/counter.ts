import type { Matchers } from "./promql.ts";

/** One counter of a gateway. */
export interface GatewayCounter {
    readonly metric: string;
    /** Labels of a revision's backend. Values may hold {namespace}, {service} and {revision}. */
    readonly backend: Readonly<Record<string, string>>;
    /** Other conditions, such as on the status. */
    readonly matchers: Matchers;
}

/** A counter, or what it has beyond others: what these have too is counted elsewhere already. */
export type GatewayPart = GatewayCounter & { readonly beyond?: readonly GatewayCounter[] };

/** What a gateway counts of each backend: one form for every kind of gateway. */
export interface GatewaySeries {
    /** There while the gateway has the backend and is scraped, even before the first request. */
    readonly presence: GatewayCounter;
    /** Requests in parts that do not overlap: answers, those included that the gateway gave in a pod's place, and what got none. */
    readonly requests: readonly [GatewayCounter, ...GatewayCounter[]];
    /** Answers by status, under the label `statusLabel`. */
    readonly answers: GatewayCounter & { readonly statusLabel: string };
    /** What counts as failed, in parts that do not overlap: docs/gate.md. */
    readonly failed: readonly GatewayPart[];
    /** Requests that ran into a time limit of the gateway. Part of `failed`. */
    readonly timedOut: readonly GatewayPart[];
    /** Connections that were refused or reset. Empty where the gateway does not count them. */
    readonly unanswered: readonly GatewayCounter[];
    /** Attempts that the gateway repeated. Absent where it does not count them. */
    readonly retries?: GatewayCounter;
    /** Buckets of the time to answer: how long the unit of `le` is, and the bounds where they are the same everywhere. */
    readonly latency: GatewayCounter & { readonly unitSeconds: number; readonly boundsSeconds?: readonly number[] };
}
