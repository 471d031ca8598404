import { wordsOf } from "../../../words.ts";
import { type GatewayView, type Observation, type ScrapeState, unseenGateway } from "../../evidence.ts";
import { type CounterReading, type Increment, type ProcessReadings, incrementsOf } from "../evidence/counting.ts";
import { derived, valueOf } from "../evidence/observation.ts";
import type { MetricWindow } from "../evidence/window.ts";
import type { PrometheusClient } from "../prometheus.ts";
import { type ReadableGateway, gatewaySeries } from "./kinds.ts";
import { type GatewayTarget, type Life, livesOf, since } from "./life.ts";
import { countersExpression, markerExpression, selectorOf, upExpression } from "./promql.ts";
import type { GatewaySeries } from "./series.ts";
import type { SampledSeries } from "../prometheus/series.ts";
import type { GatewayStatistics } from "../../../settings/gateway-statistics.ts";

/** As much of Prometheus as a view is read with. */
export type GatewayReader = Pick<PrometheusClient, "samples" | "vector">;

/** Whose views are wanted, and where from. */
export interface GatewayScope {
    readonly namespace: string;
    readonly service: string;
    readonly revisions: readonly string[];
    readonly scrapeIntervalSeconds: number;
    /** If omitted, every view is missing, and says which key to set. */
    readonly gateway?: GatewayStatistics | undefined;
}

/** What the gateway shows. */
export interface GatewayLook {
    /** By revision. */
    readonly views: ReadonlyMap<string, GatewayView>;
    /** Since when it is seen, in seconds since the epoch by Prometheus' clock. Infinity where it is not. */
    readonly coveredFromSeconds: number;
}

/**
 * What users got from each revision, by the gateway's own statistics. Never throws: what can't be seen is `missing` with its reason.
 *
 * Counts are exact between the scrapes of each instance of the gateway within the window, as those of pods are. A backend that the gateway doesn't know, while it
 * knows the other revision's, got nothing. When it knows neither, the names are wrong or the gateway isn't scraped, and both are missing.
 */
export async function gatewayViews(prometheus: GatewayReader, scope: GatewayScope, window: MetricWindow): Promise<GatewayLook> {
    const { gateway, revisions } = scope;
    const all = (view: GatewayView): GatewayLook => ({ views: new Map(revisions.map((revision) => [revision, view])), coveredFromSeconds: Infinity });
    if (gateway === undefined) {
        return all(unseenGateway("the stack names no gateway: set metrics.gateway"));
    }
    if (gateway.kind === "none") {
        return all({ kind: "waived", reason: gateway.reason });
    }
    try {
        return await readViews(prometheus, scope, gateway, window);
    } catch (error) {
        return all(unseenGateway(`the gateway: ${wordsOf(error)}`));
    }
}

async function readViews(
    prometheus: GatewayReader,
    { namespace, service, revisions, scrapeIntervalSeconds }: GatewayScope,
    gateway: ReadableGateway,
    window: MetricWindow,
): Promise<GatewayLook> {
    const windowSeconds = window.atSeconds - window.fromSeconds;
    const asked = revisions.map((revision) => ({ revision, series: gatewaySeries(gateway, { namespace, service, revision }) }));
    const marked = await Promise.all(
        asked.map(async ({ series }) => within(window, valueOf(await prometheus.samples(markerExpression(series, windowSeconds), window.atSeconds)))),
    );
    const found = marked.flat();
    if (found.length === 0) {
        const names = asked.map(({ series }) => selectorOf(series.marker)).join(" nor ");
        throw new Error(`Prometheus has neither ${names} within the window: see that it scrapes the gateway, and metrics.gateway`);
    }
    const targets = targetsOf(await prometheus.samples(upExpression(instancesIn(found), windowSeconds), window.atSeconds), found, window);
    const scrapes = derived(() => scrapeStateOf(targets, scrapeIntervalSeconds, window.atSeconds));
    const views = await Promise.all(
        asked.map(async ({ revision, series }, index): Promise<[string, GatewayView]> => {
            const lives = livesOf(revision, marked[index] ?? [], targets);
            const recent = lives.flatMap((life) => since(life, window.recentSeconds) ?? []);
            const [readings, recentReadings] = [await readLives(prometheus, series, lives, window), await readLives(prometheus, series, recent, window)];
            const counts = (from: Observation<readonly ProcessReadings[]>) => derived(() => series.requests(grownIn(valueOf(from))));
            return [
                revision,
                {
                    kind: "seen",
                    scrapes,
                    requests: counts(readings),
                    recentRequests: derived(() => valueOf(counts(recentReadings)).total),
                    latency: derived(() => series.latency(grownIn(valueOf(readings)))),
                },
            ];
        }),
    );
    return { views: new Map(views), coveredFromSeconds: Math.min(...targets.flatMap(({ upAtSeconds }) => upAtSeconds.slice(0, 1))) };
}

