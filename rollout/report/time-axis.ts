import { type Drawn, type Layer, type LayeredSpec, chartConfig, chartSize } from "./chart.ts";
import type { StepSpan } from "./steps.ts";
import { rounded } from "./wording.ts";

/** A chart of a rollout over time: `layers` over the steps as shaded bands. */
export function overTime({ steps, madeAt }: Pick<Drawn, "steps" | "madeAt">, layers: readonly Layer[]): LayeredSpec {
    return { ...chartConfig, ...chartSize, layer: [bands(steps, madeAt), ...layers] };
}

/** The steps as shaded bands, each with its weight on top. */
function bands(steps: readonly StepSpan[], madeAt: string): Layer {
    const time = timeOf(steps, madeAt);
    const values = steps.map(({ enteredAt, leftAt, weightPercent }, index) => {
        const [from, to] = [Math.max(time.from, Date.parse(enteredAt)), Math.min(time.to, Date.parse(leftAt ?? madeAt))];
        // A label that is wider than its band would be written over the next one.
        const step = (to - from) / (time.to - time.from) < narrowest ? "" : `${rounded(weightPercent, 2)} %`;
        return { from, to, step, shade: index % 2 === 0 ? 0.04 : 0.12 };
    });
    const x = { field: "from", type: "temporal" } as const;
    const opacity = { field: "shade", type: "quantitative", scale: null, legend: null } as const;
    return {
        data: { values },
        layer: [
            { mark: { type: "rect", color: "currentColor" }, encoding: { x, x2: { field: "to" }, opacity } },
            {
                mark: { type: "text", align: "left", baseline: "bottom", dy: -3, fontSize: 13, color: "currentColor" },
                encoding: { x, y: { value: 0 }, text: { field: "step", type: "nominal" } },
            },
        ],
    };
}

/** Share of the width between the axes below which a band has no label: its text takes 38 pixels, the axes up to 90. */
const narrowest = 38 / (chartSize.width - 90);

/** The time that a chart covers, in milliseconds since the epoch. */
export interface Span {
    readonly from: number;
    readonly to: number;
}

/**
 * The time while the candidate had users, and a tenth before and after. A day in the dark before, or a checkpoint days after, would press the rest into a
 * line. Without users: all steps.
 */
export function timeOf(steps: readonly StepSpan[], madeAt: string): Span {
    const ends = (spans: readonly StepSpan[]): Span => ({
        from: Date.parse(spans.at(0)?.enteredAt ?? madeAt),
        to: Date.parse(spans.at(-1)?.leftAt ?? madeAt),
    });
    const all = ends(steps);
    const served = steps.filter(({ weightPercent }) => weightPercent > 0);
    const core = served.length === 0 ? all : ends(served);
    const margin = Math.max(1_000, (core.to - core.from) / 10);
    return { from: Math.max(all.from, core.from - margin), to: Math.max(all.from + 1_000, Math.min(all.to, core.to + margin)) };
}

/** Whether a moment is on the chart. */
export function isWithin({ from, to }: Span, at: number): boolean {
    return at >= from && at <= to;
}

/** The axis of time. One layer of a chart has it, and the others follow. */
export function timeAxis(steps: readonly StepSpan[], madeAt: string) {
    const { from, to } = timeOf(steps, madeAt);
    return {
        field: "at",
        type: "temporal" as const,
        scale: { type: "utc" as const, domain: [from, to], clamp: true },
        // Within a few minutes, every tick would be of the same one.
        axis: to - from > 600_000 ? { format: "%H:%M", tickCount: 5, labelOverlap: true } : { format: "%H:%M:%S", tickCount: 4, labelOverlap: true },
        title: "time (UTC)",
    };
}
