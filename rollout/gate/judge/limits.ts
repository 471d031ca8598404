/** What the judge asks of evidence before it believes it, and how sure it must be. Every limit has a default: {@link defaultLimits}. */
export interface JudgeLimits {
    /** How often Prometheus scrapes a pod, in seconds: `metrics.scrapeIntervalSeconds` of the stack config. */
    readonly scrapeIntervalSeconds: number;
    /** How old the newest sample of the pod that is furthest behind may be, in scrape intervals. */
    readonly oldestScrapeIntervals: number;
    /** Distinct scrapes that each pod needs within the window. */
    readonly fewestDistinctScrapes: number;
    /** Factor on the plan's times on this stack: above 0 and at most 1, 1 outside a lab. It shortens windows, and no threshold. */
    readonly timeScale: number;
}

/**
 * Scrapes every 15 s, as the stack config has it. Five of them may be lost: then the data is more than a minute old. Three distinct ones show that a pod is
 * scraped again and again, and not once.
 */
export const defaultLimits: JudgeLimits = { scrapeIntervalSeconds: 15, oldestScrapeIntervals: 5, fewestDistinctScrapes: 3, timeScale: 1 };
