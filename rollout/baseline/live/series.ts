import { added, ofRevision } from "../../gate/gateway-series/backend.ts";
import { gatewaySeries } from "../../gate/gateway-series/series.ts";
import type { GatewayCounter } from "../../gate/gateway-series/counter.ts";
import type { Observation } from "../../gate/evidence.ts";
import type { Sample } from "../../gate/live/prometheus/series.ts";
import { ofRevisions, ofUsers, selector } from "../../gate/live/evidence/promql.ts";
import type { PrometheusClient } from "../../gate/live/prometheus.ts";
import { type PodSeries, bucketsOf } from "../../gate/pod-series.ts";
import type { GatewayStatistics } from "../../settings/gateway-statistics.ts";
import type { ViewOverTime } from "../view-over-time.ts";

/** Whose series, over which time. */
export interface WindowScope {
    readonly namespace: string;
    readonly service: string;
    readonly revision: string;
    /** Seconds since the epoch, by Prometheus' clock. */
    readonly fromSeconds: number;
    readonly toSeconds: number;
    /** Time between two looks for gaps, in seconds. */
    readonly stepSeconds: number;
    /** Into how many equal parts the window is divided. */
    readonly parts: number;
    /** Undefined where the pods show nothing. */
    readonly podSeries: PodSeries | undefined;
    readonly gateway: GatewayStatistics | undefined;
}

/** Asks for the window piece by piece: what is missing somewhere in it, and how it went. Views that the stack does not have are left out. */
export async function viewsOverTime(prometheus: Pick<PrometheusClient, "range">, scope: WindowScope): Promise<readonly ViewOverTime[]> {
    const { fromSeconds, toSeconds, stepSeconds, parts } = scope;
    const partSeconds = (toSeconds - fromSeconds) / parts;
    const asked = [podQueries(scope), gatewayQueries(scope)].filter((one) => one !== undefined);
    return Promise.all(
        asked.map(async ({ view, present, requests, failed, p95 }): Promise<ViewOverTime> => {
            const byPart = async (expression: string): Promise<Observation<readonly Sample[]>> =>
                samplesOf(await prometheus.range(expression, fromSeconds + partSeconds, toSeconds, partSeconds));
            const range = `[${String(Math.round(partSeconds))}s]`;
            const [looks, counted, errorRatio, latencyP95Seconds] = await Promise.all([
                prometheus.range(present(`[${String(stepSeconds)}s]`), fromSeconds + stepSeconds, toSeconds, stepSeconds).then(samplesOf),
                byPart(requests(range)),
                byPart(`${failed(range)} / (${requests(range)} > 0)`),
                byPart(`${p95(range)} and (${requests(range)} > 0)`),
            ]);
            return { view, looks, requests: counted, errorRatio, latencyP95Seconds };
        }),
    );
}

/** Expressions over a range, such as `[300s]`: each gives one series. */
interface Queries {
    readonly view: ViewOverTime["view"];
    readonly present: (range: string) => string;
    readonly requests: (range: string) => string;
    readonly failed: (range: string) => string;
    readonly p95: (range: string) => string;
}

function podQueries({ namespace, service, revision, podSeries: pods }: WindowScope): Queries | undefined {
    if (pods === undefined) {
        return undefined;
    }
    const own = ofRevisions({ namespace, service, revisions: [revision] });
    const select = (metric: string, ...matchers: readonly string[]): string => selector([metric], [...own, ...ofUsers(pods), ...matchers]);
    const grown = (metric: string, range: string, ...matchers: readonly string[]): string => `sum(increase(${select(metric, ...matchers)}${range}))`;
    const requests = (range: string): string => grown(pods.requests, range);
    return {
        view: "pods",
        present: (range) => `sum(count_over_time(${selector([pods.start ?? pods.requests], own)}${range}))`,
        requests,
        failed: (range) => `(${grown(pods.requests, range, `${pods.statusLabel}=~"5.."`)} or 0 * ${requests(range)})`,
        p95: (range) => `histogram_quantile(0.95, sum by (le) (increase(${select(bucketsOf(pods))}${range})))`,
    };
}

function gatewayQueries({ namespace, service, revision, gateway }: WindowScope): Queries | undefined {
    const series = gateway === undefined ? undefined : gatewaySeries(gateway);
    if (series === undefined) {
        return undefined;
    }
    const selected = (counter: GatewayCounter): string => ofRevision(counter, { namespace, service }, revision);
    const grown = (counter: GatewayCounter, range: string): string => `sum(increase(${selected(counter)}${range}))`;
    const requests = (range: string): string => added(series.requests, (counter) => grown(counter, range), grown(series.requests[0], range));
    const { latency, presence } = series;
    return {
        view: "gateway",
        present: (range) => `sum(count_over_time(${selected(presence)}${range}))`,
        requests,
        failed: (range) => added(series.failed, (counter) => grown(counter, range), requests(range)),
        p95: (range) => `histogram_quantile(0.95, sum by (le) (increase(${selected(latency)}${range}))) * ${String(latency.unitSeconds)}`,
    };
}

/** The samples of the one series of an answer; none where it has no series. */
function samplesOf(answer: Awaited<ReturnType<PrometheusClient["range"]>>): Observation<readonly Sample[]> {
    if (answer.kind === "missing") {
        return answer;
    }
    return answer.value.length > 1
        ? { kind: "missing", reason: `Prometheus gave ${String(answer.value.length)} series where there is one` }
        : { kind: "observed", value: answer.value[0]?.samples ?? [] };
}
