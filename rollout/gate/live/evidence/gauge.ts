import type { MemorySeries, Observation, RevisionEvidence } from "../../evidence.ts";
import type { PodSeries } from "../../pod-series.ts";
import { nameOf } from "../prometheus/answer.ts";
import type { Sample, SampledSeries, SeriesValue } from "../prometheus/series.ts";

/** Most samples that are kept of one pod's memory: the ledger keeps evidence for good, and a test of a trend compares each sample with each other. */
const memorySamplesAtMost = 60;

/**
 * Memory of the revision's pods. Of more than {@link memorySamplesAtMost} samples, the highest of each of as many equal spans of time is kept, so the peak stays.
 *
 * @param pods pods that were scraped: each must show its memory.
 */
export function memoryOf(metric: string, series: readonly SampledSeries[], pods: readonly string[]): Observation<readonly MemorySeries[]> {
    const byPod = Map.groupBy(series, ({ labels }) => labels.pod ?? "");
    const found: MemorySeries[] = [];
    for (const pod of pods) {
        const samples = (byPod.get(pod) ?? []).flatMap((one) => one.samples).toSorted((a, b) => a.atSeconds - b.atSeconds);
        if (samples.length === 0) {
            return { kind: "missing", reason: `pod ${pod} shows no ${metric}` };
        }
        const negative = samples.find(({ value }) => value < 0);
        if (negative !== undefined) {
            return { kind: "missing", reason: `the memory of pod ${pod} is ${String(negative.value)} bytes` };
        }
        found.push({ pod, samples: thinned(samples).map(({ atSeconds, value }) => ({ atSeconds, bytes: value })) });
    }
    return { kind: "observed", value: found };
}

function thinned(samples: readonly Sample[]): readonly Sample[] {
    const [first, last] = [samples[0], samples.at(-1)];
    if (first === undefined || last === undefined || samples.length <= memorySamplesAtMost) {
        return samples;
    }
    const spanSeconds = (last.atSeconds - first.atSeconds) / memorySamplesAtMost;
    const spans = Map.groupBy(samples, ({ atSeconds }) => Math.min(memorySamplesAtMost - 1, Math.floor((atSeconds - first.atSeconds) / spanSeconds)));
    return [...spans.values()].flatMap((span) => span.reduce((highest, sample) => (sample.value > highest.value ? sample : highest)));
}

/** The connection pool of the pod that used most of it on average over the window. @param pods pods that were scraped: each must show its pool. */
export function poolOf(
    { connections, maximum, waiting: waitingName }: NonNullable<PodSeries["databasePool"]>,
    gauges: Observation<readonly SeriesValue[]>,
    pods: readonly string[],
): RevisionEvidence["databasePool"] {
    if (gauges.kind === "missing") {
        return gauges;
    }
    const byPod = Map.groupBy(gauges.value, ({ labels }) => labels.pod ?? "");
    let fullest: { readonly inUse: number; readonly size: number; readonly waiting: number } | undefined;
    for (const pod of pods) {
        const own = byPod.get(pod) ?? [];
        const twice = own.find(({ labels }, index) => own.findIndex((other) => other.labels.gauge === labels.gauge) < index);
        if (twice !== undefined) {
            return { kind: "missing", reason: `pod ${pod} shows its pool more than once: ${nameOf(twice.labels)}` };
        }
        const [inUse, size, waiting] = ["in_use", "size", "waiting"].map((gauge) => own.find(({ labels }) => labels.gauge === gauge)?.value);
        if (inUse === undefined || size === undefined || waiting === undefined) {
            return {
                kind: "missing",
                reason: `pod ${pod} does not show all of ${connections}, ${maximum} and ${waitingName}`,
            };
        }
        if (inUse < 0 || waiting < 0 || size <= 0) {
            return {
                kind: "missing",
                reason: `the pool of pod ${pod} has ${String(inUse)} of ${String(size)} connections in use and ${String(waiting)} waiting requests`,
            };
        }
        if (fullest === undefined || inUse / size > fullest.inUse / fullest.size) {
            fullest = { inUse, size, waiting };
        }
    }
    return fullest === undefined ? { kind: "missing", reason: "no pod was scraped" } : { kind: "observed", value: fullest };
}
