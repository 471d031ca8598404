import type { SampledSeries } from "../../../adapters/prometheus.ts";
import { dashboardFiles } from "../../../observability/dashboards/index.ts";
import { example, exampleCandidate } from "../../../observability/example.ts";
import type { Choices } from "../../../observability/preview/choices.ts";
import { type DashboardPanel, type PreviewedDashboard, readPreviewedDashboard } from "../../../observability/preview/dashboard.ts";
import { type Measured, measure } from "../../../observability/preview/measured.ts";
import type { DashboardName } from "../../../observability/rule.ts";

/** What is chosen in the tests: five minutes of a rollout. */
export const choices: Choices = {
    namespace: "nova-prod",
    service: "video-ranking",
    stable: example.stable,
    candidate: exampleCandidate,
    fromSeconds: 1_700_000_040,
    toSeconds: 1_700_000_340,
    stepSeconds: 3,
    scrapeIntervalSeconds: 1,
};

/** A dashboard as it is deployed. */
export function dashboardOf(name: DashboardName): PreviewedDashboard {
    return readPreviewedDashboard(dashboardFiles(example).get(name) ?? "");
}

/** A panel of a dashboard by its title. */
export function panelOf(dashboard: PreviewedDashboard, title: string): DashboardPanel {
    const panel = dashboard.rows.flatMap(({ panels }) => panels).find((each) => each.title === title);
    if (panel === undefined) {
        throw new Error(`there is no panel '${title}'`);
    }
    return panel;
}

/** A series with one value at every step, or those that `value` gives; none where it gives undefined. */
export function series(value: number | ((seconds: number) => number | undefined), labels: SampledSeries["labels"] = {}): SampledSeries {
    const { fromSeconds, toSeconds, stepSeconds } = choices;
    const moments = Array.from({ length: (toSeconds - fromSeconds) / stepSeconds + 1 }, (_, index) => index * stepSeconds);
    return {
        labels,
        samples: moments.flatMap((seconds) => {
            const found = typeof value === "number" ? value : value(seconds);
            return found === undefined ? [] : [{ atSeconds: fromSeconds + seconds, value: found }];
        }),
    };
}

/** What a Prometheus says that answers each query with what `answer` gives. */
export async function measuredBy(dashboard: PreviewedDashboard, answer: (expression: string) => readonly SampledSeries[]): Promise<Measured> {
    return measure({ range: (expression) => Promise.resolve({ kind: "observed", value: answer(expression) }) }, dashboard, choices);
}
