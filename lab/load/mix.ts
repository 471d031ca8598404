import { creators, searchTexts, videos } from "../workload/catalogue.ts";
import type { RouteName } from "../workload/route.ts";

/** One request as a user makes it. */
export interface UserRequest {
    readonly route: RouteName;
    readonly method: "GET" | "POST";
    /** Path with query. */
    readonly path: string;
    /** JSON; only of an engagement event. */
    readonly body: string | undefined;
}

/** Share of each route in what users ask for, from 0 to 1: mostly the start page, now and then an event. The sum is 1. */
export const mix: Readonly<Record<RouteName, number>> = { feed: 0.55, search: 0.12, trending: 0.1, creators: 0.08, similar: 0.1, engagement: 0.05 };

/** Users who come again and again. */
const userCount = 500;

/** Share of start pages that a user asks for who was never there, from 0 to 1: no cache knows those. */
const newcomerRatio = 0.05;

const eventKinds = ["view", "like", "share", "skip"] as const;

/**
 * Draws a request from the mix.
 *
 * @param random gives numbers from 0 to below 1.
 */
export function drawRequest(random: () => number): UserRequest {
    const route = drawRoute(random());
    const user = `user-${String(Math.floor(random() * userCount) + 1)}`;
    const video = oneOf(videos, random()).id;
    const get = (path: string): UserRequest => ({ route, method: "GET", path: `/api/v1/${path}`, body: undefined });
    switch (route) {
        case "feed":
            return get(`feed?user=${random() < newcomerRatio ? `newcomer-${String(Math.floor(random() * 1e9))}` : user}`);
        case "search":
            return get(`search?q=${encodeURIComponent(oneOf(searchTexts, random()))}`);
        case "trending":
            return get("trending");
        case "creators":
            return get(`creators/${oneOf(creators, random())}/recommendations`);
        case "similar":
            return get(`videos/${video}/similar`);
        case "engagement":
            return { route, method: "POST", path: "/api/v1/engagement", body: JSON.stringify({ user, video, kind: oneOf(eventKinds, random()) }) };
    }
}

function drawRoute(share: number): RouteName {
    const routes: readonly RouteName[] = ["search", "trending", "creators", "similar", "engagement"];
    let below = 0;
    for (const route of routes) {
        below += mix[route];
        if (share < below) {
            return route;
        }
    }
    return "feed";
}

/** The item at a share, from 0 to below 1, of the way through a list. */
export function oneOf<T>(list: readonly T[], share: number): T {
    const item = list[Math.floor(share * list.length)];
    if (item === undefined) {
        throw new Error(
            `the share ${String(share)} picks nothing from a list of ${String(list.length)}: it must be from 0 to below 1, and the list must not be empty`,
        );
    }
    return item;
}
