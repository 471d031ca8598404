/** Routes of the service by the label that they have in its metrics. See docs/service-contract.md. */
export const routeNames = ["feed", "search", "trending", "creators", "similar", "engagement"] as const;

/** Name of a route. */
export type RouteName = (typeof routeNames)[number];

/** Routes of the checkout service (examples/checkout) with the method that each takes, by the template that OpenTelemetry has as `http.route`. */
const checkoutRoutes = { "/api/v1/cart": "GET", "/api/v1/orders": "POST" } as const;

/** Template of a route of the checkout service. */
export type CheckoutRoute = keyof typeof checkoutRoutes;

/** A route of any service that the simulator plays, as metrics name it. */
export type Route = RouteName | CheckoutRoute;

/** What a request asks for. `bad`: a known route without what it needs. */
export type Call =
    | { readonly kind: "health" }
    | { readonly kind: "none" }
    | { readonly kind: "bad"; readonly route: RouteName; readonly reason: string }
    | { readonly kind: "feed"; readonly route: "feed"; readonly user: string }
    | { readonly kind: "search"; readonly route: "search"; readonly text: string }
    | { readonly kind: "trending"; readonly route: "trending" }
    | { readonly kind: "creators"; readonly route: "creators"; readonly creator: string }
    | { readonly kind: "similar"; readonly route: "similar"; readonly video: string }
    | { readonly kind: "engagement"; readonly route: "engagement" }
    | { readonly kind: "checkout"; readonly route: CheckoutRoute };

/** A call that is answered with videos. */
export type ReadCall = Extract<Call, { readonly route: Exclude<RouteName, "engagement"> }> & { readonly kind: Exclude<RouteName, "engagement"> };

/**
 * Reads a request line.
 *
 * @param target path and query, as they stand in the request.
 */
export function callOf(method: string, target: string): Call {
    // Only the path and the query count; the origin is there because a URL needs one.
    const url = URL.parse(target, "http://service");
    if (url === null) {
        return { kind: "none" };
    }
    if (isCheckoutRoute(url.pathname)) {
        return checkoutRoutes[url.pathname] === method ? { kind: "checkout", route: url.pathname } : { kind: "none" };
    }
    const [api, version, resource, id, part] = url.pathname.split("/").slice(1);
    if (api === "health" && resource === undefined && ["started", "ready", "live"].includes(version ?? "") && method === "GET") {
        return { kind: "health" };
    }
    if (api !== "api" || version !== "v1") {
        return { kind: "none" };
    }
    if (method === "POST") {
        return resource === "engagement" && id === undefined ? { kind: "engagement", route: "engagement" } : { kind: "none" };
    }
    if (method !== "GET") {
        return { kind: "none" };
    }
    return id === undefined ? listOf(resource, url.searchParams) : partOf(resource, id, part);
}

/** The method that a route takes. */
export function methodOf(route: Route): "GET" | "POST" {
    return isCheckoutRoute(route) ? checkoutRoutes[route] : route === "engagement" ? "POST" : "GET";
}

/** Whether it is a route of the checkout service. */
export function isCheckoutRoute(path: string): path is CheckoutRoute {
    return Object.hasOwn(checkoutRoutes, path);
}

function listOf(resource: string | undefined, query: URLSearchParams): Call {
    if (resource === "trending") {
        return { kind: "trending", route: "trending" };
    }
    if (resource === "feed") {
        const user = query.get("user") ?? "";
        return user === "" ? { kind: "bad", route: "feed", reason: "the query has no user" } : { kind: "feed", route: "feed", user };
    }
    if (resource === "search") {
        const text = query.get("q") ?? "";
        return text === "" ? { kind: "bad", route: "search", reason: "the query has no q" } : { kind: "search", route: "search", text };
    }
    return { kind: "none" };
}

function partOf(resource: string | undefined, id: string, part: string | undefined): Call {
    if (resource === "creators" && part === "recommendations") {
        return { kind: "creators", route: "creators", creator: id };
    }
    return resource === "videos" && part === "similar" ? { kind: "similar", route: "similar", video: id } : { kind: "none" };
}
