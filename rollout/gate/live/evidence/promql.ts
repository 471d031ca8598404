import { testersAudience } from "../../../route/testers.ts";
import { type PodSeries, countersOf, errorTypeLabel } from "../../pod-series.ts";
import type { ReadingPoint } from "./counting.ts";

/** Which series are about the service, and about which of its revisions. */
export interface SeriesScope {
    readonly namespace: string;
    readonly service: string;
    readonly revisions: readonly string[];
    /** What its pods show. */
    readonly series: PodSeries;
}

/** Labels that tell apart what is counted. Others, such as the route, are summed within one process at one scrape, which loses nothing: they begin at 0 together. */
function countedLabels({ statusLabel, withoutStatus, cacheLabel }: PodSeries): readonly string[] {
    const own = [statusLabel, ...(withoutStatus === "refused" ? [] : [errorTypeLabel]), ...(cacheLabel === undefined ? [] : [cacheLabel])];
    return ["__name__", "revision", "pod", "instance", "job", ...own, "le", "result", "level"];
}

/** Range selector of each process' start, CPU time and memory: raw samples, one for each scrape. Where no start is shown, whether it was up and what it counted. */
export function processSelector(scope: SeriesScope, windowSeconds: number): string {
    const { start, cpu, memory, requests } = scope.series;
    const shown = (start === undefined ? [scrapedName, requests, memory] : [start, cpu, memory]).filter((name) => name !== undefined);
    return `${selector(shown, ofRevisions(scope))}${range(windowSeconds)}`;
}

/** The series that Prometheus makes of each scrape. */
export const scrapedName = "up";

/** Series of requests that name no revision: with one, the counts of every revision are in doubt. */
export function strayExpression({ namespace, service, series }: Omit<SeriesScope, "revisions">): string {
    return `count by (pod, instance, job) (${selector([series.requests], [`namespace=${quoted(namespace)}`, `service=${quoted(service)}`, 'revision=""'])})`;
}

/** Means of the pool's gauges over the window, by pod, told apart by the label `gauge`. */
export function poolExpression(scope: SeriesScope, pool: NonNullable<PodSeries["databasePool"]>, windowSeconds: number): string {
    const own = ofRevisions(scope);
    const gauges = [
        ["in_use", "avg_over_time", selector([pool.connections], [...own, 'state="in_use"'])],
        ["size", "max_over_time", selector([pool.maximum], own)],
        ["waiting", "avg_over_time", selector([pool.waiting], own)],
    ] as const;
    return gauges.map(([gauge, mean, series]) => `label_replace(${mean}(${series}${range(windowSeconds)}), "gauge", "${gauge}", "", "")`).join(" or ");
}

/** All counters at each point: the samples of exactly that scrape. Each source may be in it once. */
export function readingExpression({ namespace, service, series }: Omit<SeriesScope, "revisions">, points: readonly ReadingPoint[]): string {
    const sums = points.map(({ source: { revision, pod, instance, job }, atSeconds }) => {
        const own = Object.entries({ namespace, service, revision, pod, instance, job }).map(([label, value]) => `${label}=${quoted(value)}`);
        return `sum by (${countedLabels(series).join(", ")}) (${selector(countersOf(series), [...own, ...ofUsers(series)])} @ ${atSeconds.toFixed(3)})`;
    });
    return sums.join(" or ");
}

/** Series without what testers asked: docs/service-contract.md. */
export function ofUsers({ testersLabel }: Pick<PodSeries, "testersLabel">): readonly string[] {
    return testersLabel === undefined ? [] : [`${testersLabel}!=${quoted(testersAudience)}`];
}

/** Matchers of the series of the scope's revisions. */
export function ofRevisions({ namespace, service, revisions }: Omit<SeriesScope, "series">): readonly string[] {
    return [`namespace=${quoted(namespace)}`, `service=${quoted(service)}`, `revision=~${quoted(revisions.map(literal).join("|"))}`];
}

/** A selector of metrics by name. */
export function selector(names: readonly string[], matchers: readonly string[]): string {
    const [only, ...others] = names;
    return others.length === 0 ? `${only ?? ""}{${matchers.join(",")}}` : `{__name__=~${quoted(names.join("|"))},${matchers.join(",")}}`;
}

/** A text as PromQL writes it: the escapes of JSON are among those of Go. */
export function quoted(text: string): string {
    return JSON.stringify(text);
}

/** A text as a regular expression that matches nothing but it. */
function literal(text: string): string {
    return text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}

/** A range selector of the window. */
export function range(windowSeconds: number): string {
    return `[${String(Math.max(1, Math.floor(windowSeconds * 1_000)))}ms]`;
}
