import type { SampledSeries } from "../../adapters/prometheus.ts";
import { chosen } from "./choices.ts";
import type { DashboardPanel, PreviewedDashboard } from "./dashboard.ts";
import type { Measured } from "./measured.ts";

/** A value at a moment; null where nothing is known, so that no line crosses a gap. */
export interface CurvePoint {
    readonly atSeconds: number;
    readonly value: number | null;
}

/** A series of a panel. */
export interface PreviewCurve {
    /** As the panel's legend calls it. */
    readonly name: string;
    readonly role: "stable" | "candidate" | "gate" | "other";
    /** Oldest first. Empty where the query gave no series: the legend says so. */
    readonly points: readonly CurvePoint[];
}

/** A moment that is marked, such as a change of the weight. */
export interface Mark {
    readonly atSeconds: number;
    readonly text: string;
}

/** Curves of a panel, in the order of its queries. Series of one query go by their names. */
export function curvesOf({ queries }: Pick<DashboardPanel, "queries">, { choices, answers }: Measured): readonly PreviewCurve[] {
    return queries.flatMap(({ expression, legend }): readonly PreviewCurve[] => {
        const role = roleOf(legend);
        const filled = chosen(legend, choices);
        const series = answers[chosen(expression, choices)] ?? [];
        return series.length === 0
            ? [{ name: filled.replaceAll(/\{\{.*?\}\}/g, "").trim(), role, points: [] }]
            : series
                  .map(({ labels, samples }) => ({ name: named(filled, labels), role, points: pointsOf(samples, choices.stepSeconds) }))
                  .toSorted((one, other) => one.name.localeCompare(other.name, "en"));
    });
}

/** Where each mark stands: at the beginning of each series of the marks' queries, and after each gap in one. */
export function marksOf({ marks }: Pick<PreviewedDashboard, "marks">, { choices, answers }: Measured): readonly Mark[] {
    return marks
        .flatMap(({ expression, text }) =>
            (answers[chosen(expression, choices)] ?? []).flatMap(({ labels, samples }) =>
                samples
                    .filter(({ atSeconds }, index) => isAfterGap(atSeconds, samples[index - 1]?.atSeconds, choices.stepSeconds))
                    .map(({ atSeconds }) => ({ atSeconds, text: named(chosen(text, choices), labels) })),
            ),
        )
        .toSorted((one, other) => one.atSeconds - other.atSeconds);
}

/** The value at the end of what is shown; undefined where there is none then, whatever there was before. */
export function latest({ points }: Pick<PreviewCurve, "points">, { toSeconds, stepSeconds }: Measured["choices"]): number | undefined {
    const last = points.at(-1);
    return last === undefined || last.value === null || toSeconds - last.atSeconds > gaps * stepSeconds ? undefined : last.value;
}

/** Steps without a value after which there is a gap. */
const gaps = 1.5;

function isAfterGap(atSeconds: number, before: number | undefined, stepSeconds: number): boolean {
    return before === undefined || atSeconds - before > gaps * stepSeconds;
}

function pointsOf(samples: SampledSeries["samples"], stepSeconds: number): readonly CurvePoint[] {
    return samples.flatMap(({ atSeconds, value }, index) => {
        const before = samples[index - 1]?.atSeconds;
        const gap = before !== undefined && isAfterGap(atSeconds, before, stepSeconds) ? [{ atSeconds: before + stepSeconds, value: null }] : [];
        return [...gap, { atSeconds, value }];
    });
}

/** A legend with its labels filled in. */
function named(legend: string, labels: SampledSeries["labels"]): string {
    return legend.replaceAll(/\{\{\s*(\w+)\s*\}\}/g, (_, label: string) => labels[label] ?? "");
}

/** The dashboards name their series so: observability/dashboards/canary-rows.ts and lines.ts. */
function roleOf(legend: string): PreviewCurve["role"] {
    const [word = ""] = legend.split(" ");
    return word === "stable" || word === "candidate" || word === "gate" ? word : "other";
}
