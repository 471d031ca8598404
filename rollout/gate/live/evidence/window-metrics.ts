import { defined } from "../../../defined.ts";
import type { MemorySeries, Observation, RevisionEvidence } from "../../evidence.ts";
import type { PrometheusClient } from "../prometheus.ts";
import { type CounterReading, type ProcessReadings, type ReadingPoint, pointsOf } from "./counting.ts";
import { memoryOf, poolOf } from "./gauge.ts";
import { type ScrapedProcess, processesOf } from "./process.ts";
import { type SeriesScope, poolExpression, processSelector, readingExpression, scrapedName, strayExpression } from "./promql.ts";
import { countedProcesses } from "./counted-process.ts";
import type { MetricWindow } from "./window.ts";
import type { SampledSeries, SeriesValue } from "../prometheus/series.ts";

/** What Prometheus has of one revision over the window. */
export interface RevisionMetrics {
    readonly window: MetricWindow;
    /** Processes that were scraped within the window. */
    readonly processes: readonly ScrapedProcess[];
    /** The counters of all of them. */
    readonly readings: Observation<readonly ProcessReadings[]>;
    /** The counters of those that were scraped within the end of the window, from `window.recentSeconds` on. */
    readonly recentReadings: Observation<readonly ProcessReadings[]>;
    readonly memory: Observation<readonly MemorySeries[]>;
    readonly databasePool: RevisionEvidence["databasePool"];
}

/** Sources in one question: an answer of 25 pods with all buckets has less than a megabyte. */
const sourcesInOneQuestion = 25;

/**
 * Asks for the metrics of all revisions over the window: in two rounds, and with about five questions however many revisions, pods and metrics there are.
 * What a question costs doesn't grow with the window, but for three series a pod that are read scrape by scrape.
 *
 * @returns one for each revision of `scope`; missing when something makes all of them unknown.
 */
export async function windowMetrics(
    prometheus: PrometheusClient,
    scope: SeriesScope,
    window: MetricWindow,
): Promise<Observation<ReadonlyMap<string, Observation<RevisionMetrics>>>> {
    const { fromSeconds, recentSeconds, atSeconds } = window;
    const { start, cpu, memory: memoryName, requests, databasePool } = scope.series;
    const windowSeconds = atSeconds - fromSeconds;
    const [sampled, stray, pool] = await Promise.all([
        prometheus.samples(processSelector(scope, windowSeconds), atSeconds),
        prometheus.vector(strayExpression(scope), atSeconds),
        databasePool === undefined ? notNamed("database pool") : prometheus.vector(poolExpression(scope, databasePool, windowSeconds), atSeconds),
    ]);
    if (sampled.kind === "missing") {
        return sampled;
    }
    if (stray.kind === "missing") {
        return stray;
    }
    if (stray.value.length > 0) {
        const { instance = "?", job = "?" } = stray.value[0]?.labels ?? {};
        return {
            kind: "missing",
            reason: `requests of the service without a revision, from instance ${instance} of job ${job}: the scrape must add the label revision`,
        };
    }
    const within = sampled.value
        .map(({ labels, samples }) => ({ labels, samples: samples.filter(({ atSeconds: at }) => at >= fromSeconds && at <= atSeconds) }))
        .filter(({ samples }) => samples.length > 0);
    const { processes, problems } =
        start === undefined
            ? countedProcesses(named(within, scrapedName), named(within, requests))
            : processesOf(named(within, start), cpu === undefined ? [] : named(within, cpu));
    const broken = new Map(problems.map(({ revision, reason }) => [revision, reason]));
    const sound = processes.filter(({ source }) => !broken.has(source.revision));
    const readings = await readAll(prometheus, scope, [...pointsFor(sound, fromSeconds), ...pointsFor(since(sound, recentSeconds), recentSeconds)], atSeconds);
    const entries = scope.revisions.map((revision): [string, Observation<RevisionMetrics>] => {
        const problem = broken.get(revision);
        const own = sound.filter(({ source }) => source.revision === revision);
        if (problem !== undefined || own.length === 0) {
            return [
                revision,
                { kind: "missing", reason: problem ?? `no pod of revision ${revision} was scraped in the ${windowSeconds.toFixed(0)} s of the window` },
            ];
        }
        const pods = [...new Set(own.map(({ source }) => source.pod))];
        const memory = memoryName === undefined ? [] : named(within, memoryName).filter(({ labels }) => labels.revision === revision);
        return [
            revision,
            {
                kind: "observed",
                value: {
                    window,
                    processes: own,
                    readings: readingsOf(own, readings, fromSeconds),
                    recentReadings: readingsOf(since(own, recentSeconds), readings, recentSeconds),
                    memory: memoryName === undefined ? notNamed("memory") : memoryOf(memoryName, memory, pods),
                    databasePool: databasePool === undefined ? notNamed("database pool") : poolOf(databasePool, pool, pods),
                },
            },
        ];
    });
    return { kind: "observed", value: new Map(entries) };
}

