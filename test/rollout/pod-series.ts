import { type PodSeries, podSeriesOf } from "../../rollout/gate/pod-series.ts";
import type { ServiceMetrics } from "../../rollout/gate/service-metrics.ts";
import { metrics } from "../../service/metrics.ts";

function shown(of: ServiceMetrics): PodSeries {
    const series = podSeriesOf(of);
    if (series === undefined) {
        throw new Error(`${of.kind} shows no series of pods`);
    }
    return series;
}

/** What the pods of this program's service show: docs/service-contract.md. */
export const podSeries: PodSeries = shown(metrics);

/** What the pods of a service with OpenTelemetry show. */
export const openTelemetrySeries: PodSeries = shown({ kind: "opentelemetry", shows: ["active-requests", "cpu", "memory"] });
