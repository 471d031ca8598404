import { added, ofRevision } from "../gateway-series/backend.ts";
import { gatewaySeries } from "../gateway-series/series.ts";
import type { Curve } from "../../report/curve.ts";
import type { MeasuredMeans, RevisionRole } from "../../report/figures.ts";
import type { Measurements, ReportedRollout } from "../../report/rollout-report.ts";
import { type Sli, slis } from "../../report/sli.ts";
import type { StepSpan } from "../../report/steps.ts";
import { timeOf } from "../../report/time-axis.ts";
import type { Observation } from "../evidence.ts";
import { type PodSeries, bucketsOf } from "../pod-series.ts";
import { ofRevisions, ofUsers, selector } from "./evidence/promql.ts";
import { notNamed } from "./evidence/window-metrics.ts";
import type { PrometheusClient } from "./prometheus.ts";
import type { SampledSeries, SeriesValue } from "./prometheus/series.ts";
import type { GatewayCounter } from "../gateway-series/counter.ts";
import type { GatewayStatistics } from "../../settings/gateway-statistics.ts";

/** Which series to query. */
export interface MetricScope {
    readonly namespace: string;
    readonly service: string;
    readonly scrapeIntervalSeconds: number;
    /** What the pods show. If omitted, they show nothing, and it draws no such curve. */
    readonly podSeries?: PodSeries;
    /** Whose statistics say what users got. If omitted, or of the kind `none`, it draws no such curve. */
    readonly gateway?: GatewayStatistics;
}

/** Points of a curve at the most: more than a chart has pixels for. */
const pointsAtMost = 240;

/**
 * What Prometheus has of a rollout: curves over the time that is drawn, and the means of each step. Each question that is not answered is missing with its reason;
 * the others are returned all the same.
 */
export async function readMeasurements(
    prometheus: Pick<PrometheusClient, "range" | "vector">,
    scope: MetricScope,
    rollout: ReportedRollout,
    now: string,
): Promise<Measurements> {
    const served = rollout.spans.filter(({ seconds }) => seconds > 0);
    const [curves, means] = await Promise.all([readCurves(prometheus, scope, rollout, served, now), readMeans(prometheus, scope, rollout, served, now)]);
    return { curves, means };
}

async function readCurves(
    prometheus: Pick<PrometheusClient, "range">,
    scope: MetricScope,
    rollout: ReportedRollout,
    spans: readonly StepSpan[],
    now: string,
): Promise<Observation<readonly Curve[]>> {
    if (spans.length === 0) {
        return { kind: "missing", reason: "no step has lasted yet" };
    }
    // As much as is drawn: days in the dark before, or after a rollback, would leave a few points for the steps themselves.
    const drawn = timeOf(spans, now);
    const [from, to] = [drawn.from / 1_000, drawn.to / 1_000];
    const stepSeconds = Math.max(scope.scrapeIntervalSeconds, Math.ceil((to - from) / pointsAtMost));
    const answers = await Promise.all(
        slis.flatMap((sli) => {
            const expression = curveExpression(sli, scope, rollout, stepSeconds);
            return expression === undefined ? [] : [prometheus.range(expression, from, to, stepSeconds).then((answer) => ({ sli, answer }))];
        }),
    );
    const curves = answers.flatMap(({ sli, answer }) =>
        answer.kind === "observed" ? answer.value.flatMap((series) => curveOf(sli, series, rollout, stepSeconds)) : [],
    );
    const failed = answers.flatMap(({ answer }) => (answer.kind === "missing" ? [answer.reason] : []));
    return failed.length > 0 ? { kind: "missing", reason: [...new Set(failed)].join("; ") } : { kind: "observed", value: curves };
}

/** One curve, or none for a series that is of neither revision. */
function curveOf(sli: Sli, { labels, samples }: SampledSeries, rollout: ReportedRollout, stepSeconds: number): readonly Curve[] {
    const { revision = "" } = labels;
    const role = roleOf(revision, rollout);
    return role === undefined
        ? []
        : [{ sli, revision, role, source: "prometheus", gapSeconds: 1.5 * stepSeconds, points: samples.map(({ atSeconds, value }) => ({ atSeconds, value })) }];
}

/**
 * What is drawn. Rates reach back four scrapes (https://prometheus.io/docs/prometheus/latest/querying/functions/#rate needs two), and at least to the point
 * before, so that no error falls between two points. Where there were no requests, a ratio is no number: those moments are left out, so they are gaps.
 * A revision that has had no error has no series of errors: with requests of its own, that is 0. Undefined where nothing can be asked.
 */
