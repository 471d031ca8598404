import { View, parse } from "vega";
import { type TopLevelSpec, compile } from "vega-lite";
import type { RolloutReport } from "./rollout-report.ts";
import type { Sli } from "./sli.ts";

/** A chart whose layers share their axes. */
export type LayeredSpec = Extract<TopLevelSpec, { readonly layer: unknown }>;

/** One layer of it. */
export type Layer = LayeredSpec["layer"][number];

/** Colours that keep a contrast of at least 3:1 on the light and on the dark ground (WCAG 2.2, 1.4.11), each with another dash and another shape. */
export const colours = { stable: "#2f7de1", candidate: "#d4610b", bound: "#d1373f", passed: "#1f8a4c" } as const;

/** What all charts of a report have in common: text and lines in the page's own colour, and no ground. */
export const chartConfig = {
    background: "transparent",
    padding: 4,
    // The whole chart has the width, whatever its axis has to say: charts beside each other are drawn to one scale.
    autosize: { type: "fit-x", contains: "padding" },
    config: {
        // The chart is one image with one label; its numbers stand in a table beside it.
        aria: false,
        font: "system-ui, sans-serif",
        view: { stroke: "transparent" },
        axis: {
            labelColor: "currentColor",
            titleColor: "currentColor",
            gridColor: "currentColor",
            domainColor: "currentColor",
            tickColor: "currentColor",
            gridOpacity: 0.15,
            labelFontSize: 13,
            titleFontSize: 13,
            titleFontWeight: "normal",
        },
        legend: { labelColor: "currentColor", titleColor: "currentColor", labelFontSize: 13, labelLimit: 330, columns: 1, orient: "bottom", title: null },
    },
} as const;

/** Size of every chart, in CSS pixels: small enough that a phone shows it in one piece with text that can be read. */
export const chartSize = { width: 400, height: 170 } as const;

/**
 * Draws a chart as SVG, without a browser. Everything that comes from data is escaped by the renderer, and nothing of it is ever an expression.
 *
 * @returns markup that may stand in HTML as it is.
 */
export async function svgOf(spec: LayeredSpec): Promise<string> {
    const view = new View(parse(compile(spec).spec), { renderer: "none" });
    try {
        return await view.toSVG();
    } finally {
        view.finalize();
    }
}

/** A chart, and what it shows in words. */
export interface Chart {
    readonly id: Sli | "split" | "events";
    readonly title: string;
    /** For readers who can't see it: what is drawn, and the newest values. */
    readonly description: string;
    /** Absent where nothing is known that could be drawn. */
    readonly spec?: LayeredSpec;
    /** What the chart leaves out, one sentence each. */
    readonly remarks: readonly string[];
    /** The bounds that are drawn, and those that are not, step by step. */
    readonly bounds: readonly string[];
}

/** What charts are drawn from. */
export type Drawn = Pick<
    RolloutReport,
    "steps" | "curves" | "thresholds" | "candidate" | "stable" | "curvesRemark" | "madeAt" | "verdicts" | "approvals" | "overrides" | "incidents"
>;
