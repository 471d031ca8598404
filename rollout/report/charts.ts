import { eventsChart } from "./events-chart.ts";
import { type Chart, colours, type Drawn, type Layer } from "./chart.ts";
import type { Curve } from "./curve.ts";
import type { RevisionRole } from "./figures.ts";
import { type Sli, type Threshold, slis } from "./sli.ts";
import { isWithin, overTime, timeAxis, timeOf } from "./time-axis.ts";
import { onAxis, rounded, shownShare, shownValue, sliTitles } from "./wording.ts";

/** The charts of a report: the split over time first, then what was decided, then each SLI. */
export function chartsOf(report: Drawn): readonly Chart[] {
    return [splitChart(report), eventsChart(report), ...slis.map((sli) => sliChart(sli, report))];
}

/** The two charts of the live page: errors and latency, as users got them, or by the pods where the stack looks at no gateway. */
export function largeCharts(report: Drawn): readonly Chart[] {
    const seen = (sli: Sli): boolean => report.curves.some((curve) => curve.sli === sli && curve.points.length > 0);
    const pairs = [
        ["users-error-ratio", "error-ratio"],
        ["users-latency-p95", "latency-p95"],
    ] as const satisfies readonly (readonly [Sli, Sli])[];
    return pairs.map(([users, pods]) => sliChart(seen(users) || !seen(pods) ? users : pods, report));
}

function splitChart(report: Drawn): Chart {
    const { steps, candidate, madeAt } = report;
    const observed = steps.flatMap(({ figures }) =>
        figures.kind === "observed" && figures.value.observedShare.kind === "observed"
            ? [{ at: Date.parse(figures.value.takenAt), share: figures.value.observedShare.value * 100, what: observedWords }]
            : [],
    );
    const weights = steps.flatMap(({ enteredAt, leftAt, weightPercent }) =>
        [enteredAt, leftAt ?? madeAt].map((at) => ({ at: Date.parse(at), share: weightPercent, what: weightWords })),
    );
    const said = steps.map(({ name, weightPercent, figures }) => {
        const share = figures.kind === "observed" ? shownShare(figures.value.observedShare) : "not known";
        return `${name}: ${rounded(weightPercent, 2)} % on the route, observed ${share}`;
    });
    const scale = { domain: [weightWords, observedWords], range: [colours.stable, colours.candidate] };
    const y = { field: "share", type: "quantitative" as const, scale: { domain: [0, 100] }, title: "% of requests" };
    return {
        id: "split",
        bounds: [],
        title: "Traffic split",
        description: `Share of requests for ${candidate.name} over time. ${said.join("; ")}.`,
        remarks: steps.length > observed.length ? ["Where no point stands, the observed split of the step is not known."] : [],
        ...(weights.length === 0
            ? {}
            : {
                  spec: overTime(report, [
                      {
                          data: { values: weights },
                          mark: { type: "line", interpolate: "step-after", strokeWidth: 2 },
                          encoding: { x: timeAxis(steps, madeAt), y, color: { field: "what", type: "nominal", scale } },
                      },
                      {
                          data: { values: observed },
                          mark: { type: "point", filled: true, opacity: 1, size: 80, shape: "diamond" },
                          encoding: { x: { field: "at", type: "temporal" }, y, color: { field: "what", type: "nominal", scale } },
                      },
                  ]),
              }),
    };
}

const weightWords = "weight on the route";
const observedWords = "observed share";

function sliChart(sli: Sli, report: Drawn): Chart {
    const { steps, stable, candidate, madeAt } = report;
    const { title, unit } = sliTitles[sli];
    const curves = report.curves.filter((curve) => curve.sli === sli && curve.points.length > 0);
    const label = (role: RevisionRole): string => `${(role === "stable" ? stable : candidate).name} (${role})`;
    const time = timeOf(steps, madeAt);
    const values = curves.flatMap((curve) =>
        pointsOf(curve)
            .filter(({ at }) => isWithin(time, at))
            .map(({ at, value }) => ({ at, value, revision: label(curve.role) })),
    );
    const highest = Math.max(0, ...values.map(({ value }) => value ?? 0));
    const bounds = boundsOf(sli, report);
    const top = topOf(sli, [highest, ...bounds.map(({ value }) => value)]);
    const bottom = bottomOf(sli, [...values.flatMap(({ value }) => value ?? []), ...bounds.map(({ value }) => value)]);
    const remarks = [
        ...(report.curvesRemark === undefined ? [] : [`Points are the looks on record, not a continuous measurement: ${report.curvesRemark}.`]),
        ...(["stable", "candidate"] as const).filter((role) => !curves.some((curve) => curve.role === role)).map((role) => `No data of ${label(role)}.`),
    ];
    const roles = { domain: [label("stable"), label("candidate")], range: [colours.stable, colours.candidate] };
    const y = { type: "quantitative" as const, title: unit, scale: { ...scaleOf(sli), domain: [bottom, top], clamp: true } };
    const revision = { field: "revision", type: "nominal" as const };
    const color = { ...revision, scale: roles };
    const x = timeAxis(steps, madeAt);
    const pointsToo = curves.some(({ source }) => source === "ledger");
    return {
        id: sli,
        title,
        bounds: boundWords(sli, bounds),
        description: [
            `${title}, both revisions over time, in ${unit}.`,
            ...curves.map((curve) => described(sli, curve, label(curve.role))),
            ...boundWords(sli, bounds),
        ].join(" "),
        remarks,
        ...(values.length === 0
            ? {}
            : {
                  spec: {
                      resolve: { legend: { color: "shared" } },
                      ...overTime(report, [
                          {
                              data: { values: bounds.map(({ from, to, value }) => ({ from, to, value })) },
                              mark: { type: "rule", color: colours.bound, strokeWidth: 1.5, strokeDash: [2, 3] },
                              encoding: { x: { field: "from", type: "temporal" }, x2: { field: "to" }, y: { ...y, field: "value" } },
                          },
                          {
                              data: { values: boundLabels(sli, bounds) },
                              mark: { type: "text", align: "right", baseline: "bottom", dy: -2, fontSize: 12, color: "currentColor" },
                              encoding: { x: { field: "to", type: "temporal" }, y: { ...y, field: "value" }, text: { field: "label", type: "nominal" } },
                          },
                          {
                              data: { values },
                              mark: { type: "line", strokeWidth: 2, invalid: "break-paths-show-path-domains" },
                              encoding: {
                                  x,
                                  y: { ...y, field: "value" },
                                  color,
                                  strokeDash: {
                                      ...revision,
                                      scale: {
                                          domain: roles.domain,
                                          range: [
                                              [7, 3],
                                              [1, 0],
                                          ],
                                      },
                                  },
                              },
                          },
                          ...(pointsToo
                              ? [
                                    {
                                        data: { values },
                                        mark: { type: "point", filled: true, opacity: 1, size: 60 },
                                        encoding: {
                                            x: { field: "at", type: "temporal" },
                                            y: { ...y, field: "value" },
                                            color,
                                            shape: { ...revision, scale: { domain: roles.domain, range: ["circle", "diamond"] } },
                                        },
                                    } satisfies Layer,
                                ]
                              : []),
                      ]),
                  },
              }),
    };
}