function within({ fromSeconds, atSeconds }: MetricWindow, series: readonly SampledSeries[]): readonly SampledSeries[] {
    return series
        .map(({ labels, samples }) => ({ labels, samples: samples.filter(({ atSeconds: at }) => at >= fromSeconds && at <= atSeconds) }))
        .filter(({ samples }) => samples.length > 0);
}

function instancesIn(series: readonly SampledSeries[]): readonly string[] {
    return [...new Set(series.map(({ labels: { instance = "" } }) => instance))];
}

function targetsOf(up: Observation<readonly SampledSeries[]>, marked: readonly SampledSeries[], window: MetricWindow): readonly GatewayTarget[] {
    const own = new Set(marked.map(({ labels: { instance = "", job = "" } }) => JSON.stringify([instance, job])));
    return within(window, valueOf(up)).flatMap(({ labels: { instance = "", job = "" }, samples }) =>
        own.has(JSON.stringify([instance, job]))
            ? [
                  {
                      instance,
                      job,
                      upAtSeconds: samples.filter(({ value }) => value === 1).map(({ atSeconds }) => atSeconds),
                      lastScrapeSeconds: samples.at(-1)?.atSeconds ?? -Infinity,
                  },
              ]
            : [],
    );
}

/** Scrapes that an instance may miss before it counts as gone, as one that was scaled away is: until then it is one that can't be seen. */
const missedScrapes = 3;

/** The instance that is furthest behind, of those that are still scraped. @throws {Error} when none is. */
function scrapeStateOf(targets: readonly GatewayTarget[], scrapeIntervalSeconds: number, atSeconds: number): ScrapeState {
    const present = targets.filter(({ lastScrapeSeconds }) => atSeconds - lastScrapeSeconds <= missedScrapes * scrapeIntervalSeconds);
    if (present.length === 0) {
        throw new Error("no instance of the gateway is scraped any more");
    }
    return {
        newestAgeSeconds: Math.round(Math.max(...present.map(({ upAtSeconds }) => atSeconds - (upAtSeconds.at(-1) ?? -Infinity))) * 1_000) / 1_000,
        fewestDistinct: Math.min(...present.map(({ upAtSeconds }) => new Set(upAtSeconds).size)),
        pods: present.length,
    };
}

async function readLives(
    prometheus: GatewayReader,
    series: GatewaySeries,
    lives: readonly Life[],
    { atSeconds: evaluatedAt }: MetricWindow,
): Promise<Observation<readonly ProcessReadings[]>> {
    const read = async ({ source }: Life, atSeconds: number | undefined): Promise<CounterReading> => {
        const moment = atSeconds ?? NaN;
        const counters = valueOf(await prometheus.vector(countersExpression(series, source, moment), evaluatedAt));
        return {
            source,
            atSeconds: moment,
            counters: counters.map(({ labels: { counter = "", ...labels }, ...sample }) => ({ ...sample, labels: { ...labels, __name__: counter } })),
        };
    };
    try {
        const readings = lives.map(async (life): Promise<ProcessReadings> => {
            const after = await read(life, life.scrapedAtSeconds.at(-1));
            return life.fromZero ? { after } : { before: await read(life, life.scrapedAtSeconds[0]), after };
        });
        return { kind: "observed", value: await Promise.all(readings) };
    } catch (error) {
        return { kind: "missing", reason: wordsOf(error) };
    }
}

/** What the counters of `readings` grew by. */
function grownIn(readings: readonly ProcessReadings[]): (counter: string) => readonly Increment[] {
    return (counter) => (readings.length === 0 ? [] : valueOf(incrementsOf(counter, readings, "none")));
}
