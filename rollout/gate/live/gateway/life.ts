import type { Source } from "../evidence/process.ts";
import type { SampledSeries } from "../prometheus/series.ts";

/** A time in which the counters of one backend at one instance of the gateway only grew: from one restart, or one deletion of the backend, to the next. */
export interface Life {
    readonly source: Source;
    /** Times of its scrapes, oldest first, never none. */
    readonly scrapedAtSeconds: readonly number[];
    /** It began with counters at 0 within the window, so its first reading counts from 0. */
    readonly fromZero: boolean;
}

/** An instance of the gateway, as Prometheus scrapes it. */
export interface GatewayTarget {
    readonly instance: string;
    readonly job: string;
    /** Times of the scrapes within the window that went well, oldest first. */
    readonly upAtSeconds: readonly number[];
    /** Time of the last scrape within the window, whether or not it went well. */
    readonly lastScrapeSeconds: number;
}

/**
 * Splits the samples of a backend's marker into lives.
 *
 * A life ends where the counters fell and none rose, or where a scrape went well that did not show them. A fall of some beside others that rose is neither:
 * then the counters themselves show that one fell, and the counts are missing. A backend that appears within the window, at an instance that was scraped
 * well before, began at 0; at one that was not, what it counted before its first scrape may be older than the window.
 *
 * @throws {Error} when one instance is scraped twice: everything would count twice.
 */
export function livesOf(revision: string, series: readonly SampledSeries[], targets: readonly GatewayTarget[]): readonly Life[] {
    const sources = new Map<string, { readonly source: Source; readonly scrapes: Map<number, Map<string, number>> }>();
    for (const { labels, samples } of series) {
        const { instance = "", job = "", pod = instance } = labels;
        if (instance === "" || job === "") {
            throw new Error(`${labels.__name__ ?? "a series"} has no label ${instance === "" ? "instance" : "job"}`);
        }
        const key = JSON.stringify([instance, job]);
        const known = sources.get(key) ?? { source: { revision, pod, instance, job }, scrapes: new Map<number, Map<string, number>>() };
        sources.set(key, known);
        const own = JSON.stringify(Object.entries(labels).toSorted());
        for (const { atSeconds, value } of samples) {
            const scrape = known.scrapes.get(atSeconds) ?? new Map<string, number>();
            known.scrapes.set(atSeconds, scrape.set(own, value));
        }
    }
    refuseDuplicates([...sources.values()].map(({ source }) => source));
    return [...sources.values()].flatMap(({ source, scrapes }) => {
        const target = targets.find(({ instance, job }) => instance === source.instance && job === source.job);
        return split(source, scrapes, target?.upAtSeconds ?? []);
    });
}

function split(source: Source, scrapes: ReadonlyMap<number, ReadonlyMap<string, number>>, upAtSeconds: readonly number[]): readonly Life[] {
    const times = [...scrapes.keys()].toSorted((a, b) => a - b);
    const lives: { scrapedAtSeconds: number[]; fromZero: boolean }[] = [];
    for (const [index, at] of times.entries()) {
        const before = times[index - 1] ?? -Infinity;
        const wasGone = upAtSeconds.some((up) => up > before && up < at);
        const present = lives.at(-1);
        if (present !== undefined && !wasGone && !beganAnew(scrapes.get(before), scrapes.get(at))) {
            present.scrapedAtSeconds.push(at);
        } else {
            lives.push({ scrapedAtSeconds: [at], fromZero: present !== undefined || wasGone });
        }
    }
    return lives.map((life) => ({ source, ...life }));
}

function beganAnew(before: ReadonlyMap<string, number> = new Map(), after: ReadonlyMap<string, number> = new Map()): boolean {
    const changes = [...after].flatMap(([key, value]) => {
        const known = before.get(key);
        return known === undefined ? [] : [value - known];
    });
    return changes.some((change) => change < 0) && !changes.some((change) => change > 0);
}

function refuseDuplicates(sources: readonly Source[]): void {
    for (const [index, one] of sources.entries()) {
        const twin = sources.slice(index + 1).find(({ pod, instance }) => pod === one.pod || instance === one.instance);
        if (twin !== undefined) {
            throw new Error(
                `duplicated series: the gateway's ${one.pod} is scraped as job ${one.job}, instance ${one.instance} and as job ${twin.job}, instance ${twin.instance}`,
            );
        }
    }
}

/** The part of a life from `fromSeconds` on; undefined when nothing of it is left. */
export function since(life: Life, fromSeconds: number): Life | undefined {
    const scrapedAtSeconds = life.scrapedAtSeconds.filter((at) => at >= fromSeconds);
    const whole = scrapedAtSeconds.length === life.scrapedAtSeconds.length;
    return scrapedAtSeconds.length === 0 ? undefined : { ...life, scrapedAtSeconds, fromZero: whole && life.fromZero };
}
