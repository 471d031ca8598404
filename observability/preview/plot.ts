import { type Layer, type LayeredSpec, chartConfig } from "../../report/chart.ts";
import { type Stroke, fontSize, strokesOf, thresholdStroke, widthOf } from "./appearance.ts";
import type { Choices } from "./choices.ts";
import type { Mark, PreviewCurve } from "./curves.ts";
import type { DashboardPanel, Meaning } from "./dashboard.ts";
import { type Scale, scaleOf } from "./unit.ts";

/** Room for a plot with its axes, in pixels. */
export interface PlotSize {
    readonly width: number;
    readonly height: number;
}

/** A line across a panel. */
export interface DrawnThreshold {
    readonly value: number;
    readonly meaning: Meaning;
    /** Whether it lies within the axis. One far above all curves would press them flat: the legend tells it. */
    readonly fits: boolean;
}

/** What a panel's axis covers, from the values that are shown. */
export interface Axis {
    /** Grafana's name of the unit, and how values on the axis are written. */
    readonly unit: string;
    readonly scale: Scale;
    /** Lower and upper end, in the panel's own unit. */
    readonly domain: readonly [number, number];
    readonly thresholds: readonly DrawnThreshold[];
}

/** Room beside the plot: figures of the axes, and the marks' words above. The same in every panel, so that panels stand in line. */
const margin = { left: 62, right: 12, top: 16, bottom: 20 } as const;

/** A threshold up to this many times the highest value is drawn. */
const reach = 1.7;

/** The axis of a panel. It begins at 0, as the dashboard's do. */
export function axisOf({ thresholds, unit }: Pick<DashboardPanel, "thresholds" | "unit">, curves: readonly PreviewCurve[]): Axis {
    const values = curves.flatMap(({ points }) => points.flatMap(({ value }) => value ?? []));
    const lines = thresholds.flatMap(({ from, meaning }) => (from === undefined || meaning === undefined ? [] : [{ value: from, meaning }]));
    const lowestLine = Math.min(...lines.map(({ value }) => value));
    const highest = Math.max(0, ...values) || (Number.isFinite(lowestLine) ? lowestLine : 1);
    const drawn = lines.map((line) => ({ ...line, fits: line.value <= highest * reach }));
    const top = Math.max(highest, ...drawn.flatMap(({ value, fits }) => (fits ? value : [])));
    // A share can't be more than all.
    const end = unit === "percentunit" && top <= 1 ? Math.min(1, top * 1.08) : top * 1.08;
    return { unit, scale: scaleOf(unit, top), domain: [Math.min(0, ...values), end], thresholds: drawn };
}

/** The curves of a panel over time, with its thresholds and the marks. */
export function curvesPlot(size: PlotSize, axis: Axis, curves: readonly PreviewCurve[], marks: readonly Mark[], choices: Choices): LayeredSpec {
    const { scale, domain } = axis;
    const width = size.width - margin.left - margin.right;
    const y = { type: "quantitative" as const, title: null };
    const x = { type: "temporal" as const };
    const strokes = strokesOf(curves);
    return {
        ...frame(size, margin),
        layer: [
            {
                data: { values: marksShown(marks, choices, width) },
                layer: [
                    { mark: { type: "rule", color: "currentColor", strokeDash: [1, 2], opacity: 0.7 }, encoding: { x: { ...x, field: "at" } } },
                    {
                        mark: { type: "text", align: "left", baseline: "bottom", dy: -3, fontSize: fontSize.text - 1, color: "currentColor" },
                        encoding: { x: { ...x, field: "at" }, y: { value: 0 }, text: { field: "text", type: "nominal" } },
                    },
                ],
            },
            ...axis.thresholds
                .filter(({ fits }) => fits)
                .map(({ value, meaning }): Layer => {
                    return {
                        data: { values: [{ from: choices.fromSeconds * 1_000, to: choices.toSeconds * 1_000, value: value * scale.factor }] },
                        mark: lineMark("rule", thresholdStroke(meaning)),
                        encoding: { x: { ...x, field: "from" }, x2: { field: "to" }, y: { ...y, field: "value" } },
                    };
                }),
            {
                data: { values: [choices.fromSeconds, choices.toSeconds].map((at) => ({ at: at * 1_000, value: domain[0] * scale.factor })) },
                mark: { type: "point", opacity: 0 },
                encoding: {
                    x: {
                        ...x,
                        field: "at",
                        title: null,
                        scale: { type: "utc", domain: [choices.fromSeconds * 1_000, choices.toSeconds * 1_000], nice: false },
                        axis: { format: "%H:%M", values: [...minutesShown(choices)], grid: false },
                    },
                    y: {
                        ...y,
                        field: "value",
                        scale: { domain: domain.map((value) => value * scale.factor), nice: false, zero: false },
                        axis: {
                            tickCount: 4,
                            format: "~r",
                            labelExpr: `datum.label + ${JSON.stringify(scale.suffix)}`,
                            domain: false,
                            ticks: false,
                            labelPadding: 6,
                            labelLimit: 0,
                        },
                    },
                },
            },
            ...curves.map(({ points, role }, index): Layer => {
                return {
                    data: { values: points.map(({ atSeconds, value }) => ({ at: atSeconds * 1_000, value: value === null ? null : value * scale.factor })) },
                    mark: {
                        ...lineMark("line", strokes[index]),
                        invalid: "break-paths-show-path-domains",
                        ...(role === "gate" ? { interpolate: "step-after" } : {}),
                    },
                    encoding: { x: { ...x, field: "at" }, y: { ...y, field: "value" } },
                };
            }),
        ],
    };
}

/** Size and room of a chart, in the look that all charts have. */
export function frame({ width, height }: PlotSize, { left, right, top, bottom }: Record<"left" | "right" | "top" | "bottom", number>) {
    const { config } = chartConfig;
    return {
        ...chartConfig,
        config: { ...config, axis: { ...config.axis, labelFontSize: fontSize.text, titleFontSize: fontSize.text } },
        autosize: "none" as const,
        padding: { left, right, top, bottom },
        width: width - left - right,
        height: height - top - bottom,
    };
}

function lineMark<Kind extends "rule" | "line">(type: Kind, { color, dash, width }: Stroke = thresholdStroke("caution")) {
    return { type, color, strokeWidth: width, strokeDash: [...dash] };
}

/** Marks in milliseconds. One that stands so near to the next that its words would run into them has none. */
function marksShown(marks: readonly Mark[], { fromSeconds, toSeconds }: Choices, width: number): readonly { readonly at: number; readonly text: string }[] {
    const pixels = (seconds: number): number => ((seconds - fromSeconds) / (toSeconds - fromSeconds)) * width;
    return marks.map(({ atSeconds, text }, index) => {
        const next = marks[index + 1];
        const room = (next === undefined ? width : pixels(next.atSeconds)) - pixels(atSeconds);
        return { at: atSeconds * 1_000, text: room < widthOf(text, fontSize.text) ? "" : text };
    });
}

/** Whole minutes that the axis of time names, in milliseconds: six at the most. */
function minutesShown({ fromSeconds, toSeconds }: Choices): readonly number[] {
    const least = (toSeconds - fromSeconds) / 60 / 6;
    const apart = 60 * ([1, 2, 5, 10, 15, 30, 60].find((minutes) => minutes >= least) ?? Math.ceil(least / 60) * 60);
    const first = Math.ceil(fromSeconds / apart);
    return Array.from({ length: Math.floor(toSeconds / apart) - first + 1 }, (_, index) => (first + index) * apart * 1_000);
}
