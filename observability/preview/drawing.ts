import { metrics } from "../metrics/index.ts";
import type { Choices } from "./choices.ts";
import { type PreviewCurve, curvesOf, latest } from "./curves.ts";
import type { DashboardPanel, Meaning } from "./dashboard.ts";
import type { Measured } from "./measured.ts";
import { type Axis, axisOf } from "./plot.ts";
import { shown } from "./unit.ts";

/** What becomes of a panel. Every panel becomes something: none is left out in silence. */
export type Drawing =
    | { readonly kind: "curves"; readonly curves: readonly PreviewCurve[]; readonly axis: Axis }
    /** `text` is the value at the end of what is shown; left out where there is none then, whatever there was before. */
    | { readonly kind: "number"; readonly text?: string; readonly meaning?: Meaning; readonly curve: PreviewCurve }
    /** No query gave a series. `because` says who would have to measure it, where that is not the service or its watcher. */
    | { readonly kind: "no-data"; readonly because?: string }
    | { readonly kind: "not-drawn"; readonly because: string };

/** What becomes of a panel, from what was measured. */
export function drawingOf(panel: DashboardPanel, measured: Measured): Drawing {
    const curves = curvesOf(panel, measured);
    if (panel.kind !== "timeseries" && panel.kind !== "stat") {
        return { kind: "not-drawn", because: `a preview can't draw a panel of the kind '${panel.kind}'` };
    }
    if (curves.every(({ points }) => points.length === 0)) {
        return { kind: "no-data", ...askedElsewhere(panel) };
    }
    const axis = axisOf(panel, curves);
    if (panel.kind === "timeseries") {
        return { kind: "curves", curves, axis };
    }
    const [curve] = curves;
    const value = curve === undefined ? undefined : latest(curve, measured.choices);
    return {
        kind: "number",
        ...(value === undefined ? {} : worded(panel, value, axis)),
        curve: curve ?? { name: "", role: "other", points: [] },
    };
}

/** A panel in words, for whoever can't see it. */
export function described({ title }: DashboardPanel, drawing: Drawing, choices: Choices): string {
    switch (drawing.kind) {
        case "curves": {
            const said = drawing.curves.map((curve) => {
                const values = curve.points.flatMap(({ value }) => value ?? []);
                const newest = latest(curve, choices);
                return values.length === 0
                    ? `${curve.name} no data`
                    : `${curve.name} up to ${shown(Math.max(...values), drawing.axis.scale)}, ${newest === undefined ? "nothing" : shown(newest, drawing.axis.scale)} at the end`;
            });
            return `${title}: ${said.join("; ")}.`;
        }
        case "number":
            return `${title}: ${drawing.text ?? "no data"} at the end.`;
        case "no-data":
            return `${title}: no data.`;
        case "not-drawn":
            return `${title}: not drawn, ${drawing.because}.`;
    }
}

function worded({ words: texts, thresholds }: DashboardPanel, value: number, { scale }: Axis): { readonly text: string; readonly meaning?: Meaning } {
    const word = texts[String(value)];
    if (word !== undefined) {
        return word;
    }
    // One colour for every value says nothing.
    const meaning = thresholds.length < 2 ? undefined : thresholds.findLast(({ from }) => from === undefined || from <= value)?.meaning;
    return { text: shown(value, scale), ...(meaning === undefined ? {} : { meaning }) };
}

/** Metrics that neither the service nor its watcher shows. */
function askedElsewhere({ queries }: DashboardPanel): { readonly because?: string } {
    const sources = metrics
        .filter(({ name, source }) => source !== "service" && source !== "watcher" && queries.some(({ expression }) => expression.includes(name)))
        .map(({ source }) => source);
    return sources.length === 0 ? {} : { because: `measured by ${[...new Set(sources)].join(", ")}` };
}
