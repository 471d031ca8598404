import type { LayeredSpec } from "../../report/chart.ts";
import { meaningColour } from "./appearance.ts";
import type { Choices } from "./choices.ts";
import type { PreviewCurve } from "./curves.ts";
import type { DashboardPanel } from "./dashboard.ts";
import { type PlotSize, axisOf, frame } from "./plot.ts";

/** How a single number came to be what it is: a small curve without axes. Where values have words, a band in their colours. */
export function historyPlot(size: PlotSize, { words, unit, thresholds }: DashboardPanel, { points }: PreviewCurve, choices: Choices): LayeredSpec {
    const x = { type: "temporal" as const, scale: { type: "utc" as const, domain: [choices.fromSeconds * 1_000, choices.toSeconds * 1_000] }, axis: null };
    if (Object.keys(words).length > 0) {
        const spans = points.flatMap(({ atSeconds, value }) => {
            const meaning = value === null ? undefined : words[String(value)]?.meaning;
            return meaning === undefined
                ? []
                : [{ from: atSeconds * 1_000, to: Math.min(atSeconds + choices.stepSeconds, choices.toSeconds) * 1_000, color: meaningColour[meaning] }];
        });
        return {
            ...frame(size, { left: 0, right: 0, top: size.height - 12, bottom: 0 }),
            layer: [
                // The ends of the time have a layer of their own: a span has two, and Vega-Lite would take the domain from both.
                { data: { values: [] }, mark: { type: "point" }, encoding: { x: { ...x, field: "at" } } },
                {
                    data: { values: merged(spans) },
                    mark: { type: "rect" },
                    encoding: { x: { field: "from", type: "temporal" }, x2: { field: "to" }, color: { field: "color", type: "nominal", scale: null } },
                },
            ],
        };
    }
    const [, end] = axisOf({ thresholds, unit }, [{ name: "", role: "other", points }]).domain;
    const y = { field: "value", type: "quantitative" as const, scale: { domain: [0, end], nice: false }, axis: null };
    const values = points.map(({ atSeconds, value }) => ({ at: atSeconds * 1_000, value }));
    return {
        ...frame(size, { left: 0, right: 0, top: 2, bottom: 0 }),
        layer: [
            { data: { values }, mark: { type: "area", color: "currentColor", opacity: 0.14 }, encoding: { x: { ...x, field: "at" }, y } },
            {
                data: { values },
                mark: { type: "line", color: "currentColor", strokeWidth: 1.5, invalid: "break-paths-show-path-domains" },
                encoding: { x: { field: "at", type: "temporal" }, y: { field: "value", type: "quantitative" } },
            },
        ],
    };
}

interface Span {
    readonly from: number;
    readonly to: number;
    readonly color: string;
}

/** Spans of one colour that touch, as one. */
function merged(spans: readonly Span[]): readonly Span[] {
    return spans.reduce<readonly Span[]>((found, span) => {
        const last = found.at(-1);
        return last?.color === span.color && last.to >= span.from ? [...found.slice(0, -1), { ...last, to: span.to }] : [...found, span];
    }, []);
}
