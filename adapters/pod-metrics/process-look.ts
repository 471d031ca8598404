import type { Observation } from "../../rollout/evidence.ts";
import { type CounterReading, incrementsOf } from "../evidence/counting.ts";
import { derived, latencyOf, metricNames, statusCountsOf, valueOf } from "../evidence/observation.ts";
import { isSameProcess } from "../evidence/process.ts";
import type { PodRequestCounts } from "../pod-metrics.ts";
import { readExposition } from "./exposition.ts";

/** What a process said when it was asked for its metrics. */
export interface ProcessLook {
    /** By the pod's clock, in seconds since the epoch. */
    readonly startedAtSeconds: number;
    /** By a clock of this machine that only goes forward, in seconds. */
    readonly atSeconds: number;
    readonly counters: CounterReading["counters"];
}

/** Above this, in seconds, an answer is slow: the checklist rolls back at a 95th percentile above 1000 ms. It is a bound of the histogram, so the count is exact. */
const slowSeconds = 1;

const countedNames: ReadonlySet<string> = new Set([metricNames.requests, metricNames.latencyBuckets]);

/** Reads an answer in the text format. @throws when it can't be read, or doesn't say when the process started. */
export function processLookOf(text: string, atSeconds: number): ProcessLook {
    const samples = readExposition(text);
    const starts = samples.filter(({ name }) => name === "process_start_time_seconds");
    const startedAtSeconds = starts[0]?.value ?? NaN;
    if (starts.length !== 1 || !Number.isFinite(startedAtSeconds)) {
        throw new Error("its metrics don't say when the process started (process_start_time_seconds)");
    }
    const counters = samples
        .filter(({ name }) => countedNames.has(name))
        .map(({ name, labels, value }) => ({ labels: { __name__: name, ...labels }, atSeconds, value }));
    const broken = counters.find(({ value }) => !Number.isFinite(value));
    if (broken !== undefined) {
        throw new Error(`its ${broken.labels.__name__} is ${String(broken.value)}`);
    }
    return { startedAtSeconds, atSeconds, counters };
}

/** Requests between two looks at a pod. A process that wasn't there at the first began at 0. */
export function countsBetween(pod: string, before: ProcessLook, after: ProcessLook): Observation<PodRequestCounts> {
    const source = { revision: "?", pod, instance: pod, job: "?" };
    const readings = [
        { after: { source, ...after }, ...(isSameProcess(before.startedAtSeconds, after.startedAtSeconds) ? { before: { source, ...before } } : {}) },
    ];
    return derived(() => {
        const { total, failed } = valueOf(statusCountsOf(incrementsOf(metricNames.requests, readings)));
        const { boundsSeconds, counts } = valueOf(latencyOf(incrementsOf(metricNames.latencyBuckets, readings)));
        if (!boundsSeconds.includes(slowSeconds)) {
            throw new Error(`${metricNames.latencyBuckets} has no bound at ${String(slowSeconds)} s`);
        }
        const slow = counts.filter((_, index) => (boundsSeconds[index] ?? 0) > slowSeconds).reduce((sum, count) => sum + count, 0);
        return { total, failed, slow, overSeconds: after.atSeconds - before.atSeconds };
    });
}
