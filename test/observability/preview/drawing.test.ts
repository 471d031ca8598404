import { describe, expect, it } from "vitest";

import { boundIn, criterionIn } from "../../../observability/bounds.ts";
import { dashboards } from "../../../observability/dashboards/index.ts";
import { curvesOf, marksOf } from "../../../observability/preview/curves.ts";
import { readPreviewedDashboard } from "../../../observability/preview/dashboard.ts";
import { described, drawingOf } from "../../../observability/preview/drawing.ts";
import { legendOf } from "../../../observability/preview/legend.ts";
import { holdAndInvestigate, rollbackAtOnce } from "../../../rollout/criteria.ts";
import { choices, dashboardOf, measuredBy, panelOf, series } from "./fixture.ts";

const canary = dashboardOf("canary");

describe("a panel", () => {
    it.each(dashboards.map(({ name }) => name))("of the dashboard '%s' becomes a drawing, or says why it does not", async (name) => {
        const dashboard = dashboardOf(name);
        const measured = await measuredBy(dashboard, () => [series(0.5)]);
        const kinds = dashboard.rows.flatMap(({ panels }) => panels.map((panel) => [panel.kind, drawingOf(panel, measured)] as const));

        expect(kinds.length).toBeGreaterThan(0);
        for (const [kind, drawing] of kinds) {
            expect(drawing.kind).toBe(kind === "timeseries" ? "curves" : kind === "stat" ? "number" : "not-drawn");
            expect(drawing.kind === "not-drawn" ? drawing.because : kind).toContain(kind);
        }
    });

    it("of the canary dashboard is always drawn: there is none of another kind", () => {
        const kinds = canary.rows.flatMap(({ panels }) => panels.map(({ kind }) => kind));
        expect(new Set(kinds)).toEqual(new Set(["stat", "timeseries"]));
        expect(kinds.length).toBe(23);
    });

    it.each([
        { title: "Failed requests", because: undefined },
        { title: "Available pods", because: "measured by kube-state-metrics" },
    ])("without any series has no data: $title", async ({ title, because }) => {
        const panel = panelOf(canary, title);
        const drawing = drawingOf(panel, await measuredBy(canary, () => []));

        expect(drawing).toEqual({ kind: "no-data", ...(because === undefined ? {} : { because }) });
        expect(described(panel, drawing, choices)).toBe(`${title}: no data.`);
    });

    it("tells in its legend which of its curves has no data, and that a step has no gate", async () => {
        const measured = await measuredBy(canary, (expression) => (expression.includes('revision="v1-0-0"') ? [series(0)] : []));
        const legend = legendOf(drawingOf(panelOf(canary, "Failed requests"), measured));

        expect(legend.map(({ text }) => text).slice(0, 3)).toEqual(["stable (v1-0-0)", "candidate (v1-1-0): no data", "gate at this step: none"]);
    });
});

describe("a single number", () => {
    it.each([
        { title: "Weight", value: 25, text: "25 %" },
        { title: "Share that arrives", value: 0.2467, text: "24.7 %" },
        { title: "Hold", value: 12, text: "12 s" },
        { title: "Verdict", value: 1, text: "pass", meaning: "well" },
        { title: "Verdict", value: 2, text: "hold", meaning: "caution" },
        { title: "Verdict", value: 3, text: "roll back", meaning: "limit" },
    ])("is written as the dashboard writes it: $title $text", async ({ title, value, text, meaning }) => {
        const drawing = drawingOf(panelOf(canary, title), await measuredBy(canary, () => [series(value)]));
        expect(drawing).toMatchObject({ kind: "number", text, ...(meaning === undefined ? {} : { meaning }) });
    });

    it("that ended before the end is no longer told", async () => {
        const measured = await measuredBy(canary, () => [series((seconds) => (seconds < 200 ? 25 : undefined))]);
        const drawing = drawingOf(panelOf(canary, "Weight"), measured);

        expect(drawing.kind === "number" ? drawing.text : "drawn otherwise").toBeUndefined();
        expect(described(panelOf(canary, "Weight"), drawing, choices)).toBe("Weight: no data at the end.");
    });
});

