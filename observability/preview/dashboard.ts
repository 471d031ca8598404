import { z } from "zod";

import { meaningColours } from "../dashboards/build.ts";

/** How well a value is, as the dashboards' colours say it. */
export type Meaning = keyof typeof meaningColours;

/** A step of a panel's thresholds: from `from` on, a value means this. Without `from`: from minus infinity on. Without `meaning`: nothing is said. */
export interface PanelThreshold {
    readonly from?: number;
    readonly meaning?: Meaning;
}

/** A panel as Grafana gets it, as far as it is drawn. */
export interface DashboardPanel {
    /** Grafana's name of the kind, such as `timeseries`. */
    readonly kind: string;
    readonly title: string;
    /** Grafana's name of the unit, such as `percentunit`. */
    readonly unit: string;
    /** Where it stands: columns of 24, and lines from the dashboard's top. */
    readonly place: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
    /** Ascending. */
    readonly thresholds: readonly PanelThreshold[];
    /** Words for values. */
    readonly words: Readonly<Record<string, { readonly text: string; readonly meaning?: Meaning }>>;
    readonly queries: readonly { readonly expression: string; readonly legend: string }[];
}

/** Panels under one heading. */
export interface DashboardRow {
    readonly title: string;
    readonly panels: readonly DashboardPanel[];
}

/** A dashboard's file, as far as it is drawn. */
export interface PreviewedDashboard {
    readonly title: string;
    readonly rows: readonly DashboardRow[];
    /** Moments that are marked in every panel: the query, and what is written beside a mark. */
    readonly marks: readonly { readonly expression: string; readonly text: string }[];
}

const colour = z.string().optional();

const panelSchema = z.object({
    type: z.string(),
    title: z.string(),
    gridPos: z.object({ x: z.number().default(0), y: z.number().default(0), w: z.number(), h: z.number() }),
    fieldConfig: z
        .object({
            defaults: z.object({
                unit: z.string().default("none"),
                thresholds: z.object({ steps: z.array(z.object({ value: z.number().nullable(), color: colour })) }).optional(),
                mappings: z
                    .array(z.object({ type: z.string(), options: z.record(z.string(), z.object({ text: z.string().optional(), color: colour })) }))
                    .default([]),
            }),
        })
        .optional(),
    targets: z.array(z.object({ expr: z.string(), legendFormat: z.string().default("") })).default([]),
});

const dashboardSchema = z.object({
    title: z.string(),
    panels: z.array(panelSchema),
    annotations: z
        .object({
            list: z.array(z.object({ enable: z.boolean().default(false), expr: z.string().optional(), textFormat: z.string().default("") })).default([]),
        })
        .optional(),
});

/**
 * Reads a dashboard's file: the one that is deployed, so that a picture shows what people get. Panels before the first heading stand under none.
 *
 * @throws {z.ZodError} when it is no dashboard in Grafana's first schema.
 */
export function readPreviewedDashboard(json: string): PreviewedDashboard {
    const { title, panels, annotations } = dashboardSchema.parse(JSON.parse(json));
    const rows: { title: string; panels: DashboardPanel[] }[] = [{ title: "", panels: [] }];
    for (const panel of panels) {
        if (panel.type === "row") {
            rows.push({ title: panel.title, panels: [] });
        } else {
            rows.at(-1)?.panels.push(panelOf(panel));
        }
    }
    return {
        title,
        rows: rows.filter((row) => row.panels.length > 0),
        marks: (annotations?.list ?? []).flatMap(({ enable, expr, textFormat }) =>
            enable && expr !== undefined ? [{ expression: expr, text: textFormat }] : [],
        ),
    };
}

function panelOf({ type, title, gridPos, fieldConfig, targets }: z.infer<typeof panelSchema>): DashboardPanel {
    const { unit = "none", thresholds, mappings = [] } = fieldConfig?.defaults ?? {};
    return {
        kind: type,
        title,
        unit,
        place: gridPos,
        thresholds: (thresholds?.steps ?? []).map(({ value, color }) => ({ ...(value === null ? {} : { from: value }), ...meant(color) })),
        words: Object.fromEntries(
            mappings
                .filter(({ type: kind }) => kind === "value")
                .flatMap(({ options }) =>
                    Object.entries(options).map(([value, { text, color }]) => [value, { text: text ?? value, ...meant(color) }] as const),
                ),
        ),
        queries: targets.map(({ expr, legendFormat }) => ({ expression: expr, legend: legendFormat })),
    };
}

function meant(color: string | undefined): { readonly meaning?: Meaning } {
    const meanings: readonly Meaning[] = ["well", "caution", "limit"];
    const meaning = meanings.find((each) => meaningColours[each] === color);
    return meaning === undefined ? {} : { meaning };
}
