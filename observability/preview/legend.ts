import { html } from "hono/html";

import { type Stroke, fontSize, strokesOf, thresholdStroke, widthOf } from "./appearance.ts";
import type { Drawing } from "./drawing.ts";
import type { Meaning } from "./dashboard.ts";
import { scaleOf, shown } from "./unit.ts";

/** What is written of a line in a panel, and how that line looks. */
export interface LegendEntry {
    readonly text: string;
    readonly stroke: Stroke;
}

/** An entry at its place: pixels from the left, and lines from the top. */
export interface PlacedEntry extends LegendEntry {
    readonly x: number;
    readonly row: number;
}

/** Distance of two lines of a legend, in pixels. */
export const legendRowHeight = 16;

/** Width of the sample before a text, and of what is free behind one, in pixels. */
const sample = { width: 18, gap: 5 } as const;
const between = 14;

/** What a threshold is: see `PanelLine` in observability/dashboards/panel.ts. */
const words = { well: "well from", caution: "looked into at", limit: "limit at" } as const satisfies Readonly<Record<Meaning, string>>;

/** The legend of a panel: its curves, then its thresholds. A curve without data and a threshold above the axis are told too. */
export function legendOf(drawing: Drawing): readonly LegendEntry[] {
    if (drawing.kind !== "curves") {
        return [];
    }
    const { curves, axis } = drawing;
    const strokes = strokesOf(curves);
    return [
        ...curves.flatMap(({ name, role, points }, index) => {
            const stroke = strokes[index];
            // A step without a bound has no gate on this: nothing is missing.
            const without = role === "gate" ? "none" : "no data";
            return stroke === undefined ? [] : [{ text: points.length === 0 ? `${name}: ${without}` : name, stroke }];
        }),
        ...axis.thresholds.map(({ value, meaning, fits }) => ({
            text: `${words[meaning]} ${shown(value, scaleOf(axis.unit, value))}${fits ? "" : " (above)"}`,
            stroke: thresholdStroke(meaning),
        })),
    ];
}

/** Puts entries one behind the other, and into a new line where `width` pixels are full. */
export function placed(entries: readonly LegendEntry[], width: number): readonly PlacedEntry[] {
    let [x, row] = [0, 0];
    return entries.map((entry) => {
        const needed = sample.width + sample.gap + widthOf(entry.text, fontSize.text);
        if (x > 0 && x + needed > width) {
            [x, row] = [0, row + 1];
        }
        const place = { ...entry, x, row };
        x += needed + between;
        return place;
    });
}

/** A legend with its upper left corner at 0, 0. */
export function legendMarkup(entries: readonly PlacedEntry[]) {
    return entries.map(({ text, stroke: { color, dash, width }, x, row }) => {
        const y = row * legendRowHeight + legendRowHeight / 2;
        return html`<line
                x1="${x}"
                x2="${x + sample.width}"
                y1="${y}"
                y2="${y}"
                stroke="${color}"
                stroke-width="${width}"
                stroke-dasharray="${dash.join(" ")}"
            />
            <text class="muted" x="${x + sample.width + sample.gap}" y="${y + 4}" font-size="${fontSize.text}">${text}</text>`;
    });
}
