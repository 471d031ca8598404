import { describe, expect, it } from "vitest";

import { firedAlerts } from "../../../../rollout/checklist/live/fired-alerts.ts";
import type { PrometheusClient } from "../../../../rollout/gate/live/prometheus.ts";
import type { SampledSeries } from "../../../../rollout/gate/live/prometheus/series.ts";
import type { Observation } from "../../../../rollout/gate/evidence.ts";

const now = 1_760_000_000;
const at = (minutesAgo: number) => ({ atSeconds: now - minutesAgo * 60, value: 1 });
const iso = (minutesAgo: number) => new Date((now - minutesAgo * 60) * 1_000).toISOString();
const observed = <T>(value: T): Observation<T> => ({ kind: "observed", value });
const up: readonly SampledSeries[] = [{ labels: {}, samples: [at(600), at(0)] }];

/** A Prometheus that gives these series of alerts. */
function prometheus(
    alerts: Observation<readonly SampledSeries[]>,
    covered = observed(up),
): Pick<PrometheusClient, "now" | "range"> & { readonly asked: string[] } {
    const asked: string[] = [];
    return {
        asked,
        now: () => Promise.resolve(observed(now)),
        range: (expression) => {
            asked.push(expression);
            return Promise.resolve(expression === "count(up)" ? covered : alerts);
        },
    };
}

describe("the critical alerts that fired lately", () => {
    it("are told with their times: points without a gap are one time", async () => {
        const samples = [at(60), at(58), at(56), at(20)];
        const { asked, ...client } = prometheus(observed([{ labels: { alertname: "ErrorBudgetBurnsFast" }, samples }]));
        expect(await firedAlerts(client, "shop")).toEqual(
            observed({
                since: iso(600),
                fired: [
                    { name: "ErrorBudgetBurnsFast", from: iso(62), to: iso(56) },
                    { name: "ErrorBudgetBurnsFast", from: iso(22), to: iso(20) },
                ],
            }),
        );
        expect(asked).toContain('max by (alertname) (max_over_time(ALERTS{alertstate="firing",severity="critical",namespace=~"shop|"}[120s]))');
    });

    it("are none where none fired, and it is known since when", async () => {
        expect(await firedAlerts(prometheus(observed([])), "shop")).toEqual(observed({ since: iso(600), fired: [] }));
    });

    it.each([
        ["alerts can't be read", prometheus({ kind: "missing", reason: "no answer" })],
        ["it is not known since when Prometheus looks", prometheus(observed([]), { kind: "missing", reason: "no answer" })],
        ["Prometheus scrapes nothing", prometheus(observed([]), observed([]))],
    ])("are missing where %s", async (_, client) => {
        expect(await firedAlerts(client, "shop")).toMatchObject({ kind: "missing" });
    });
});
