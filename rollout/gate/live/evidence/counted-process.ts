import { nameOf } from "../prometheus/answer.ts";
import type { SampledSeries } from "../prometheus/series.ts";
import { type ScrapeProblem, type ScrapedProcess, duplicatesIn, unknownStart } from "./process.ts";

/**
 * Finds the processes of pods that don't say when they started, by Prometheus' own series of their scrapes and by what they count.
 *
 * A counter that fell or went away between two scrapes is a restart, as everywhere in Prometheus: the process after it began at 0. When the first process
 * within the window began is not known, so what it counted before its first scrape is left out.
 *
 * @param scrapes samples of `up`.
 * @param counters samples of the counters of requests.
 */
export function countedProcesses(
    scrapes: readonly SampledSeries[],
    counters: readonly SampledSeries[],
): { readonly processes: readonly ScrapedProcess[]; readonly problems: readonly ScrapeProblem[] } {
    const problems: ScrapeProblem[] = [];
    const processes = scrapes.flatMap(({ labels, samples }): readonly ScrapedProcess[] => {
        const { revision = "", pod = "", instance = "", job = "" } = labels;
        if (pod === "" || instance === "") {
            problems.push({ revision, reason: `a series without the label ${pod === "" ? "pod" : "instance"}: ${nameOf(labels)}` });
            return [];
        }
        const source = { revision, pod, instance, job };
        const own = counters.filter((one) => Object.entries(source).every(([label, value]) => one.labels[label] === value));
        const at = new Map(own.map((one, index) => [index, new Map(one.samples.map(({ atSeconds, value }) => [atSeconds, value]))]));
        const found: { startedAtSeconds: number; scrapedAtSeconds: number[] }[] = [];
        for (const { atSeconds } of samples.filter(({ value }) => value === 1)) {
            const present = found.at(-1);
            const before = present?.scrapedAtSeconds.at(-1);
            const restarted = before !== undefined && [...at.values()].some((one) => (one.get(atSeconds) ?? -Infinity) < (one.get(before) ?? -Infinity));
            if (present !== undefined && !restarted) {
                present.scrapedAtSeconds.push(atSeconds);
            } else {
                found.push({ startedAtSeconds: present === undefined ? unknownStart : atSeconds, scrapedAtSeconds: [atSeconds] });
            }
        }
        return found.map((process) => ({ source, ...process }));
    });
    return { processes, problems: [...problems, ...duplicatesIn(processes)] };
}
