import { describe, expect, it } from "vitest";

import { chosen } from "../../../observability/preview/choices.ts";
import { measure, readMeasured } from "../../../observability/preview/measured.ts";
import { choices, dashboardOf, measuredBy, series } from "./fixture.ts";

describe("a query of a dashboard", () => {
    it.each([
        { what: "one service", text: 'up{namespace="$namespace",service="$service"}', filled: 'up{namespace="nova-prod",service="video-ranking"}' },
        { what: "both revisions", text: "$service-($stable|$candidate)", filled: "video-ranking-(v1-0-0|v1-1-0)" },
        { what: "every job and instance", text: 'up{job=~"$job",instance=~"$instance"}', filled: 'up{job=~".+",instance=~".+"}' },
        { what: "all that is shown", text: "increase(a[$__range])", filled: "increase(a[300s])" },
    ])("is asked for $what", ({ text, filled }) => {
        expect(chosen(text, choices)).toBe(filled);
    });

    it.each([
        { stepSeconds: 3, scrapeIntervalSeconds: 1, window: "4s" },
        { stepSeconds: 10, scrapeIntervalSeconds: 1, window: "11s" },
        { stepSeconds: 15, scrapeIntervalSeconds: 15, window: "60s" },
    ])("takes a rate over $window where points are $stepSeconds s apart and scrapes $scrapeIntervalSeconds s", ({ window, ...how }) => {
        expect(chosen("rate(a[$__rate_interval])", { ...choices, ...how })).toBe(`rate(a[${window}])`);
    });

    it("is refused when it has a variable that nobody fills", () => {
        expect(() => chosen("up{pod=$pod}", choices)).toThrow("has the variable $pod");
    });
});

describe("what was measured", () => {
    const canary = dashboardOf("canary");

    it("is every query of every panel and of the marks, each asked once", async () => {
        const asked: string[] = [];
        const { answers } = await measuredBy(canary, (expression) => {
            asked.push(expression);
            return [];
        });
        const queries = [...canary.rows.flatMap(({ panels }) => panels.flatMap((panel) => panel.queries)), ...canary.marks];

        expect(new Set(Object.keys(answers))).toEqual(new Set(queries.map(({ expression }) => chosen(expression, choices))));
        expect(asked.length).toBe(new Set(asked).size);
    });

    it("leaves out what is no number, so that a ratio without requests is a gap and not a refused answer", async () => {
        const asked: string[] = [];
        await measuredBy(canary, (expression) => {
            asked.push(expression);
            return [];
        });
        expect(asked.filter((expression) => !/^\(\(.*\) > -Inf\) < \+Inf$/s.test(expression))).toEqual([]);
    });

    it("is not there at all when Prometheus leaves one question without an answer", async () => {
        const range = () => Promise.resolve({ kind: "missing", reason: "it took longer than 5000 ms" } as const);
        await expect(measure({ range }, canary, choices)).rejects.toThrow(/did not answer .*: it took longer than 5000 ms/);
    });

    it("is the same after it was in a file", async () => {
        const measured = await measuredBy(canary, () => [series(1, { route: "feed" })]);
        expect(readMeasured(JSON.stringify(measured))).toEqual(measured);
    });
});
