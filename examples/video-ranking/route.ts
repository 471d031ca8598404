/** Routes by the label that they have in the metrics. */
export const routes = ["feed", "search", "trending", "creators", "similar", "engagement"] as const;

/** Label of a route. */
export type Route = (typeof routes)[number];

/** A request that is answered with videos. `of`: the user, the text, the creator or the video; empty for `trending`. */
export interface ReadCall {
    readonly kind: "read";
    readonly route: Exclude<Route, "engagement">;
    readonly of: string;
}

/** What a request asks for. */
export type Call =
    | ReadCall
    | { readonly kind: "event"; readonly route: "engagement" }
    | { readonly kind: "health"; readonly check: "started" | "ready" | "live" }
    /** A route without what it needs. */
    | { readonly kind: "bad"; readonly route: Route; readonly reason: string }
    | { readonly kind: "none" };

/** Longest user, text or id, in characters: it becomes a part of a key in the cache. */
const longest = 200;

/** Reads a request line. */
export function callOf(method: string, target: string): Call {
    // Only path and query count; the origin is there because a URL needs one.
    const url = URL.parse(target, "http://service");
    const key = `${method} ${url?.pathname ?? ""}`;
    const health = /^GET \/health\/(started|ready|live)$/.exec(key)?.[1];
    if (health === "started" || health === "ready" || health === "live") {
        return { kind: "health", check: health };
    }
    if (key === "POST /api/v1/engagement") {
        return { kind: "event", route: "engagement" };
    }
    if (key === "GET /api/v1/feed") {
        return readCall("feed", url?.searchParams.get("user"), "the query has no user");
    }
    if (key === "GET /api/v1/search") {
        return readCall("search", url?.searchParams.get("q")?.toLowerCase(), "the query has no q");
    }
    if (key === "GET /api/v1/trending") {
        return { kind: "read", route: "trending", of: "" };
    }
    const [, list, id, part] = /^GET \/api\/v1\/(creators|videos)\/([^/]+)\/(recommendations|similar)$/.exec(key) ?? [];
    if (list === "creators" && part === "recommendations") {
        return readCall("creators", decoded(id), "the path has no creator");
    }
    return list === "videos" && part === "similar" ? readCall("similar", decoded(id), "the path has no video") : { kind: "none" };
}

function readCall(route: ReadCall["route"], of: string | null | undefined, problem: string): Call {
    if (of === null || of === undefined || of === "") {
        return { kind: "bad", route, reason: problem };
    }
    return of.length > longest ? { kind: "bad", route, reason: `it has more than ${String(longest)} characters` } : { kind: "read", route, of };
}

function decoded(text: string | undefined): string | undefined {
    try {
        return text === undefined ? undefined : decodeURIComponent(text);
    } catch {
        return undefined;
    }
}
