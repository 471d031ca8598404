import { html, raw } from "hono/html";

import { fontSize, style } from "./appearance.ts";
import { cardMarkup, cardsOf, cell, margin } from "./card.ts";
import { type Mark, marksOf } from "./curves.ts";
import type { DashboardRow, PreviewedDashboard } from "./dashboard.ts";
import { described, drawingOf } from "./drawing.ts";
import type { Measured } from "./measured.ts";

/** Room for the heading, in pixels. */
const headingHeight = 34;

/** A picture of one row of a dashboard. */
export interface RowPicture {
    /** Name of the row, as it can stand in a file's name. */
    readonly name: string;
    readonly svg: string;
}

/** One picture for each row of a dashboard. Everything that comes from data is escaped. */
export async function rowPictures(dashboard: PreviewedDashboard, measured: Measured): Promise<readonly RowPicture[]> {
    const marks = marksOf(dashboard, measured);
    return Promise.all(
        dashboard.rows.map(async (row) => ({
            name: row.title.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-"),
            svg: await rowPicture(dashboard, row, marks, measured),
        })),
    );
}

async function rowPicture(dashboard: PreviewedDashboard, { title, panels }: DashboardRow, marks: readonly Mark[], measured: Measured): Promise<string> {
    const drawn = panels.map((panel) => [panel, drawingOf(panel, measured)] as const);
    const top = Math.min(...panels.map(({ place }) => place.y));
    const lines = Math.max(...panels.map(({ place }) => place.y + place.h)) - top;
    const size = { width: 24 * cell.width + 2 * margin.outside, height: headingHeight + lines * cell.height + margin.outside };
    const cards = await Promise.all(
        cardsOf(drawn).map(async (card) => {
            const { x, y } = card.panel.place;
            const corner = [2 * margin.outside + x * cell.width, headingHeight + (y - top) * cell.height];
            return html`<g transform="translate(${corner.join(",")})">${await cardMarkup(card, marks, measured)}</g>`;
        }),
    );
    const description = drawn.map(([panel, drawing]) => described(panel, drawing, measured.choices)).join(" ");
    const [left, right] = [2 * margin.outside, size.width - 2 * margin.outside];
    const picture = await html`<svg
        xmlns="http://www.w3.org/2000/svg"
        width="${size.width}"
        height="${size.height}"
        viewBox="0 0 ${size.width} ${size.height}"
        role="img"
        aria-labelledby="title description"
    >
        <title id="title">${dashboard.title}: ${title}</title>
        <desc id="description">${description}</desc>
        <style>
            ${raw(style)}
        </style>
        <rect class="ground" width="${size.width}" height="${size.height}" />
        <text class="text" x="${left}" y="22" font-size="${fontSize.heading}" font-weight="600">${title}</text>
        <text class="muted" x="${right}" y="22" font-size="${fontSize.text}" text-anchor="end">${dashboard.title}</text>
        ${cards}
    </svg>`;
    return `${picture.toString().replaceAll(/\s*\n\s*/g, "\n")}\n`;
}
