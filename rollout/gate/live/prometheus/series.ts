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
    /** ISO 8601. Absent until the first scrape. */
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