/** Something that the profile's metrics do not name. */
export function notNamed(what: string): { readonly kind: "missing"; readonly reason: string } {
    return { kind: "missing", reason: `the profile names no metric of its ${what}` };
}

function named(series: readonly SampledSeries[], name: string): readonly SampledSeries[] {
    return series.filter(({ labels }) => labels.__name__ === name);
}

/** Processes with those of their scrapes that are not older than `fromSeconds`. */
function since(processes: readonly ScrapedProcess[], fromSeconds: number): readonly ScrapedProcess[] {
    return processes
        .map((process) => ({ ...process, scrapedAtSeconds: process.scrapedAtSeconds.filter((at) => at >= fromSeconds) }))
        .filter(({ scrapedAtSeconds }) => scrapedAtSeconds.length > 0);
}

function pointsFor(processes: readonly ScrapedProcess[], fromSeconds: number): readonly ReadingPoint[] {
    return processes.map((process) => pointsOf(process, fromSeconds)).flatMap(({ before, after }) => (before === undefined ? [after] : [before, after]));
}

/** The readings at all points, each once, by {@link keyOf}. */
async function readAll(
    prometheus: PrometheusClient,
    scope: SeriesScope,
    wanted: readonly ReadingPoint[],
    atSeconds: number,
): Promise<Observation<ReadonlyMap<string, CounterReading>>> {
    const points = new Map(wanted.map((point) => [keyOf(point), point]));
    const answers = await Promise.all(
        questionsFor([...points.values()]).map(async (asked) => ({ asked, answer: await prometheus.vector(readingExpression(scope, asked), atSeconds) })),
    );
    const readings = new Map<string, CounterReading>();
    for (const { asked, answer } of answers) {
        if (answer.kind === "missing") {
            return answer;
        }
        const bySource = Map.groupBy(answer.value, ({ labels }) => sourceKey(labels));
        for (const point of asked) {
            const counters: readonly SeriesValue[] = bySource.get(sourceKey({ ...point.source })) ?? [];
            readings.set(keyOf(point), { ...point, counters });
        }
    }
    return { kind: "observed", value: readings };
}

/** Points in groups that one question answers: each source at most once in a group, since an answer doesn't say which time a value is from. */
function questionsFor(points: readonly ReadingPoint[]): readonly (readonly ReadingPoint[])[] {
    const questions: ReadingPoint[][] = [];
    const asked: Set<string>[] = [];
    for (const point of points) {
        const source = sourceKey({ ...point.source });
        const free = questions.findIndex((question, index) => question.length < sourcesInOneQuestion && asked[index]?.has(source) === false);
        if (free === -1) {
            questions.push([point]);
            asked.push(new Set([source]));
        } else {
            questions[free]?.push(point);
            asked[free]?.add(source);
        }
    }
    return questions;
}

function readingsOf(
    processes: readonly ScrapedProcess[],
    readings: Observation<ReadonlyMap<string, CounterReading>>,
    fromSeconds: number,
): Observation<readonly ProcessReadings[]> {
    if (readings.kind === "missing") {
        return readings;
    }
    const found: ProcessReadings[] = [];
    for (const process of processes) {
        const points = pointsOf(process, fromSeconds);
        const after = readings.value.get(keyOf(points.after));
        const before = points.before === undefined ? undefined : readings.value.get(keyOf(points.before));
        if (after === undefined || (points.before !== undefined && before === undefined)) {
            return { kind: "missing", reason: `the counters of pod ${process.source.pod} were not read` };
        }
        found.push({ after, ...defined({ before }) });
    }
    return { kind: "observed", value: found };
}

function sourceKey({ revision = "", pod = "", instance = "", job = "" }: Readonly<Record<string, string>>): string {
    return JSON.stringify([revision, pod, instance, job]);
}

function keyOf({ source, atSeconds }: ReadingPoint): string {
    return `${sourceKey({ ...source })}@${atSeconds.toFixed(3)}`;
}
