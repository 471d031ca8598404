import type { Criterion } from "../criterion.ts";
import type { Evidence, MemorySeries, Observation } from "../evidence.ts";
import { trendOf } from "../statistics/trend.ts";
import { type JudgeFinding, breached, kept, unproven, unseen } from "./finding.ts";
import type { JudgeLimits } from "./limits.ts";
import { areAmounts, observed } from "./subject.ts";
import { mebibytes } from "./wording.ts";

/** Samples of each pod that a trend needs. Half of them are looked at. */
export const fewestTrendSamples = 20;

/**
 * Score above which a trend is shown: four standard deviations, which a series without a trend reaches once in 30,000 looks. So far out as a gate looks at
 * several pods, and more than once.
 */
const shownScore = 4;

/** Growth over the samples that are looked at, in bytes, that is too little to be called steady: a process asks for memory in pages and heaps in arenas. */
const noticedBytes = 2 ** 20;

/** Judges the fullest pod: the highest sample within the window. */
export function judgeMemory(criterion: Criterion, below: number, evidence: Evidence): JudgeFinding {
    const series = seriesOf(criterion, evidence);
    if (series.kind === "missing") {
        return unseen(series.reason);
    }
    const fullest = series.value
        .map(({ pod, samples }) => ({ pod, bytes: Math.max(...samples.map(({ bytes }) => bytes)) }))
        .reduce((highest, one) => (one.bytes > highest.bytes ? one : highest));
    const figures = { value: fullest.bytes, bound: below, samples: fewestSamples(series.value), neededSamples: 1 };
    const text = `${mebibytes(fullest.bytes)} in ${fullest.pod}, bound ${mebibytes(below)}`;
    return fullest.bytes < below ? kept({ ...figures, text }) : breached(criterion.onBreach, { ...figures, text });
}

/**
 * Judges whether a pod's memory grows steadily, over the second half of its samples: in the first, a process that has just started fills its caches.
 *
 * A breach is a trend that is shown, and is steeper than the bound. Not shown is a pass once there are samples enough, so a slow leak passes a short step:
 * the longer windows at 100 % and of the checkpoints are there for it. An hour is one of the plan, which a lab shortens.
 */
export function judgeMemoryGrowth(criterion: Criterion, below: number, evidence: Evidence, { timeScale }: JudgeLimits): JudgeFinding {
    const series = seriesOf(criterion, evidence);
    if (series.kind === "missing") {
        return unseen(series.reason);
    }
    const growths = series.value.map(({ pod, samples }) => {
        const half = samples.slice(Math.floor(samples.length / 2)).map(({ atSeconds, bytes }) => ({ atSeconds, value: bytes }));
        const { slopePerSecond, score } = trendOf(half);
        const seconds = (half.at(-1)?.atSeconds ?? 0) - (half[0]?.atSeconds ?? 0);
        return { pod, perHour: slopePerSecond * 3_600 * timeScale, shown: score >= shownScore && slopePerSecond * seconds >= noticedBytes };
    });
    const steepest = growths.reduce((highest, one) => (one.perHour > highest.perHour ? one : highest));
    const leaking = growths.filter(({ shown, perHour }) => shown && perHour >= below);
    const samples = fewestSamples(series.value);
    const figures = { value: steepest.perHour, bound: below, samples, neededSamples: fewestTrendSamples };
    const bound = `bound ${mebibytes(below)} an hour`;
    const [leak] = leaking.toSorted((left, right) => right.perHour - left.perHour);
    if (leak !== undefined) {
        return breached(criterion.onBreach, { ...figures, text: `${leak.pod} grows by ${mebibytes(leak.perHour)} an hour, ${bound}` });
    }
    return samples >= fewestTrendSamples
        ? kept({ ...figures, text: `no pod shown to grow: steepest ${steepest.pod} with ${mebibytes(steepest.perHour)} an hour, ${bound}` })
        : unproven({
              ...figures,
              text: `${String(samples)} samples of a pod are too few for a trend: ${String(fewestTrendSamples - samples)} more are needed`,
          });
}

/** The series of every pod of the subject: at least one, and each with numbers in the order of time. */
function seriesOf({ subject }: Criterion, evidence: Evidence): Observation<readonly MemorySeries[]> {
    const all = observed(subject, evidence, (revision) => revision.memory);
    if (all.kind === "missing") {
        return all;
    }
    const series = all.value.flat();
    if (series.length === 0) {
        return { kind: "missing", reason: "no pod shows its memory" };
    }
    const pods = observed(subject, evidence, (revision) => revision.pods);
    const ready = pods.kind === "missing" ? [] : pods.value.flat().filter((pod) => pod.ready);
    const silent = ready.find(({ name }) => !series.some(({ pod }) => pod === name));
    if (silent !== undefined) {
        return { kind: "missing", reason: `ready pod ${silent.name} shows no memory` };
    }
    const faulty = series.find(
        ({ samples }) =>
            samples.length === 0 ||
            !areAmounts(samples.map(({ bytes }) => bytes)) ||
            !samples.every(({ atSeconds }, index) => atSeconds > (samples[index - 1]?.atSeconds ?? Number.NEGATIVE_INFINITY)),
    );
    return faulty === undefined
        ? { kind: "observed", value: series }
        : { kind: "missing", reason: `the memory of pod ${faulty.pod} is no series of numbers in the order of time` };
}

function fewestSamples(series: readonly MemorySeries[]): number {
    return Math.min(...series.map(({ samples }) => samples.length));
}
