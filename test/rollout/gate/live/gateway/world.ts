import { type GatewayReader, gatewayViews } from "../../../../../rollout/gate/live/gateway/gateway-view.ts";
import type { GatewayView, Observation } from "../../../../../rollout/gate/evidence.ts";
import type { SampledSeries, SeriesLabels } from "../../../../../rollout/gate/live/prometheus/series.ts";
import type { GatewayStatistics } from "../../../../../rollout/settings/gateway-statistics.ts";

/** The present, in seconds since the epoch. */
export const now = 1_800_000_000;

/** A window of ten minutes. */
export const window = { fromSeconds: now - 600, recentSeconds: now - 60, atSeconds: now, serverAtSeconds: now };

/** Scrapes every 15 s, the last one 5 s ago, from before the window on. */
export const scrapes: readonly number[] = Array.from({ length: 60 }, (_, index) => now - 5 - 15 * (59 - index));

/** A counter of the world, by the time. `undefined` where it does not exist. */
export interface WorldCounter {
    readonly name: string;
    readonly labels: SeriesLabels;
    readonly at: (seconds: number) => number | undefined;
}

/** An instance of the gateway with its counters. */
export interface WorldInstance {
    readonly instance: string;
    readonly job?: string;
    readonly counters: readonly WorldCounter[];
    /** @default {@link scrapes} */
    readonly scrapedAt?: readonly number[];
    /** Whether a scrape went well. @default always */
    readonly up?: (at: number) => boolean;
}

/** Series of all instances, as Prometheus would store them. */
export function storedSeries(instances: readonly WorldInstance[]): readonly SampledSeries[] {
    return instances.flatMap(({ instance, job = "gateway", counters, scrapedAt = scrapes, up = () => true }) => {
        const source = { instance, job };
        const found = counters.map(({ name, labels, at }) => ({
            labels: { __name__: name, ...source, ...labels },
            samples: scrapedAt.flatMap((moment) => {
                const value = up(moment) ? at(moment) : undefined;
                return value === undefined ? [] : [{ atSeconds: moment, value }];
            }),
        }));
        return [...found, { labels: { __name__: "up", ...source }, samples: scrapedAt.map((moment) => ({ atSeconds: moment, value: up(moment) ? 1 : 0 })) }];
    });
}

/** A Prometheus that evaluates the expressions of the gateway's view over a world, and nothing else. */
export class GatewayWorld implements GatewayReader {
    readonly queries: string[] = [];
    readonly #stored: readonly SampledSeries[];
    failure: string | undefined;

    constructor(instances: readonly WorldInstance[]) {
        this.#stored = storedSeries(instances);
    }

    readonly samples: GatewayReader["samples"] = (expression, atSeconds) => {
        this.queries.push(expression);
        const { selector = "", ms = "" } = /^(?<selector>.*)\[(?<ms>\d+)ms\]$/.exec(expression)?.groups ?? {};
        return this.#orFailure(
            this.#selected(selector)
                .map(({ labels, samples }) => ({
                    labels,
                    samples: samples.filter(({ atSeconds: at }) => at > atSeconds - Number(ms) / 1_000 && at <= atSeconds),
                }))
                .filter(({ samples }) => samples.length > 0),
        );
    };

    readonly vector: GatewayReader["vector"] = (expression, atSeconds = now) => {
        this.queries.push(expression);
        const parts = [...expression.matchAll(/label_replace\(sum by \(([^)]*)\) \(([^@]*) @ ([\d.]+)\), "counter", "(\w+)", "", ""\)/g)];
        return this.#orFailure(
            parts.flatMap(([, by = "", selector = "", moment = "", counter = ""]) => {
                const kept = by.split(", ");
                const sums = new Map<string, { labels: SeriesLabels; value: number }>();
                for (const { labels, samples } of this.#selected(selector)) {
                    const sample = samples.findLast(({ atSeconds: at }) => at <= Number(moment) && at > Number(moment) - 300);
                    if (sample !== undefined && !this.#wasGone(labels, sample.atSeconds, Number(moment))) {
                        const own = Object.fromEntries(kept.flatMap((label) => (labels[label] === undefined ? [] : [[label, labels[label]]])));
                        const key = JSON.stringify(own);
                        sums.set(key, { labels: { ...own, counter }, value: (sums.get(key)?.value ?? 0) + sample.value });
                    }
                }
                return [...sums.values()].map(({ labels, value }) => ({ labels, value, atSeconds }));
            }),
        );
    };

    /** Prometheus marks a series as stale at the first scrape that does not show it. */
    #wasGone({ instance, job }: SeriesLabels, from: number, to: number): boolean {
        const up = this.#stored.find(({ labels }) => labels.__name__ === "up" && labels.instance === instance && labels.job === job);
        return up?.samples.some(({ atSeconds }) => atSeconds > from && atSeconds <= to) === true;
    }

    #selected(selector: string): readonly SampledSeries[] {
        const { name = "", matchers = "" } = /^(?<name>\w+)\{(?<matchers>.*)\}$/.exec(selector)?.groups ?? {};
        const conditions = [...matchers.matchAll(/(\w+)(=~|=)("(?:[^"\\]|\\.)*")/g)].map(([, label = "", operator, quoted = '""']) => {
            const value = String(JSON.parse(quoted));
            return (labels: SeriesLabels) => (operator === "=" ? labels[label] === value : new RegExp(`^(?:${value})$`).test(labels[label] ?? ""));
        });
        return this.#stored.filter(({ labels }) => labels.__name__ === name && conditions.every((holds) => holds(labels)));
    }

    #orFailure<T>(value: T): Promise<Observation<T>> {
        return Promise.resolve(this.failure === undefined ? { kind: "observed", value } : { kind: "missing", reason: this.failure });
    }
}

/** The views of the revisions v1 and v2, as a gateway of this kind gives them. */
export async function viewsOf(
    gateway: GatewayStatistics | undefined,
    instances: readonly WorldInstance[] | GatewayWorld,
    revisions: readonly string[] = ["v1", "v2"],
): Promise<Readonly<Record<string, GatewayView & { readonly kind: "seen" }>>> {
    const world = instances instanceof GatewayWorld ? instances : new GatewayWorld(instances);
    const { views } = await gatewayViews(world, { namespace: "nova-test", service: "video-ranking", revisions, scrapeIntervalSeconds: 15, gateway }, window);
    return Object.fromEntries(
        [...views].map(([revision, view]) => {
            if (view.kind === "waived") {
                throw new Error(`it is waived: ${view.reason}`);
            }
            return [revision, view];
        }),
    );
}