function curveExpression(sli: Sli, scope: MetricScope, rollout: ReportedRollout, stepSeconds: number): string | undefined {
    const range = `[${String(Math.max(4 * scope.scrapeIntervalSeconds, stepSeconds + scope.scrapeIntervalSeconds))}s]`;
    if (sli === "users-error-ratio" || sli === "users-latency-p95") {
        return usersExpression(sli, scope, rollout, range);
    }
    const { podSeries: pods } = scope;
    if (pods === undefined) {
        return undefined;
    }
    const rate = (metric: string, matcher?: string): string => `sum by (revision) (rate(${select(metric, scope, pods, rollout, matcher)}${range}))`;
    const requests = rate(pods.requests);
    switch (sli) {
        case "error-ratio":
            return `(${rate(pods.requests, `${pods.statusLabel}=~"5.."`)} or 0 * ${requests}) / (${requests} > 0)`;
        case "cache-hit-ratio": {
            if (pods.cache === undefined) {
                return undefined;
            }
            const lookups = rate(pods.cache, 'result=~"hit|miss"');
            return `(${rate(pods.cache, 'result="hit"')} or 0 * ${lookups}) / (${lookups} > 0)`;
        }
        case "requests-per-second":
            return requests;
        case "latency-p95":
            return `histogram_quantile(0.95, sum by (revision, le) (rate(${select(bucketsOf(pods), scope, pods, rollout)}${range}))) and (${requests} > 0)`;
    }
}

/** What users got of both revisions, by the gateway's own statistics. */
function usersExpression(
    sli: "users-error-ratio" | "users-latency-p95",
    scope: MetricScope,
    { stable, candidate }: ReportedRollout,
    range: string,
): string | undefined {
    const series = scope.gateway === undefined ? undefined : gatewaySeries(scope.gateway);
    if (series === undefined) {
        return undefined;
    }
    const ofEach = (expressionOf: (revision: string) => string): string =>
        [stable.name, candidate.name].map((name) => `label_replace(${expressionOf(name)}, "revision", "${name}", "", "")`).join(" or ");
    const rates =
        (counters: readonly GatewayCounter[]) =>
        (revision: string): string =>
            counters.map((counter) => `rate(${ofRevision(counter, scope, revision)}${range})`).join(" or ");
    const rate = (counters: readonly GatewayCounter[]): string => `(${ofEach((revision) => `sum(${rates(counters)(revision)})`)})`;
    const requests = rate(series.requests);
    switch (sli) {
        case "users-error-ratio":
            return `${added(series.failed, (counter) => rate([counter]), requests)} / (${requests} > 0)`;
        case "users-latency-p95": {
            const { latency } = series;
            const p95 = ofEach((revision) => `histogram_quantile(0.95, sum by (le) (${rates([latency])(revision)}))`);
            return `(${p95}) * ${String(latency.unitSeconds)} and (${requests} > 0)`;
        }
    }
}

/** Means by step and revision. */
async function readMeans(
    prometheus: Pick<PrometheusClient, "vector">,
    scope: MetricScope,
    rollout: ReportedRollout,
    spans: readonly StepSpan[],
    now: string,
): Promise<ReadonlyMap<string, ReadonlyMap<string, MeasuredMeans>>> {
    const { podSeries: pods } = scope;
    if (pods === undefined) {
        return new Map();
    }
    const entries = await Promise.all(
        spans.map(async ({ enteredAt, leftAt, seconds }) => {
            const range = `[${String(Math.max(1, Math.floor(seconds)))}s]`;
            const atSeconds = secondsOf(leftAt ?? now);
            const sum = (metric: string): string => `sum by (revision) (increase(${select(metric, scope, pods, rollout)}${range}))`;
            const [latency, cpu] = await Promise.all([
                prometheus.vector(`${sum(`${pods.duration}_sum`)} / (${sum(`${pods.duration}_count`)} > 0)`, atSeconds),
                pods.cpu === undefined
                    ? notNamed("CPU time")
                    : prometheus.vector(
                          `avg by (revision) (sum by (revision, pod) (rate(${select(pods.cpu, scope, pods, rollout)}${range}))) * 1000`,
                          atSeconds,
                      ),
            ]);
            const of = (answer: Observation<readonly SeriesValue[]>, revision: string): Observation<number> => valueOf(answer, revision);
            const means = [rollout.stable.name, rollout.candidate.name].map(
                (revision) => [revision, { averageLatencySeconds: of(latency, revision), cpuMillicores: of(cpu, revision) }] as const,
            );
            return [enteredAt, new Map(means)] as const;
        }),
    );
    return new Map(entries);
}

function valueOf(answer: Observation<readonly SeriesValue[]>, revision: string): Observation<number> {
    if (answer.kind === "missing") {
        return answer;
    }
    const found = answer.value.find(({ labels }) => labels.revision === revision);
    return found === undefined ? { kind: "missing", reason: `Prometheus has nothing of ${revision} in this time` } : { kind: "observed", value: found.value };
}

function roleOf(revision: string, { stable, candidate }: ReportedRollout): RevisionRole | undefined {
    if (revision === candidate.name) {
        return "candidate";
    }
    return revision === stable.name ? "stable" : undefined;
}

/** Selects a metric of both revisions. */
function select(metric: string, { namespace, service }: MetricScope, pods: PodSeries, { stable, candidate }: ReportedRollout, matcher?: string): string {
    const own = ofRevisions({ namespace, service, revisions: [stable.name, candidate.name] });
    return selector([metric], [...own, ...ofUsers(pods), ...(matcher === undefined ? [] : [matcher])]);
}

function secondsOf(iso: string): number {
    return Date.parse(iso) / 1_000;
}