describe("thresholds", () => {
    const planned = ["error-ratio-investigate", "error-ratio-at-once"].map((id) => boundIn(criterionIn([...holdAndInvestigate, ...rollbackAtOnce], id)).value);

    it("are the plan's", async () => {
        const drawing = drawingOf(panelOf(canary, "Failed requests"), await measuredBy(canary, () => [series(0.2)]));
        expect(drawing.kind === "curves" ? drawing.axis.thresholds : []).toEqual([
            { value: planned[0], meaning: "caution", fits: true },
            { value: planned[1], meaning: "limit", fits: true },
        ]);
    });

    it("follow the file that is deployed", async () => {
        const file = JSON.stringify({
            title: "a dashboard",
            panels: [
                {
                    type: "timeseries",
                    title: "Errors",
                    gridPos: { h: 8, w: 8 },
                    fieldConfig: { defaults: { unit: "percentunit", thresholds: { steps: [{ value: null }, { value: 0.03, color: "red" }] } } },
                    targets: [{ expr: "a", legendFormat: "errors" }],
                },
            ],
        });
        const dashboard = readPreviewedDashboard(file);
        const drawing = drawingOf(panelOf(dashboard, "Errors"), await measuredBy(dashboard, () => [series(0.1)]));
        expect(legendOf(drawing).map(({ text }) => text)).toEqual(["errors", "limit at 3 %"]);
    });

    it("far above all curves are told and do not press the curves flat", async () => {
        const drawing = drawingOf(panelOf(canary, "p95 of all answers"), await measuredBy(canary, () => [series(0.32)]));
        expect(drawing.kind === "curves" ? drawing.axis.domain[1] : 0).toBeLessThan(0.6);
        expect(legendOf(drawing).map(({ text }) => text)).toEqual(expect.arrayContaining(["looked into at 500 ms", "limit at 1 s (above)"]));
    });
});

describe("a curve", () => {
    const requests = panelOf(canary, "Requests");

    it("has a gap where nothing is known", async () => {
        const measured = await measuredBy(canary, () => [series((seconds) => (seconds >= 60 && seconds < 120 ? undefined : 1))]);
        const [curve] = curvesOf(requests, measured);
        expect(curve?.points.filter(({ value }) => value === null).map(({ atSeconds }) => atSeconds - choices.fromSeconds)).toEqual([60]);
    });

    it("is called as the legend says, with its labels", async () => {
        const measured = await measuredBy(canary, () => ["search", "feed"].map((route) => series(0, { route })));
        const curves = curvesOf(panelOf(canary, "The candidate's failed requests by route"), measured);
        expect(curves.map(({ name }) => name)).toEqual(["feed", "search"]);
    });

    it("is of the stable revision, of the candidate, or the gate's", async () => {
        const measured = await measuredBy(canary, () => [series(0)]);
        expect(curvesOf(panelOf(canary, "Failed requests"), measured).map(({ role }) => role)).toEqual(["stable", "candidate", "gate"]);
    });
});

describe("marks", () => {
    it("stand where a weight begins, each time it does", async () => {
        const during = (...spans: readonly (readonly [number, number])[]) =>
            series((seconds) => (spans.some(([from, to]) => seconds >= from && seconds < to) ? 1 : undefined));
        const measured = await measuredBy(canary, (expression) =>
            expression.includes("count_values")
                ? [
                      { ...during([30, 90], [240, 270]), labels: { weight: "10" } },
                      { ...during([120, 180]), labels: { weight: "25" } },
                  ]
                : [],
        );
        expect(marksOf(canary, measured).map(({ atSeconds, text }) => [atSeconds - choices.fromSeconds, text])).toEqual([
            [30, "10 %"],
            [120, "25 %"],
            [240, "10 %"],
        ]);
    });
});