/** Every bound in words, step by step: `Bounds at 25 %: 0.1 % to go on, 1 % holds, 5 % rolls it back.` */
function boundWords(sli: Sli, bounds: readonly DrawnBound[]): readonly string[] {
    const steps = Map.groupBy(
        bounds.map(({ threshold }) => threshold),
        ({ weightPercent }) => weightPercent,
    );
    return [...steps].map(
        ([weight, own]) =>
            `Bounds at ${String(weight)} %: ${unique(own.map(({ value, asked }) => `${shownValue(sli, value)} ${askedWords[asked]}`)).join(", ")}.`,
    );
}

const askedWords: Readonly<Record<Threshold["asked"], string>> = { gate: "to go on", investigate: "holds", "at-once": "rolls it back" };

/** A bound over the time of a step, on the axis' unit. */
interface DrawnBound {
    readonly from: number;
    readonly to: number;
    readonly value: number;
    readonly asked: Threshold["asked"];
    readonly threshold: Threshold;
}

function boundsOf(sli: Sli, { steps, thresholds, madeAt }: Drawn): readonly DrawnBound[] {
    return steps
        .filter(({ name }) => name !== "rolled back")
        .flatMap(({ weightPercent, enteredAt, leftAt }) =>
            thresholds
                .filter((threshold) => threshold.sli === sli && threshold.weightPercent === weightPercent)
                .map((threshold) => ({
                    from: Date.parse(enteredAt),
                    to: Date.parse(leftAt ?? madeAt),
                    value: onAxis(sli, threshold.value),
                    asked: threshold.asked,
                    threshold,
                })),
        );
}

/** What stands at the right end of a bound, once for each: `5 % rolls it back`. */
function boundLabels(sli: Sli, bounds: readonly DrawnBound[]): readonly { readonly to: number; readonly value: number; readonly label: string }[] {
    const last = new Map(bounds.map((bound) => [`${bound.asked} ${String(bound.value)}`, bound]));
    return [...last.values()].map(({ to, value, asked, threshold }) => ({ to, value, label: `${shownValue(sli, threshold.value)} ${askedWords[asked]}` }));
}

/**
 * How an axis is divided. Errors and latency by their square root: a bound of 0.1 % and one of 5 % can both be told from 0, and so can a curve beside them.
 */
function scaleOf(sli: Sli): { readonly type?: "sqrt" } {
    return sli === "cache-hit-ratio" || sli === "requests-per-second" ? {} : { type: "sqrt" };
}

/** The upper end of an axis: room for what was measured and for every bound. */
function topOf(sli: Sli, values: readonly number[]): number {
    return sli === "cache-hit-ratio" ? 100 : 1.2 * Math.max(...values, Number.MIN_VALUE) || 1;
}

/** The lower end of an axis: 0, but for the cache, whose bounds and values lie close together far from it. */
function bottomOf(sli: Sli, values: readonly number[]): number {
    return sli === "cache-hit-ratio" ? Math.max(0, 10 * Math.floor((Math.min(100, ...values) - 2) / 10)) : 0;
}

/** Points on the axis' unit, with an empty one in every gap, so that no line crosses what is not known. */
function pointsOf({ sli, points, gapSeconds = Number.POSITIVE_INFINITY }: Curve): readonly { readonly at: number; readonly value: number | null }[] {
    return points.flatMap(({ atSeconds, value }, index) => {
        const before = points[index - 1];
        const gap = before !== undefined && atSeconds - before.atSeconds > gapSeconds ? [{ at: (before.atSeconds + gapSeconds / 2) * 1_000, value: null }] : [];
        return [...gap, { at: atSeconds * 1_000, value: onAxis(sli, value) }];
    });
}

function described(sli: Sli, { points }: Curve, label: string): string {
    const values = points.map(({ value }) => value);
    const newest = values.at(-1) ?? Number.NaN;
    return `${label}: lowest ${shownValue(sli, Math.min(...values))}, highest ${shownValue(sli, Math.max(...values))}, newest ${shownValue(sli, newest)}.`;
}

function unique(lines: readonly string[]): readonly string[] {
    return [...new Set(lines)];
}
