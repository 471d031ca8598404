import { nameOf } from "../prometheus/answer.ts";
import type { SampledSeries } from "../prometheus/series.ts";

/** Where a pod's metrics were read, as the scrape labelled it. */
export interface Source {
    readonly revision: string;
    readonly pod: string;
    readonly instance: string;
    readonly job: string;
}

/** One process in one pod, as scrapes within the window saw it. Times are seconds since the epoch by Prometheus' clock; the start is by the pod's. */
export interface ScrapedProcess {
    readonly source: Source;
    readonly startedAtSeconds: number;
    /** Times of all scrapes, oldest first, never none. */
    readonly scrapedAtSeconds: readonly number[];
}

/** Something about the scrapes that makes the counts of a revision wrong. */
export interface ScrapeProblem {
    readonly revision: string;
    readonly reason: string;
}

/**
 * Two start times within this many seconds are one process: some client libraries work the time out anew at each scrape, from a clock that is corrected, and
 * round it to seconds.
 */
const sameStartSeconds = 1;

/** Whether two start times, in seconds since the epoch by one clock, are of the same process. */
export function isSameProcess(startedAtSeconds: number, otherStartedAtSeconds: number): boolean {
    return Math.abs(startedAtSeconds - otherStartedAtSeconds) <= sameStartSeconds;
}

/**
 * Splits the samples of `process_start_time_seconds` into processes, and finds pods that are scraped twice.
 *
 * A restart is a start time that moved and CPU seconds that fell. A start time that moves alone is a clock that is corrected, or a library that works the time
 * out anew: taken for restarts, each would count all that the process ever did once more. Then the start isn't known, and what the process counted before its
 * first scrape within the window is left out.
 *
 * @param cpu samples of `process_cpu_seconds_total`.
 */
export function processesOf(
    series: readonly SampledSeries[],
    cpu: readonly SampledSeries[],
): { readonly processes: readonly ScrapedProcess[]; readonly problems: readonly ScrapeProblem[] } {
    const processes: ScrapedProcess[] = [];
    const problems: ScrapeProblem[] = [];
    for (const { labels, samples } of series) {
        const { revision = "", pod = "", instance = "", job = "" } = labels;
        if (pod === "" || instance === "") {
            problems.push({ revision, reason: `a series without the label ${pod === "" ? "pod" : "instance"}: ${nameOf(labels)}` });
            continue;
        }
        const source = { revision, pod, instance, job };
        const used = cpu.find((one) => Object.entries(source).every(([label, value]) => one.labels[label] === value));
        processes.push(...split(source, samples, new Map(used?.samples.map(({ atSeconds, value }) => [atSeconds, value]))));
    }
    return { processes, problems: [...problems, ...duplicatesIn(processes)] };
}

function split(source: Source, samples: SampledSeries["samples"], cpuSeconds: ReadonlyMap<number, number>): readonly ScrapedProcess[] {
    const found: { startedAtSeconds: number; scrapedAtSeconds: number[] }[] = [];
    for (const { atSeconds, value } of samples) {
        const present = found.at(-1);
        const moved = present !== undefined && !isSameProcess(value, present.startedAtSeconds);
        const before = cpuSeconds.get(present?.scrapedAtSeconds.at(-1) ?? NaN);
        const restarted = moved && (cpuSeconds.get(atSeconds) ?? Infinity) < (before ?? -Infinity);
        if (present !== undefined && !restarted) {
            present.scrapedAtSeconds.push(atSeconds);
            present.startedAtSeconds = moved ? unknownStart : present.startedAtSeconds;
        } else {
            found.push({ startedAtSeconds: value, scrapedAtSeconds: [atSeconds] });
        }
    }
    return found.map((process) => ({ source, ...process }));
}

/** Before every window. */
export const unknownStart = 0;

/** One process is seen through one source: seen through two, all that it counts would count twice. */
export function duplicatesIn(processes: readonly ScrapedProcess[]): readonly ScrapeProblem[] {
    const problems: ScrapeProblem[] = [];
    for (const [index, one] of processes.entries()) {
        for (const other of processes.slice(index + 1)) {
            const reason = duplication(one, other);
            if (reason !== undefined) {
                problems.push(...[...new Set([one.source.revision, other.source.revision])].map((revision) => ({ revision, reason })));
            }
        }
    }
    return problems;
}

function duplication(one: ScrapedProcess, other: ScrapedProcess): string | undefined {
    const [a, b] = [one.source, other.source];
    const atOnce = firstScrape(one) <= lastScrape(other) && firstScrape(other) <= lastScrape(one);
    if (a.pod === b.pod) {
        const sameSource = a.instance === b.instance && a.job === b.job && a.revision === b.revision;
        const sameProcess = !sameSource && isSameProcess(one.startedAtSeconds, other.startedAtSeconds);
        return atOnce || sameProcess ? `duplicated series: pod ${a.pod} is scraped as ${named(a)} and as ${named(b)}` : undefined;
    }
    // Another pod may get the address once the pod that had it is gone.
    return a.instance === b.instance && atOnce ? `duplicated series: ${a.instance} is scraped as pod ${a.pod} and as pod ${b.pod}` : undefined;
}

function named({ job, instance, revision }: Source): string {
    return `job ${job}, instance ${instance}, revision ${revision}`;
}

/** Time of the first scrape within the window. */
export function firstScrape({ scrapedAtSeconds }: ScrapedProcess): number {
    return scrapedAtSeconds[0] ?? NaN;
}

/** Time of the last scrape within the window. */
export function lastScrape({ scrapedAtSeconds }: ScrapedProcess): number {
    return scrapedAtSeconds.at(-1) ?? NaN;
}
