import { example } from "./example.ts";
import { select } from "../rollout/gate/gateway-series/promql.ts";
import type { AlertCase, ExpectedAlert } from "./rule.ts";

/** Series of a case, with their values in promtool's notation. */
export type CaseSeries = AlertCase["series"];

/** How often values follow each other where that is not once a minute. */
type Pace = Pick<AlertCase, "intervalSeconds">;

/** A case in which the alert fires: once for each of `expected`. */
export function fires(
    title: string,
    series: CaseSeries,
    atSeconds: number,
    expected: readonly [ExpectedAlert, ...ExpectedAlert[]],
    pace: Pace = {},
): AlertCase {
    return { title, series, atSeconds, fires: expected, ...pace };
}

/** A case in which the alert does not fire. */
export function quiet(title: string, series: CaseSeries, atSeconds: number, pace: Pace = {}): AlertCase {
    return { title, series, atSeconds, fires: [], ...pace };
}

/** A series of the service itself, scraped from one pod of a revision. */
export function ofPod(metric: string, revision: string, labels: Readonly<Record<string, string>> = {}, pod = "a"): string {
    const { namespace, service } = example;
    return select(metric, { namespace, service, revision, pod: `${service}-${revision}-6c5f-${pod}`, job: service, instance: `${pod}:9090`, ...labels });
}

/** A series of the gateway about users' requests to a revision. The gateway is scraped in a namespace of its own. */
export function ofBackend(metric: string, revision: string, labels: Readonly<Record<string, string>> = {}): string {
    const { namespace, service } = example;
    const scraped = { namespace: "gateway-system", pod: "envoy-a", job: "envoy", instance: "envoy-a:8002" };
    return select(metric, { envoy_cluster_name: `${namespace}_${service}-${revision}_80`, ...scraped, ...labels });
}

/** A series of the watcher. */
export function ofWatcher(metric: string, labels: Readonly<Record<string, string>> = {}): string {
    const { namespace, service, jobs } = example;
    return select(metric, { namespace, service, job: jobs.watcher, instance: "watcher:9090", ...labels });
}

/** A series about an object of the service's namespace, from kube-state-metrics. */
export function ofObject(metric: string, labels: Readonly<Record<string, string>>): string {
    return select(metric, { namespace: example.namespace, job: "kube-state-metrics", instance: "kube-state-metrics:8080", ...labels });
}

/** A series of a store's pod in the service's namespace. */
export function ofStore(metric: string, job: string, pod: string, labels: Readonly<Record<string, string>> = {}): string {
    const { namespace, service } = example;
    return select(metric, { namespace, service, job, pod, instance: `${pod}:9121`, ...labels });
}

/** A series of an exporter that another team runs. */
export function ofExporter(metric: string, job: string, labels: Readonly<Record<string, string>> = {}): string {
    return select(metric, { job, instance: `${job}:9187`, ...labels });
}

/** The same value `count` times more after the first: `value(1, 10)` covers ten intervals. */
export function steady(value: number, count: number): string {
    return `${String(value)}x${String(count)}`;
}

/** A counter that begins at 0 and grows by `step` in each of `count` intervals. */
export function growing(step: number, count: number): string {
    return `0+${String(step)}x${String(count)}`;
}
