import { type CaseSeries, ofBackend, ofPod } from "../cases.ts";
import { example } from "../example.ts";
import { number } from "../../rollout/gate/gateway-series/promql.ts";
import type { Objective } from "../slo.ts";

/** A stretch of time in which the same share of events is bad. */
export interface Phase {
    readonly badRatio: number;
    /** How many intervals it lasts. */
    readonly count: number;
}

/** Events in each interval. */
const perInterval = 6_000;

/** Counters about the stable revision in which, phase by phase, that share of an objective's events is bad. */
export function eventsOf(objective: Objective, phases: readonly Phase[]): CaseSeries {
    const good = counter(phases.map(({ badRatio, count }) => ({ step: perInterval * (1 - badRatio), count })));
    const bad = counter(phases.map(({ badRatio, count }) => ({ step: perInterval * badRatio, count })));
    const all = counter(phases.map(({ count }) => ({ step: perInterval, count })));
    const series = (metric: string, labels: Readonly<Record<string, string>>): string => ofPod(metric, example.stable, labels);
    const atGateway = (first: string): string => ofBackend("envoy_cluster_upstream_rq_xx", example.stable, { envoy_response_code_class: first });
    switch (objective.id) {
        case "availability":
            // Whatever the pods say of themselves.
            return { [atGateway("2")]: good, [atGateway("5")]: bad, [series("http_requests_total", { route: "feed", code: "200", cache: "hit" })]: good };
        case "latency-hit":
        case "latency-miss": {
            const labels = { route: "feed", cache: objective.id === "latency-hit" ? "hit" : "miss" };
            return {
                [series("http_request_duration_seconds_count", labels)]: all,
                [series("http_request_duration_seconds_bucket", { ...labels, le: number(objective.boundSeconds ?? Number.NaN) })]: good,
            };
        }
        case "cache-hit":
            return { [series("cache_requests_total", { result: "hit" })]: good, [series("cache_requests_total", { result: "miss" })]: bad };
    }
}

/** A counter that grows by `step` in each interval of a phase, in promtool's notation. */
function counter(phases: readonly { readonly step: number; readonly count: number }[]): string {
    let last = 0;
    const parts = phases.map(({ step, count }, index) => {
        const first = index === 0 ? 0 : last + step;
        const times = index === 0 ? count : count - 1;
        last = first + step * times;
        return `${number(first)}+${number(step)}x${String(times)}`;
    });
    return parts.join(" ");
}
