import { withoutTesters } from "../audience.ts";
import { type Matchers, like, select } from "../../rollout/gate/gateway-series/promql.ts";

/** Conditions that follow the choices above a dashboard: every selector has them, so that each choice acts on each panel. */
export const chosen: Matchers = { job: like("$job"), instance: like("$instance") };
/** The same for what carries namespace and service. */
const chosenService: Matchers = { namespace: "$namespace", service: "$service", ...chosen };

/** A metric of the service as users meet it, of its watcher or of its stores in the cluster. */
export function own(metric: string, matchers: Matchers = {}): string {
    return select(metric, { ...chosenService, ...withoutTesters(metric), ...matchers });
}

/** A metric about objects of the service's namespace. */
export function ofNamespace(metric: string, matchers: Matchers = {}): string {
    return select(metric, { namespace: "$namespace", ...chosen, ...matchers });
}

/** A metric of an exporter that another team runs, or of Prometheus and Alertmanager. */
export function elsewhere(metric: string, matchers: Matchers = {}): string {
    return select(metric, { ...chosen, ...matchers });
}

/** Growth each second of what a selector gives, over the window that fits the screen. */
export function rate(selector: string): string {
    return `rate(${selector}[$__rate_interval])`;
}

/** Growth of what a selector gives, over all that is shown. */
export function increase(selector: string): string {
    return `increase(${selector}[$__range])`;
}

/** A sum by labels. */
export function sumBy(labels: string, expression: string): string {
    return `sum by (${labels}) (${expression})`;
}

/** A share of two sums by the same labels. */
export function share(labels: string, part: string, whole: string): string {
    return `${sumBy(labels, part)} / ${sumBy(labels, whole)}`;
}

/** A percentile of a histogram's buckets, by labels. */
export function percentile(ratio: number, labels: string, buckets: string): string {
    const by = labels === "" ? "le" : `${labels}, le`;
    return `histogram_quantile(${String(ratio)}, sum by (${by}) (${rate(buckets)}))`;
}
