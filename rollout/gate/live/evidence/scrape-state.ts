import type { Observation, ScrapeState } from "../../evidence.ts";
import type { LivePod } from "./pod-reader.ts";
import { type ScrapedProcess, firstScrape, lastScrape } from "./process.ts";
import type { RevisionMetrics } from "./window-metrics.ts";

/**
 * How long Prometheus takes at most to take up a pod that was discovered, in seconds: its discovery manager hands changes on every 5 s, and the API server's
 * times are cut to whole seconds.
 */
const discoverySeconds = 6;

/** Samples older than this, in seconds, are no longer taken for the present: Prometheus itself looks back no further. https://prometheus.io/docs/prometheus/latest/querying/basics/#staleness */
const forgottenSeconds = 300;

/**
 * Compares the pods that are scraped with those that the API server has as ready. A pod that has been ready for less than two scrape intervals (and what
 * discovery takes) need not be scraped yet, and doesn't count as the one with the fewest scrapes.
 *
 * @returns missing when a pod that takes traffic is not seen: the counts are then those of the others.
 */
export function scrapeStateOf(
    revision: string,
    { processes, window }: RevisionMetrics,
    pods: readonly LivePod[],
    scrapeIntervalSeconds: number,
): Observation<ScrapeState> {
    const scrapesOf = Map.groupBy(
        processes.flatMap(({ source, scrapedAtSeconds }) => scrapedAtSeconds.map((atSeconds) => ({ pod: source.pod, atSeconds }))),
        ({ pod }) => pod,
    );
    const graceSeconds = 2 * scrapeIntervalSeconds + discoverySeconds;
    const ready = pods
        .filter((pod) => pod.ready)
        .map(({ name, readySinceSeconds }) => {
            const times = new Set((scrapesOf.get(name) ?? []).map(({ atSeconds }) => atSeconds));
            return {
                name,
                distinct: times.size,
                ageSeconds: window.atSeconds - Math.max(-Infinity, ...times),
                young: readySinceSeconds !== undefined && window.serverAtSeconds - readySinceSeconds < graceSeconds,
            };
        });
    const unseen = ready.find(({ distinct, ageSeconds, young }) => !young && (distinct === 0 || ageSeconds > forgottenSeconds));
    if (unseen !== undefined) {
        const since = unseen.distinct === 0 ? "was not scraped within the window" : `was last scraped ${unseen.ageSeconds.toFixed(0)} s ago`;
        return { kind: "missing", reason: `pod ${unseen.name} of revision ${revision} is ready and ${since}` };
    }
    const seen = ready.filter(({ distinct }) => distinct > 0);
    if (seen.length === 0) {
        return {
            kind: "missing",
            reason: ready.length === 0 ? `no pod of revision ${revision} is ready` : `no pod of revision ${revision} has been scraped yet`,
        };
    }
    const grown = seen.filter(({ young }) => !young);
    return {
        kind: "observed",
        value: {
            newestAgeSeconds: Math.round(Math.max(...seen.map(({ ageSeconds }) => ageSeconds)) * 1_000) / 1_000,
            fewestDistinct: Math.min(...(grown.length === 0 ? seen : grown).map(({ distinct }) => distinct)),
            pods: seen.length,
        },
    };
}

/**
 * A pod that the scrape has under `revision` and the API server under another one, in words; undefined when there is none. Pods that the API server doesn't
 * have any more went away within the window, and count.
 */
export function misattributed(
    revision: string,
    processes: readonly ScrapedProcess[],
    others: readonly { readonly revision: string; readonly pods: readonly LivePod[] }[],
): string | undefined {
    for (const other of others) {
        const stranger = processes.find(({ source }) => other.pods.some(({ name }) => name === source.pod));
        if (stranger !== undefined) {
            return `pod ${stranger.source.pod} is scraped as revision ${revision}, and the API server has it as ${other.revision}`;
        }
    }
    return undefined;
}

/** Since when a revision is seen, in seconds since the epoch by Prometheus' clock. */
export function coveredFrom({ processes, window: { fromSeconds } }: RevisionMetrics): number {
    return Math.min(...processes.map((process) => (process.startedAtSeconds >= fromSeconds ? process.startedAtSeconds : firstScrape(process))));
}

/**
 * Mean CPU use of a revision's processes over what their pods request, as a ratio.
 *
 * @param cpuSeconds what all processes used within the window.
 * @param pods all pods of the revision. A pod that went away requested what the others do: a revision is immutable.
 */
export function cpuUtilisationOf(cpuSeconds: number, { processes, window: { fromSeconds } }: RevisionMetrics, pods: readonly LivePod[]): Observation<number> {
    const requested = new Map(pods.map(({ name, cpuRequestCores }) => [name, cpuRequestCores]));
    const least = Math.min(...requested.values());
    if (!(least > 0) || !Number.isFinite(least)) {
        return {
            kind: "missing",
            reason: pods.length === 0 ? "no pod is there, so its CPU request is unknown" : "a pod requests no CPU, so its use can't be put in relation",
        };
    }
    const coreSeconds = processes.reduce((sum, process) => {
        const sinceSeconds = process.startedAtSeconds >= fromSeconds ? process.startedAtSeconds : firstScrape(process);
        return sum + Math.max(0, lastScrape(process) - sinceSeconds) * (requested.get(process.source.pod) ?? least);
    }, 0);
    return coreSeconds > 0
        ? { kind: "observed", value: cpuSeconds / coreSeconds }
        : { kind: "missing", reason: "no pod was scraped twice, so its CPU use is unknown" };
}
