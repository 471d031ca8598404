import { describe, expect, it } from "vitest";

import { intervalProblems, seriesProblems } from "../../../rollout/doctor/prometheus.ts";

const series = (name: string, value = 1) => ({ labels: { __name__: name }, atSeconds: 0, value });
const asked = ["http_requests_total", "process_start_time_seconds"];
const well = { revision: "v1", asked, found: asked.map((name) => series(name)), ages: [series("up", 4)] };

describe("what Prometheus has of a revision", () => {
    it("is well where every name is there and every pod was scraped lately", () => {
        expect(seriesProblems(well, 15)).toEqual([]);
    });

    it.each([
        { what: "no scrape under its labels", change: { ages: [] }, text: "no scrape with namespace, service and revision of v1" },
        { what: "a scrape that is old", change: { ages: [series("up", 4), series("up", 300)] }, text: "of 1 pods of v1 is 300 s old" },
        { what: "a name that is missing", change: { found: [series("http_requests_total")] }, text: "no process_start_time_seconds of v1" },
    ])("names $what", ({ change, text }) => {
        expect(seriesProblems({ ...well, ...change }, 15).map((problem) => problem.text)).toEqual([expect.stringContaining(text)]);
    });

    it.each([
        { own: 15, problems: 0 },
        { own: 10, problems: 0 },
        { own: 30, problems: 1 },
    ])("is scraped every $own s, where the config says 15: $problems problems", ({ own, problems }) => {
        const target = { labels: { namespace: "shop", service: "api" }, health: "up", lastError: "", scrapeIntervalSeconds: own } as const;
        expect(intervalProblems([target], "shop", "api", 15)).toHaveLength(problems);
        expect(intervalProblems([target], "shop", "other", 15)).toEqual([]);
    });
});
