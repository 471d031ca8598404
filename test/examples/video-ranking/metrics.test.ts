import { describe, expect, it } from "vitest";

import { Metrics } from "../../../examples/video-ranking/metrics.ts";
import { callOf, routes } from "../../../examples/video-ranking/route.ts";
import { contractRequests, metricsProblems } from "../../helpers/contract-page.ts";

const metricsNow = (): Metrics => new Metrics("v1-0-0", () => ({ inUse: 1, idle: 2, waiting: 3, max: 10 }));

const seriesOf = (text: string): readonly string[] =>
    text
        .split("\n")
        .filter((line) => line !== "" && !line.startsWith("#"))
        .map((line) => line.replace(/ \S+$/, ""));

describe("the service's metrics", () => {
    it("are exactly those of the contract, once a tester has come", async () => {
        const metrics = metricsNow();
        metrics.underWay("testers")();
        metrics.answered("testers", "feed", 200, "hit", 0.01);
        metrics.timedOut("testers", "feed");
        metrics.lookedUp("testers", "hit");
        metrics.connectionFailed("testers");
        metrics.event("testers", "accepted");
        metrics.line("testers", "error");

        expect(metricsProblems(await metrics.text())).toEqual([]);
    });

    it("have no series of testers before one has come, and count 0 of everything", async () => {
        const text = await metricsNow().text();

        expect(text).not.toContain("audience");
        const counted = [...text.matchAll(/^((?:http|cache|engagement|log|database_connection)\S*) (\S+)$/gm)].filter(([, , value]) => value !== "0");
        expect(counted).toEqual([]);
    });

    it.each([
        { route: "feed", code: 200, cache: "hit" },
        { route: "search", code: 400, cache: "none" },
        { route: "creators", code: 404, cache: "miss" },
        { route: "similar", code: 500, cache: "hit" },
        { route: "trending", code: 504, cache: "miss" },
        { route: "engagement", code: 202, cache: "none" },
        { route: "engagement", code: 503, cache: "none" },
    ] as const)("have the series of a $code of $route from the start", async ({ route, code, cache }) => {
        const metrics = metricsNow();
        const before = seriesOf(await metrics.text());
        metrics.answered("users", route, code, cache, 0.1);

        expect(seriesOf(await metrics.text())).toEqual(before);
    });

    it("show the pool, and requests while they are under way", async () => {
        const metrics = metricsNow();
        const done = metrics.underWay("users");

        expect(await metrics.text()).toMatch(/^http_requests_in_flight 1$/m);
        done();
        const text = await metrics.text();
        expect(text).toMatch(/^http_requests_in_flight 0$/m);
        expect(text).toMatch(/^database_pool_connections\{state="in_use"\} 1$/m);
        expect(text).toMatch(/^database_pool_connections\{state="idle"\} 2$/m);
        expect(text).toMatch(/^database_pool_waiting 3$/m);
        expect(text).toMatch(/^database_pool_connections_max 10$/m);
    });
});

describe("the service's routes", () => {
    it.each(contractRequests)("serve '$request'", ({ method, path, label }) => {
        const call = callOf(method, path);
        expect("route" in call ? call.route : "not counted").toBe(label);
        expect(["read", "event", "health"]).toContain(call.kind);
    });

    it("are all in the contract", () => {
        const labels = new Set(contractRequests.map(({ label }) => label).filter((label) => label !== "not counted"));
        expect([...labels].toSorted()).toEqual([...routes].toSorted());
    });

    it.each([
        { method: "GET", path: "/api/v1/feed", kind: "bad" },
        { method: "GET", path: "/api/v1/search?q=", kind: "bad" },
        { method: "GET", path: `/api/v1/feed?user=${"x".repeat(201)}`, kind: "bad" },
        { method: "GET", path: "/api/v1/videos/%E0%A4%A/similar", kind: "bad" },
        { method: "POST", path: "/api/v1/feed?user=one", kind: "none" },
        { method: "GET", path: "/api/v1/videos/one/recommendations", kind: "none" },
        { method: "GET", path: "//", kind: "none" },
    ])("make '$method $path' $kind", ({ method, path, kind }) => {
        expect(callOf(method, path).kind).toBe(kind);
    });
});
