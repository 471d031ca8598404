import { html, raw } from "hono/html";

import { svgOf } from "../../report/chart.ts";
import { fontSize, meaningColour, widthOf } from "./appearance.ts";
import type { Mark } from "./curves.ts";
import type { DashboardPanel } from "./dashboard.ts";
import type { Drawing } from "./drawing.ts";
import { historyPlot } from "./history.ts";
import { type PlacedEntry, legendMarkup, legendOf, legendRowHeight, placed } from "./legend.ts";
import type { Measured } from "./measured.ts";
import { curvesPlot } from "./plot.ts";

/** Pixels of one of Grafana's 24 columns and of one of its lines. */
export const cell = { width: 40, height: 32 } as const;

/** What is left free around a card, and between its edge and what stands in it, in pixels. */
export const margin = { outside: 4, inside: 12 } as const;

/** Height of a panel's title, and of its history where it shows one number, in pixels. */
const titleHeight = 30;
const historyHeight = 44;

/** A panel, what becomes of it, and its legend. */
export interface Card {
    readonly panel: DashboardPanel;
    readonly drawing: Drawing;
    readonly legend: readonly PlacedEntry[];
    /** Lines that are left for the legend. */
    readonly legendRows: number;
}

/** The cards of a row. Those that stand side by side leave the same room for their legends, so that their axes stand in line. */
export function cardsOf(panels: readonly (readonly [panel: DashboardPanel, drawing: Drawing])[]): readonly Card[] {
    const cards = panels.map(([panel, drawing]) => {
        const legend = placed(legendOf(drawing), sizeOf(panel).width - 2 * margin.inside);
        return { panel, drawing, legend, legendRows: 1 + Math.max(-1, ...legend.map(({ row }) => row)) };
    });
    return cards.map((card) => ({
        ...card,
        legendRows: Math.max(...cards.filter(({ panel }) => panel.place.y === card.panel.place.y).map(({ legendRows }) => legendRows)),
    }));
}

/** A card with its upper left corner at 0, 0. */
export async function cardMarkup(card: Card, marks: readonly Mark[], measured: Measured) {
    const { width, height } = sizeOf(card.panel);
    const content = await contentMarkup(card, marks, measured);
    return html`<rect class="card" width="${width}" height="${height}" rx="6" />
        <text class="text" x="${margin.inside}" y="21" font-size="${titleSize(card.panel.title, width)}" font-weight="600">${card.panel.title}</text>
        ${content}`;
}

async function contentMarkup({ panel, drawing, legend, legendRows }: Card, marks: readonly Mark[], { choices }: Measured) {
    const { width, height } = sizeOf(panel);
    switch (drawing.kind) {
        case "curves": {
            const legendTop = height - legendRows * legendRowHeight - 10;
            const size = { width, height: legendTop - titleHeight - 6 };
            const plot = await svgOf(curvesPlot(size, drawing.axis, drawing.curves, marks, choices));
            return html`${inside(0, titleHeight, plot)} <g transform="translate(${margin.inside},${legendTop})">${legendMarkup(legend)}</g>`;
        }
        case "number": {
            const { text, meaning, curve } = drawing;
            const size = { width: width - 2 * margin.inside, height: historyHeight };
            const plot = await svgOf(historyPlot(size, panel, curve, choices));
            const look = meaning === undefined ? html`class="text"` : html`fill="${meaningColour[meaning]}"`;
            const value =
                text === undefined
                    ? html`<text class="muted" x="${margin.inside}" y="58" font-size="${fontSize.heading}">no data</text>`
                    : html`<text ${look} x="${margin.inside}" y="60" font-size="${fontSize.value}" font-weight="600">${text}</text>`;
            return html`${value} ${inside(margin.inside, height - size.height - 10, plot)}`;
        }
        case "no-data":
        case "not-drawn": {
            const { x, y } = { x: width / 2, y: titleHeight + (height - titleHeight) / 2 };
            return html`<text class="muted" x="${x}" y="${y}" font-size="${fontSize.heading}" text-anchor="middle">
                    ${drawing.kind === "no-data" ? "no data" : "not drawn"}
                </text>
                <text class="muted" x="${x}" y="${y + 18}" font-size="${fontSize.text}" text-anchor="middle">${drawing.because ?? ""}</text>`;
        }
    }
}

/** Letters of a title: smaller ones where it would not fit. Bold ones are a tenth wider. */
function titleSize(title: string, width: number): number {
    const room = (width - 2 * margin.inside) / (1.1 * widthOf(title, 1));
    return Math.min(fontSize.title, Math.floor(room * 2) / 2);
}

function sizeOf({ place }: DashboardPanel): { readonly width: number; readonly height: number } {
    return { width: place.w * cell.width - 2 * margin.outside, height: place.h * cell.height - 2 * margin.outside };
}

/** A chart of the library at its place: a picture in the picture. */
function inside(x: number, y: number, svg: string) {
    return raw(svg.replace("<svg ", `<svg x="${String(x)}" y="${String(y)}" `));
}
