import type { Criterion, Measure } from "../gate/criterion.ts";
import { type PodSeries, podSeriesOf } from "../gate/pod-series.ts";
import { type ServiceMetrics, defaultMetrics, serviceMetricsSchema } from "../gate/service-metrics.ts";

/** What is wrong with where a profile's metrics come from, and with criteria that need others. Each with the key, the value and the fix. */
export function metricProblems(metrics: ServiceMetrics = defaultMetrics, criteria: readonly Criterion[]): readonly string[] {
    const { error } = serviceMetricsSchema.safeParse(metrics);
    if (error !== undefined) {
        return error.issues.map(({ path, message }) => `${["metrics", ...path].map(String).join(".")}: ${message}`);
    }
    const series = podSeriesOf(metrics);
    const each = [...new Map(criteria.map((criterion) => [criterion.id, criterion])).values()];
    return each.flatMap(({ id, measure }) => {
        const lacking = lackOf(measure, series);
        return lacking === undefined
            ? []
            : [`${id} judges ${measure.kind}, which metrics (${metrics.kind}) does not show: ${lacking}, or remove the criterion`];
    });
}

/** What a profile must say for `measure` to be seen; undefined where it is seen. */
function lackOf(measure: Measure, series: PodSeries | undefined): string | undefined {
    const named = (key: keyof PodSeries, fix = `name metrics.names.${key} with kind 'prometheus'`) => (series?.[key] === undefined ? fix : undefined);
    switch (measure.kind) {
        case "latency-p95":
            return measure.cache === undefined ? undefined : named("cacheLabel");
        case "cache-hit-ratio":
        case "cache-against-stable":
            return named("cache");
        case "cpu-utilisation":
            return named("cpu", "use kind 'prometheus', or 'opentelemetry' with 'cpu' in metrics.shows");
        case "memory":
        case "memory-growth":
            return named("memory", "use kind 'prometheus', or 'opentelemetry' with 'memory' in metrics.shows");
        case "timeout-ratio":
            return series === undefined ? undefined : named("timeouts", "name metrics.names.timeouts with kind 'prometheus', or use kind 'gateway-alone'");
        case "database-connection-errors":
            return named("connectionErrors");
        case "database-pool-utilisation":
            return named("databasePool");
        case "critical-log-lines":
            return named("logLines");
        case "events-recorded":
            return named("events");
        default:
            return undefined;
    }
}

/** Why a stack's `metrics.gateway` and a profile's metrics together show nothing of a request; undefined where one of them does. */
export function sightProblem(metrics: ServiceMetrics = defaultMetrics, gateway: { readonly kind: string } | undefined): string | undefined {
    return metrics.kind === "gateway-alone" && gateway?.kind === "none"
        ? "metrics.gateway.kind is 'none' and the profile's metrics.kind is 'gateway-alone': nothing would see a request. What to do: name the gateway in metrics.gateway, or what the pods show in the profile's metrics"
        : undefined;
}
