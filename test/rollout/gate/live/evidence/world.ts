import type { SampledSeries, SeriesLabels } from "../../../../../rollout/gate/live/prometheus/series.ts";

/** One series of the world, with the text of each sample as Prometheus would send it. */
export interface WorldSeries {
    readonly labels: SeriesLabels;
    readonly samples: readonly (readonly [atSeconds: number, value: string])[];
}

/** A process in a pod. Its counters grow at constant rates, so that what they counted between two moments is known. */
export interface WorldProcess {
    readonly pod: string;
    readonly revision: string;
    readonly startedAtSeconds: number;
    /** Moments at which it is scraped. */
    readonly scrapes: readonly number[];
    /** @default that of the pod */
    readonly instance?: string;
    /** @default `video-ranking` */
    readonly job?: string;
    /** Failed requests in each second, of {@link requestsPerSecond} in all. @default 1 */
    readonly failuresPerSecond?: number;
    /** All requests in each second. @default {@link requestsPerSecond} */
    readonly requestsPerSecond?: number;
}

/** Requests that a process answers each second: half from the cache in 40 ms, half past it in 280 ms. */
export const requestsPerSecond = 10;

/** The scope that the world is about. */
export const worldScope = { namespace: "nova-test", service: "video-ranking" } as const;

/** All series of a process, as the contract has them. */
export function seriesOf(process: WorldProcess): readonly WorldSeries[] {
    const { pod, revision, startedAtSeconds, scrapes, instance = `${pod}:9090`, job = worldScope.service, failuresPerSecond = 1 } = process;
    const rate = process.requestsPerSecond ?? requestsPerSecond;
    const source = { ...worldScope, revision, pod, instance, job };
    const counters: readonly (readonly [name: string, labels: SeriesLabels, perSecond: number])[] = [
        ["http_requests_total", { route: "feed", code: "200", cache: "hit" }, rate / 2],
        ["http_requests_total", { route: "search", code: "200", cache: "miss" }, rate / 2 - failuresPerSecond],
        ["http_requests_total", { route: "search", code: "503", cache: "miss" }, failuresPerSecond],
        ["http_requests_total", { route: "search", code: "404", cache: "none" }, 0],
        ...buckets("feed", "hit", 0.05, rate / 2),
        ...buckets("search", "miss", 0.3, rate / 2),
        ...buckets("search", "none", 0.05, 0),
        ["http_request_timeouts_total", { route: "feed" }, 0],
        ["http_request_timeouts_total", { route: "search" }, 1],
        ["cache_requests_total", { result: "hit" }, 5],
        ["cache_requests_total", { result: "miss" }, 4],
        ["cache_requests_total", { result: "error" }, 1],
        ["database_connection_errors_total", {}, 2],
        ["engagement_events_total", { result: "accepted" }, 3],
        ["engagement_events_total", { result: "recorded" }, 2],
        ["engagement_events_total", { result: "failed" }, 1],
        ["log_messages_total", { level: "info" }, 20],
        ["log_messages_total", { level: "critical" }, 1],
        ["process_cpu_seconds_total", {}, 0.25],
    ];
    const gauges: readonly (readonly [name: string, labels: SeriesLabels, value: (at: number) => number])[] = [
        ["process_start_time_seconds", {}, () => startedAtSeconds],
        ["process_resident_memory_bytes", {}, (at) => 100_000_000 + at - startedAtSeconds],
        ["database_pool_connections", { state: "in_use" }, () => 4],
        ["database_pool_connections", { state: "idle" }, () => 6],
        ["database_pool_connections_max", {}, () => 10],
        ["database_pool_waiting", {}, () => 0],
    ];
    return [...counters.map(([name, labels, perSecond]) => [name, labels, (at: number) => (at - startedAtSeconds) * perSecond] as const), ...gauges].map(
        ([name, labels, value]) => ({
            labels: { __name__: name, ...source, ...labels },
            samples: scrapes.map((at): [number, string] => [at, String(value(at))]),
        }),
    );
}

function buckets(route: string, cache: string, tookAtMost: number, perSecond: number): readonly (readonly [string, SeriesLabels, number])[] {
    return [0.05, 0.3, 1, Infinity].map((bound) => [
        "http_request_duration_seconds_bucket",
        { route, cache, le: bound === Infinity ? "+Inf" : String(bound) },
        bound >= tookAtMost ? perSecond : 0,
    ]);
}

/** Regular moments, the last one included. */
export function every(seconds: number, from: number, to: number): readonly number[] {
    return Array.from({ length: Math.floor((to - from) / seconds) + 1 }, (_, index) => from + index * seconds);
}

/** Series as the client gives them. */
export function sampled(series: readonly WorldSeries[]): readonly SampledSeries[] {
    return series.map(({ labels, samples }) => ({ labels, samples: samples.map(([atSeconds, value]) => ({ atSeconds, value: Number(value) })) }));
}
