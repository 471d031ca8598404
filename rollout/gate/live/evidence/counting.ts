import type { Observation } from "../../evidence.ts";
import { nameOf } from "../prometheus/answer.ts";
import { firstScrape, lastScrape, type ScrapedProcess, type Source } from "./process.ts";
import type { SeriesLabels, SeriesValue } from "../prometheus/series.ts";

/** All counters of one source at one of its scrapes: the sample of that very scrape, not one near it. */
export interface CounterReading {
    readonly source: Source;
    readonly atSeconds: number;
    readonly counters: readonly SeriesValue[];
}

/** Which reading is wanted. */
export type ReadingPoint = Omit<CounterReading, "counters">;

/** What a counter grew by within the window, over all processes of a revision. */
export interface Increment {
    readonly labels: SeriesLabels;
    readonly amount: number;
}

/**
 * The readings that the exact counts of `process` since `fromSeconds` need.
 *
 * Within one process a counter never falls, so what it grew by is the last reading less the first: nothing in between has to be read, however long the window
 * is. A process that started within the window began at 0, so only its last reading counts. Of one that was there before, nothing counts until its first
 * scrape within the window: what it counted before may be older than the window.
 */
export function pointsOf(process: ScrapedProcess, fromSeconds: number): { readonly before?: ReadingPoint; readonly after: ReadingPoint } {
    const after = { source: process.source, atSeconds: lastScrape(process) };
    return process.startedAtSeconds >= fromSeconds ? { after } : { before: { source: process.source, atSeconds: firstScrape(process) }, after };
}

/** Two readings of one process. Without `before`, it began at 0 within the window. */
export interface ProcessReadings {
    readonly before?: CounterReading;
    readonly after: CounterReading;
}

/**
 * What the counters called `metric` grew by, over all processes of a revision. Restarts lose what a process counted after its last scrape, and nothing else.
 *
 * A series that isn't in the first reading began at 0 after it: client libraries show a combination of labels from its first use on, and the first error of a
 * process must count. The metric itself must be in both readings, as it may have been renamed or filtered away in between.
 *
 * @param absent what it means that a process doesn't show the metric: `missing`, or `none` where series begin with the first event and another counter shows that
 *   the process was read.
 * @returns missing when a process doesn't show the metric, or when a counter fell or went away without a restart.
 */
export function incrementsOf(metric: string, processes: readonly ProcessReadings[], absent: "missing" | "none" = "missing"): Observation<readonly Increment[]> {
    const sums = new Map<string, { labels: SeriesLabels; amount: number }>();
    for (const { before, after } of processes) {
        const first = before === undefined ? new Map<string, SeriesValue>() : byLabels(metric, before);
        const last = byLabels(metric, after);
        if (absent === "missing" && (last.size === 0 || (before !== undefined && first.size === 0))) {
            return { kind: "missing", reason: `pod ${after.source.pod} of revision ${after.source.revision} shows no ${metric}` };
        }
        const gone = [...first].find(([key]) => !last.has(key))?.[1];
        if (gone !== undefined) {
            return { kind: "missing", reason: `a counter went away without a restart of its process: ${nameOf(gone.labels)}` };
        }
        for (const [key, { labels, value }] of last) {
            const amount = value - (first.get(key)?.value ?? 0);
            if (amount < 0) {
                return { kind: "missing", reason: `a counter fell without a restart of its process: ${nameOf(labels)}` };
            }
            const own = withoutSource(labels);
            const sumKey = JSON.stringify(Object.entries(own).toSorted());
            sums.set(sumKey, { labels: own, amount: (sums.get(sumKey)?.amount ?? 0) + amount });
        }
    }
    return processes.length === 0 ? { kind: "missing", reason: `no process shows ${metric}` } : { kind: "observed", value: [...sums.values()] };
}

function byLabels(metric: string, { counters }: CounterReading): ReadonlyMap<string, SeriesValue> {
    const ofMetric = counters.filter(({ labels }) => labels.__name__ === metric);
    return new Map(ofMetric.map((series) => [JSON.stringify(Object.entries(series.labels).toSorted()), series]));
}

/** Labels that say where a series is from. The others tell the series of one process apart. */
const sourceLabels: ReadonlySet<string> = new Set(["__name__", "namespace", "service", "revision", "pod", "instance", "job"]);

function withoutSource(labels: SeriesLabels): SeriesLabels {
    return Object.fromEntries(Object.entries(labels).filter(([label]) => !sourceLabels.has(label)));
}
