import { defined } from "../../../defined.ts";
import type { Observation } from "../../../gate/evidence.ts";
import { type TimedReading, type TimedState, slowSeconds, timedSince } from "../../overdue.ts";
import type { NewCounts } from "../../sequential.ts";
import { testersAudience } from "../../../route/testers.ts";
import { type CounterReading, type Increment, incrementsOf } from "../../../gate/live/evidence/counting.ts";
import { type PodSeries, absenceOf, bucketsOf } from "../../../gate/pod-series.ts";
import { derived, latencyOf, statusCountsOf, valueOf } from "../../../gate/live/evidence/observation.ts";
import { isSameProcess } from "../../../gate/live/evidence/process.ts";
import type { ExposedSample } from "./exposition.ts";

/** When a page was read, in seconds, by a clock of this machine that only goes forward. */
export interface ReadingTime {
    readonly askedAtSeconds: number;
    readonly answeredAtSeconds: number;
}

/** What a process said when it was asked for its metrics. */
export interface ProcessLook extends ReadingTime {
    /** By the pod's clock, in seconds since the epoch. Absent where the service shows no such metric. */
    readonly startedAtSeconds?: number;
    readonly counters: CounterReading["counters"];
    /** Requests under way. Absent where the process doesn't show them. */
    readonly underWay?: number;
}

/** What is remembered of a process from one look to the next. */
export interface SeenProcess {
    readonly look: ProcessLook;
    readonly timed: TimedState;
}

/** Reads a page. @throws when it doesn't say when the process started, or a count is not a number. */
export function processLookOf(series: PodSeries, samples: readonly ExposedSample[], time: ReadingTime): ProcessLook {
    const startedAtSeconds = series.start === undefined ? undefined : startIn(series.start, samples);
    const counted = [series.requests, bucketsOf(series)];
    const ofUsers = ({ labels }: ExposedSample): boolean => series.testersLabel === undefined || labels[series.testersLabel] !== testersAudience;
    const counters = samples
        .filter((sample) => counted.includes(sample.name) && ofUsers(sample))
        .map(({ name, labels, value }) => ({ labels: { __name__: name, ...labels }, atSeconds: time.answeredAtSeconds, value }));
    const inFlight = samples.filter((sample) => sample.name === series.inFlight && ofUsers(sample));
    const broken = [...counters.map(({ labels, value }) => ({ name: labels.__name__, value })), ...inFlight].find(
        ({ value }) => !Number.isFinite(value) || value < 0,
    );
    if (broken !== undefined) {
        throw new Error(`its ${broken.name} is ${String(broken.value)}`);
    }
    const underWay = inFlight.reduce((sum, { value }) => sum + value, 0);
    return { ...time, counters, ...defined({ startedAtSeconds }), ...(inFlight.length === 0 ? {} : { underWay }) };
}

function startIn(start: string, samples: readonly ExposedSample[]): number {
    const starts = samples.filter(({ name }) => name === start);
    const startedAtSeconds = starts[0]?.value ?? NaN;
    if (starts.length !== 1 || !Number.isFinite(startedAtSeconds)) {
        throw new Error(`its metrics don't say when the process started (${start})`);
    }
    return startedAtSeconds;
}

/**
 * Requests that are new since the look before.
 *
 * A process is a new one, which began at 0, only when it says that it started at another time and a counter fell or went away as well: some client libraries
 * work the time out anew for each page, and one that jitters would count all requests of the process again. Of one that doesn't say when it started, counts flow
 * again from the second look on after a counter fell.
 */
export function countsSince(
    series: PodSeries,
    pod: string,
    before: SeenProcess,
    look: ProcessLook,
): { readonly counts: Observation<NewCounts>; readonly seen: SeenProcess } {
    const grown = grownSince(series, pod, before.look, look);
    const [started, startedBefore] = [look.startedAtSeconds, before.look.startedAtSeconds];
    const restarted = grown.kind === "missing" && started !== undefined && startedBefore !== undefined && !isSameProcess(startedBefore, started);
    const increments = restarted ? grownSince(series, pod, undefined, look) : grown;
    const timed = derived(() => {
        const reading = timedReadingOf(series, pod, look);
        // A new process began at 0, so all that it shows is new.
        return timedSince(restarted ? { readings: [], timed: 0, slow: 0 } : before.timed, reading);
    });
    const counts = derived(() => {
        const { total, failed } = valueOf(statusCountsOf(series, { kind: "observed", value: valueOf(increments) }));
        const { timed: newTimed, slow } = valueOf(timed);
        return { total, failed, timed: newTimed, slow };
    });
    return { counts, seen: counts.kind === "observed" && timed.kind === "observed" ? { look, timed: timed.value.state } : firstSeen(series, pod, look) };
}

/** The first look at a process: nothing to compare with. */
export function firstSeen(series: PodSeries, pod: string, look: ProcessLook): SeenProcess {
    return { look, timed: timedSince(undefined, timedReadingOf(series, pod, look)).state };
}

function grownSince(series: PodSeries, pod: string, before: ProcessLook | undefined, after: ProcessLook): Observation<readonly Increment[]> {
    const source = { revision: "?", pod, instance: pod, job: "?" };
    const reading = (look: ProcessLook): CounterReading => ({ source, atSeconds: look.answeredAtSeconds, counters: look.counters });
    const readings = [{ after: reading(after), ...(before === undefined ? {} : { before: reading(before) }) }];
    const buckets = incrementsOf(bucketsOf(series), readings, absenceOf(series));
    return buckets.kind === "missing" ? buckets : incrementsOf(series.requests, readings, absenceOf(series));
}

function timedReadingOf(series: PodSeries, pod: string, look: ProcessLook): TimedReading {
    const source = { revision: "?", pod, instance: pod, job: "?" };
    const all = incrementsOf(bucketsOf(series), [{ after: { source, atSeconds: look.answeredAtSeconds, counters: look.counters } }], absenceOf(series));
    const ended = all.kind === "observed" && all.value.length === 0 ? noneEnded : valueOf(latencyOf(series, all));
    if (!ended.boundsSeconds.includes(slowSeconds)) {
        throw new Error(`${bucketsOf(series)} has no bound at ${String(slowSeconds)} s`);
    }
    return {
        askedAtSeconds: look.askedAtSeconds,
        answeredAtSeconds: look.answeredAtSeconds,
        ended,
        timed: ended.counts.reduce((sum, count) => sum + count, 0),
        slow: ended.counts.reduce((sum, count, index) => sum + ((ended.boundsSeconds[index] ?? 0) > slowSeconds ? count : 0), 0),
        ...defined({ underWay: look.underWay }),
    };
}

/** A histogram that begins with the first request, before it. */
const noneEnded = { boundsSeconds: [slowSeconds, Infinity], counts: [0, 0] };
