import { randomLogNormal } from "d3-random";

import type { Delivery, Failure } from "./failure.ts";
import type { Profile } from "./profile.ts";
import { type Route, isCheckoutRoute } from "./route.ts";

/** Result of asking the cache; `none` where a route asks none. */
export type CacheResult = "hit" | "miss" | "none";

/** What happens to one request. */
export interface Outcome {
    readonly cache: CacheResult;
    /** Time from the request to the answer, in milliseconds. */
    readonly latencyMs: number;
    readonly failure: "none" | Failure;
    /** How the answer reaches the client. */
    readonly delivery: Delivery;
    /** Whether it writes a critical line to the log. */
    readonly critical: boolean;
}

/**
 * How long the service waits for what it depends on, in milliseconds: just below the 2 s that the route gives a backend (rollout/pulumi/traffic-split.ts), so that the
 * service answers before the gateway gives up.
 */
export const dependencyLimitMs = 1_900;

/** Standard normal quantile of 0.95: a 95th percentile is `exp(mu + 1.645 sigma)` in a log-normal distribution. */
const normalQuantileAt95 = 1.644_854;

/**
 * Draws what happens to a request: nothing but the profile, the route and the random numbers decides.
 *
 * @param random gives numbers from 0 to below 1. The number of draws varies.
 */
export function drawOutcome(profile: Profile, route: Route, random: () => number): Outcome {
    const asked = route === "engagement" || isCheckoutRoute(route) ? "none" : random() < profile.cacheHitRatio ? "hit" : "miss";
    const broken = random() < profile.errorRatio;
    // Who turns a request away does so before asking a cache.
    const cache = broken && profile.errorKind !== "broken" ? "none" : asked;
    // What the cache knows needs no database.
    const noConnection = random() < profile.databaseConnectionErrorRatio && asked !== "hit";
    const critical = random() < profile.criticalLogRatio;
    const drawn = drawLatencyMs(profile.latencyP95Ms[cache], profile.latencySpread, random);
    const timeout = drawn > dependencyLimitMs;
    return {
        cache,
        latencyMs: Math.min(drawn, dependencyLimitMs),
        failure: noConnection ? "no-connection" : timeout ? "timeout" : broken ? profile.errorKind : "none",
        delivery: profile.brokenRatio > 0 && random() < profile.brokenRatio ? profile.brokenKind : "whole",
        critical,
    };
}

function drawLatencyMs(p95Ms: number, spread: number, random: () => number): number {
    return randomLogNormal.source(random)(Math.log(p95Ms) - normalQuantileAt95 * spread, spread)();
}
