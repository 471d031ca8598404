import { z } from "zod";

import type { PrometheusClient, SampledSeries } from "../../adapters/prometheus.ts";
import { type Choices, chosen } from "./choices.ts";
import type { PreviewedDashboard } from "./dashboard.ts";

/** What Prometheus answered to every query of a dashboard. */
export interface Measured {
    readonly choices: Choices;
    /** Series by the query as it was asked. */
    readonly answers: Readonly<Record<string, readonly SampledSeries[]>>;
}

/**
 * Asks every query of a dashboard, one after the other.
 *
 * @throws {Error} when Prometheus gives no answer to one of them. An answer without series is one: nothing is measured under that name.
 */
export async function measure(prometheus: Pick<PrometheusClient, "range">, { rows, marks }: PreviewedDashboard, choices: Choices): Promise<Measured> {
    const { fromSeconds, toSeconds, stepSeconds } = choices;
    const asked = [...rows.flatMap(({ panels }) => panels.flatMap(({ queries }) => queries)), ...marks].map(({ expression }) => chosen(expression, choices));
    const answers: Record<string, readonly SampledSeries[]> = {};
    for (const expression of new Set(asked)) {
        const answer = await prometheus.range(numbersOf(expression), fromSeconds, toSeconds, stepSeconds);
        if (answer.kind === "missing") {
            throw new Error(`Prometheus did not answer '${expression}': ${answer.reason}`);
        }
        answers[expression] = answer.value;
    }
    return { choices, answers };
}

/** A ratio without requests is no number, and neither is one over nothing. Grafana draws a gap there; the client would refuse the whole answer. */
function numbersOf(expression: string): string {
    return `((${expression}) > -Inf) < +Inf`;
}

const measuredSchema = z.object({
    choices: z.object({
        namespace: z.string(),
        service: z.string(),
        stable: z.string(),
        candidate: z.string(),
        fromSeconds: z.number(),
        toSeconds: z.number(),
        stepSeconds: z.number(),
        scrapeIntervalSeconds: z.number(),
    }),
    answers: z.record(
        z.string(),
        z.array(z.object({ labels: z.record(z.string(), z.string()), samples: z.array(z.object({ atSeconds: z.number(), value: z.number() })) })),
    ),
});

/** Reads what was measured from a file's text. @throws {z.ZodError} when it is something else. */
export function readMeasured(json: string): Measured {
    return measuredSchema.parse(JSON.parse(json));
}
