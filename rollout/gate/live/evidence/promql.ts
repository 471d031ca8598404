import { testersAudience } from "../../../route/testers.ts";
import { metricNames } from "./observation.ts";
import type { ReadingPoint } from "./counting.ts";

/** Which series are about the service, and about which of its revisions. */
export interface SeriesScope {
    readonly namespace: string;
    readonly service: string;
    readonly revisions: readonly string[];
}

/** Labels that tell apart what is counted. Others, such as the route, are summed within one process at one scrape, which loses nothing: they begin at 0 together. */
const countedLabels = ["__name__", "revision", "pod", "instance", "job", "code", "cache", "le", "result", "level"];

/** Range selector of each process' start, CPU time and memory: raw samples, one for each scrape. */
export function processSelector(scope: SeriesScope, windowSeconds: number): string {
    return `${selector(["process_start_time_seconds", "process_cpu_seconds_total", "process_resident_memory_bytes"], ofRevisions(scope))}${range(windowSeconds)}`;
}

/** Series of requests that name no revision: with one, the counts of every revision are in doubt. */
export function strayExpression({ namespace, service }: SeriesScope): string {
    return `count by (pod, instance, job) (${selector([metricNames.requests], [`namespace=${quoted(namespace)}`, `service=${quoted(service)}`, 'revision=""'])})`;
}

/** Means of the pool's gauges over the window, by pod, told apart by the label `gauge`. */
export function poolExpression(scope: SeriesScope, windowSeconds: number): string {
    const own = ofRevisions(scope);
    const gauges = [
        ["in_use", "avg_over_time", selector(["database_pool_connections"], [...own, 'state="in_use"'])],
        ["size", "max_over_time", selector(["database_pool_connections_max"], own)],
        ["waiting", "avg_over_time", selector(["database_pool_waiting"], own)],
    ] as const;
    return gauges.map(([gauge, mean, series]) => `label_replace(${mean}(${series}${range(windowSeconds)}), "gauge", "${gauge}", "", "")`).join(" or ");
}

/** All counters at each point: the samples of exactly that scrape. Each source may be in it once. */
export function readingExpression({ namespace, service }: SeriesScope, points: readonly ReadingPoint[]): string {
    const sums = points.map(({ source: { revision, pod, instance, job }, atSeconds }) => {
        const own = Object.entries({ namespace, service, revision, pod, instance, job }).map(([label, value]) => `${label}=${quoted(value)}`);
        return `sum by (${countedLabels.join(", ")}) (${selector(Object.values(metricNames), [...own, ofUsers])} @ ${atSeconds.toFixed(3)})`;
    });
    return sums.join(" or ");
}

/** Series without what testers asked: docs/service-contract.md. */
const ofUsers = `audience!=${quoted(testersAudience)}`;

function ofRevisions({ namespace, service, revisions }: SeriesScope): readonly string[] {
    return [`namespace=${quoted(namespace)}`, `service=${quoted(service)}`, `revision=~${quoted(revisions.map(literal).join("|"))}`];
}

function selector(names: readonly string[], matchers: readonly string[]): string {
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
