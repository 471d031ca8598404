import type { Observation } from "../../gate/evidence.ts";
import type { PrometheusClient } from "../../gate/live/prometheus.ts";
import type { Sample } from "../../gate/live/prometheus/series.ts";
import type { FiredAlert, FiredAlerts } from "../facts.ts";

/** How far back to look: a rollout of half a day, two days after it, and a weekend. With {@link stepSeconds} that is less than half of the 11,000 points that Prometheus gives. */
const lookBackSeconds = 7 * 24 * 3_600;
const stepSeconds = 120;

/**
 * Critical alerts that fired lately, by the series that Prometheus makes of each alert (`ALERTS`). Those count that carry the service's namespace, and those that carry none.
 *
 * @see https://prometheus.io/docs/prometheus/latest/configuration/alerting_rules/#inspecting-alerts-during-runtime
 */
export async function firedAlerts(prometheus: Pick<PrometheusClient, "now" | "range">, namespace: string): Promise<Observation<FiredAlerts>> {
    const now = await prometheus.now();
    if (now.kind === "missing") {
        return now;
    }
    const [from, to] = [now.value - lookBackSeconds, now.value];
    const firing = `ALERTS{alertstate="firing",severity="critical",namespace=~"${namespace}|"}`;
    const [fired, covered] = await Promise.all([
        // Each point covers the time since the one before, so that none that fired in between is missed.
        prometheus.range(`max by (alertname) (max_over_time(${firing}[${String(stepSeconds)}s]))`, from, to, stepSeconds),
        prometheus.range("count(up)", from, to, stepSeconds),
    ]);
    if (fired.kind === "missing") {
        return fired;
    }
    if (covered.kind === "missing") {
        return covered;
    }
    const first = covered.value[0]?.samples[0];
    if (first === undefined) {
        return { kind: "missing", reason: "Prometheus has scraped nothing, so it had nothing to judge alerts by" };
    }
    return {
        kind: "observed",
        value: {
            since: timeOf(first.atSeconds),
            fired: fired.value.flatMap(({ labels, samples }) =>
                spansOf(samples).map((span): FiredAlert => ({ name: labels.alertname ?? "(no name)", ...span })),
            ),
        },
    };
}

/** Points without a gap between them are one time. */
function spansOf(samples: readonly Sample[]): readonly Pick<FiredAlert, "from" | "to">[] {
    const starts = samples.filter(({ atSeconds }, index) => index === 0 || atSeconds - (samples[index - 1]?.atSeconds ?? 0) > 1.5 * stepSeconds);
    return starts.map(({ atSeconds }, index) => {
        const next = starts[index + 1]?.atSeconds ?? Number.POSITIVE_INFINITY;
        const last = samples.findLast((sample) => sample.atSeconds < next);
        return { from: timeOf(atSeconds - stepSeconds), to: timeOf(last?.atSeconds ?? atSeconds) };
    });
}

function timeOf(seconds: number): string {
    return new Date(seconds * 1_000).toISOString();
}
