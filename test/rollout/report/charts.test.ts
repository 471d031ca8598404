import { describe, expect, it } from "vitest";

import { svgOf } from "../../../rollout/report/chart.ts";
import { chartsOf, largeCharts } from "../../../rollout/report/charts.ts";
import { thresholdsAt } from "../../../rollout/report/sli.ts";
import { failedRelease, goodRelease } from "./fixture.ts";
import { reportOf } from "./reports.ts";
import { ParsedPage, attribute } from "./document.ts";
import { profile } from "../../../service/profile.ts";

function chartOf(id: string, report = reportOf(failedRelease())) {
    const chart = chartsOf(report).find((one) => one.id === id);
    if (chart === undefined) {
        throw new Error(`there is no chart ${id}`);
    }
    return chart;
}

describe("the bounds of a chart", () => {
    it.each([
        { sli: "error-ratio", weight: 10, bounds: ["gate 0.005", "investigate 0.01", "at-once 0.05"] },
        { sli: "latency-p95", weight: 25, bounds: ["gate 0.3", "investigate 0.5", "at-once 1"] },
        { sli: "cache-hit-ratio", weight: 25, bounds: ["gate 0.9"] },
        { sli: "requests-per-second", weight: 25, bounds: [] },
        // At 50 % the plan bounds answers by whether they came from the cache: no such bound is one on all of them.
        { sli: "latency-p95", weight: 50, bounds: ["investigate 0.5", "at-once 1"] },
        { sli: "error-ratio", weight: 37.5, bounds: [] },
    ] as const)("are the plan's: $sli at $weight %", ({ sli, weight, bounds }) => {
        expect(thresholdsAt(profile, sli, weight).map(({ asked, value }) => `${asked} ${String(value)}`)).toEqual(bounds);
    });
});

describe("a chart", () => {
    it("says in words what it shows", () => {
        expect(chartOf("error-ratio").description).toContain("v1-1-0 (candidate): lowest 0.035 %, highest 12 %, newest 12 %.");
        expect(chartOf("error-ratio").description).toContain("Bounds at 25 %: 0.1 % to go on, 1 % holds, 5 % rolls it back.");
        expect(chartOf("split").description).toContain("quarter: 25 % on the route, observed 25 %");
    });

    it("tells of each decision when it was made, and of those outside the time that is drawn", () => {
        expect(chartOf("events").description).toBe(
            "Approvals, overrides, judgements and rollbacks over time. approval: 4, the newest at 2025-10-26 06:50:00 UTC; " +
                "gate passes: 3, the newest at 2025-10-26 07:05:00 UTC; gate holds: 2, the newest at 2025-10-26 07:20:00 UTC; " +
                "rollback: 1, the newest at 2025-10-26 07:22:04 UTC.",
        );
        expect(chartOf("events", reportOf(failedRelease(), {})).remarks).toEqual([]);
    });

    it.each(["users-error-ratio", "users-latency-p95"])("draws every bound of the plan, and says at its end what it leads to: %s", async (id) => {
        const { spec } = chartOf(id, reportOf(goodRelease()));
        const svg = spec === undefined ? "" : await svgOf(spec);
        const labels = {
            "users-error-ratio": ["0.1 % to go on", "1 % holds", "5 % rolls it back"],
            "users-latency-p95": ["300 ms to go on", "500 ms holds", "1,000 ms rolls it back"],
        }[id];
        for (const label of labels ?? ["no such chart"]) {
            expect(svg).toContain(`>${label}<`);
        }
    });

    it.each([
        { of: "users, where the gateway is looked at", changed: {}, ids: ["users-error-ratio", "users-latency-p95"] },
        {
            of: "the pods, where it is not",
            changed: { curves: reportOf(failedRelease()).curves.filter(({ sli }) => !sli.startsWith("users")) },
            ids: ["error-ratio", "latency-p95"],
        },
        { of: "users, where nothing is known", changed: { curves: [] }, ids: ["users-error-ratio", "users-latency-p95"] },
    ])("has two for the live page, errors and latency, of $of", ({ changed, ids }) => {
        expect(largeCharts({ ...reportOf(failedRelease()), ...changed }).map(({ id }) => id)).toEqual(ids);
    });

    it("says of which revision nothing is known, and draws nothing of it", () => {
        const report = reportOf(failedRelease());
        const chart = chartOf("latency-p95", { ...report, curves: report.curves.filter(({ role }) => role === "candidate") });
        expect(chart.remarks).toContain("No data of v1-0-0 (stable).");
    });

    it("is none where nothing is known at all", () => {
        expect(chartOf("latency-p95", { ...reportOf(failedRelease()), curves: [] })).not.toHaveProperty("spec");
    });

    it("leaves a gap where samples are missing, and draws no line across it and no zero", async () => {
        const report = reportOf(failedRelease());
        const from = Date.parse(report.steps[1]?.enteredAt ?? "") / 1_000;
        const at = (seconds: readonly number[]) => seconds.map((second) => ({ atSeconds: from + second, value: 0.002 }));
        const curve = { sli: "error-ratio", revision: "v1-1-0", role: "candidate", source: "prometheus", gapSeconds: 45 } as const;
        const linesIn = async (points: ReturnType<typeof at>) => {
            const { spec } = chartOf("error-ratio", { ...report, curves: [{ ...curve, points }] });
            const svg = spec === undefined ? "" : await svgOf(spec);
            const paths = new ParsedPage(svg).all("path").filter((path) => attribute(path, "stroke") === "#d4610b");
            return paths.map((path) => (attribute(path, "d") ?? "").split("M").length - 1);
        };
        expect(await linesIn(at([0, 30, 60, 90, 120, 150]))).toContain(1);
        expect(await linesIn(at([0, 30, 60, 300, 330, 360]))).toContain(2);
    });

    it.each(["split", "events", "error-ratio", "latency-p95", "cache-hit-ratio", "requests-per-second"])(
        "is drawn without a browser, in the page's colours: %s",
        async (id) => {
            const { spec } = chartOf(id);
            const page = new ParsedPage(spec === undefined ? "" : await svgOf(spec));
            expect(page.all("path").length).toBeGreaterThan(10);
            expect(page.attributes.filter(({ name }) => name === "style")).toEqual([]);
            expect(page.all("text").map((text) => attribute(text, "fill"))).toEqual(page.all("text").map(() => "currentColor"));
        },
    );
});

describe("the picture in docs/report.md", () => {
    it("is what the fixture gives", async () => {
        const { spec } = chartOf("error-ratio");
        const svg = spec === undefined ? "" : await svgOf({ ...spec, background: "white" });
        await expect(`${svg}\n`).toMatchFileSnapshot("../../docs/report/error-rate.svg");
    });
});
