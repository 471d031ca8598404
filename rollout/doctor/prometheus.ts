import type { Problem } from "../preflight/preflight.ts";

/** A series with its value, as Prometheus gives it. */
interface SeriesValue {
    readonly labels: Readonly<Record<string, string>>;
    readonly value: number;
}

/** A target, as far as it is judged. */
interface ScrapeTarget {
    readonly labels: Readonly<Record<string, string>>;
    readonly scrapeIntervalSeconds: number;
}

/** What Prometheus has of one revision. */
export interface RevisionSeries {
    readonly revision: string;
    /** Names that gates ask for, as the profile has them. */
    readonly asked: readonly string[];
    /** One value for each name that has series with the right labels. */
    readonly found: readonly SeriesValue[];
    /** Age of the newest scrape of each of its pods, in seconds. */
    readonly ages: readonly SeriesValue[];
}

/** How many scrapes may be missed before evidence counts as old. */
const scrapesMissed = 3;

/** What gates would not find, or find too old. */
export function seriesProblems({ revision, asked, found, ages }: RevisionSeries, scrapeIntervalSeconds: number): readonly Problem[] {
    if (ages.length === 0) {
        return [
            {
                text: `Prometheus has no scrape with namespace, service and revision of ${revision}: no gate finds its pods`,
                fix: "have the scrape add the labels of docs/service-contract.md, and see that Prometheus selects the PodMonitor",
            },
        ];
    }
    const old = ages.filter(({ value }) => value > scrapesMissed * scrapeIntervalSeconds);
    const missing = asked.filter((name) => !found.some(({ labels }) => labels.__name__ === name));
    return [
        ...(old.length === 0
            ? []
            : [
                  {
                      text: `the newest scrape of ${String(old.length)} pods of ${revision} is ${String(Math.round(Math.max(...old.map(({ value }) => value))))} s old`,
                      fix: "see the targets' page of Prometheus, and that metrics.scrapeIntervalSeconds is how often it scrapes",
                  },
              ]),
        ...(missing.length === 0
            ? []
            : [
                  {
                      text: `Prometheus has no ${missing.join(", ")} of ${revision}`,
                      fix: "have the pods show it from their start on, or name in the profile's metrics what they show: docs/own-service.md",
                  },
              ]),
    ];
}

/** A scrape that is rarer than the config says: evidence is old before the next one comes. */
export function intervalProblems(targets: readonly ScrapeTarget[], namespace: string, service: string, scrapeIntervalSeconds: number): readonly Problem[] {
    const rare = targets.filter(
        ({ labels, scrapeIntervalSeconds: own }) => labels.namespace === namespace && labels.service === service && own > scrapeIntervalSeconds,
    );
    const [first] = rare;
    return first === undefined
        ? []
        : [
              {
                  text: `Prometheus scrapes the pods every ${String(first.scrapeIntervalSeconds)} s, and metrics.scrapeIntervalSeconds says ${String(scrapeIntervalSeconds)}`,
                  fix: `set metrics.scrapeIntervalSeconds to ${String(first.scrapeIntervalSeconds)}, or scrape more often`,
              },
          ];
}
