import type { Observation } from "../rollout/evidence.ts";

/** Labels of a series, its name under `__name__`. */
export type SeriesLabels = Readonly<Record<string, string>>;

/** One sample. The time is the one that Prometheus stores, in seconds since the epoch. */
export interface Sample {
    readonly atSeconds: number;
    readonly value: number;
}

/** One series with the samples that were asked for, oldest first. */
export interface SampledSeries {
    readonly labels: SeriesLabels;
    readonly samples: readonly Sample[];
}

/** One series with its value at the time of evaluation. */
export interface SeriesValue extends Sample {
    readonly labels: SeriesLabels;
}

/** A target that Prometheus scrapes. */
export interface ScrapeTarget {
    readonly labels: SeriesLabels;
    readonly health: "up" | "down" | "unknown";
    /** Empty when the last scrape went well. */
    readonly lastError: string;
    /** ISO 8601. Left out until the first scrape. */
    readonly lastScrape?: string;
    readonly scrapeIntervalSeconds: number;
}

/** A rule that Prometheus evaluates. */
export interface LoadedRule {
    readonly kind: "alerting" | "recording";
    readonly group: string;
    readonly name: string;
    readonly expression: string;
    readonly health: "ok" | "err" | "unknown";
    readonly lastError: string;
    /** Of an alerting rule. */
    readonly state?: "inactive" | "pending" | "firing";
    readonly labels: SeriesLabels;
    readonly annotations: Readonly<Record<string, string>>;
}

/**
 * Prometheus' HTTP API, as far as it is needed. No question throws: an answer that is late, broken, refused or partial (warnings) is `missing` with its
 * reason, and so is one with a value that is no finite number.
 */
export interface PrometheusClient {
    /** Value of every series that `expression` gives, at `atSeconds` (default: now, by Prometheus' clock). None is an empty list. */
    vector(expression: string, atSeconds?: number): Promise<Observation<readonly SeriesValue[]>>;
    /** The one number that `expression` gives. No series or more than one is `missing`. */
    number(expression: string, atSeconds?: number): Promise<Observation<number>>;
    /** Raw samples: `selector` ends in a range, such as `up{job="api"}[5m]`, which reaches back from `atSeconds`. */
    samples(selector: string, atSeconds: number): Promise<Observation<readonly SampledSeries[]>>;
    /** Values at regular steps, for charts and trends. */
    range(expression: string, fromSeconds: number, toSeconds: number, stepSeconds: number): Promise<Observation<readonly SampledSeries[]>>;
    /** Prometheus' clock, in seconds since the epoch. */
    now(): Promise<Observation<number>>;
    /** Targets that are scraped. */
    targets(): Promise<Observation<readonly ScrapeTarget[]>>;
    /** Rules that are loaded, of all groups. */
    rules(): Promise<Observation<readonly LoadedRule[]>>;
    /** URLs of the Alertmanagers that alerts are sent to. */
    alertmanagers(): Promise<Observation<readonly string[]>>;
    /** Version that runs, such as `3.16.0`. */
    version(): Promise<Observation<string>>;
}
