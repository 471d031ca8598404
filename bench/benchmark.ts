/** One figure of a benchmark, with what it is held against in the same run. */
export interface Figure {
    /** What was measured, in words. */
    readonly name: string;
    /** Median over the samples, unless the name says another statistic. */
    readonly value: number;
    readonly unit: "s" | "ms" | "%" | "count";
    readonly samples: readonly number[];
    /** Measured beside it on the same machine, so that the ratio means the same on another. */
    readonly reference?: { readonly name: string; readonly value: number };
    /** The ratio to the reference must not be above this. If omitted, it is for information. */
    readonly highestRatio?: number;
    /** The value itself must not be above this: for what an aim fixes in seconds or as a count. If omitted, it is for information. */
    readonly highestValue?: number;
}

/** What people may ask of a benchmark. Each reads what it knows, and leaves the rest alone. */
export interface BenchmarkOptions {
    /** How often to measure. @default the benchmark's own */
    readonly runs?: number;
    /** Healthy releases to watch for false rollbacks. @default the benchmark's own */
    readonly healthy?: number;
    /** The only scrape interval at which healthy releases are watched, in seconds. @default all of the benchmark's */
    readonly scrapes?: number;
    /** Whether Flagger is measured beside. @default true */
    readonly flagger?: boolean;
}

/** A benchmark: `npm run bench -- NAME`. */
export interface Benchmark {
    readonly name: string;
    /** One sentence for the list of benchmarks. */
    readonly description: string;
    /**
     * Measures.
     *
     * @param say called with one line at a time, for progress.
     */
    readonly run: (say: (line: string) => void, options: BenchmarkOptions) => Promise<readonly Figure[]>;
}

/** Ratio of a figure to its reference; undefined without one. */
export function ratioOf({ value, reference }: Figure): number | undefined {
    return reference === undefined ? undefined : value / reference.value;
}

/** Whether a figure keeps its aims. True for one without an aim; false where the value, or a ratio with an aim, is no number. */
export function keepsAim(figure: Figure): boolean {
    const { value, highestRatio, highestValue } = figure;
    const ratioKept = highestRatio === undefined || (ratioOf(figure) ?? Number.NaN) <= highestRatio;
    return ratioKept && (highestValue === undefined || value <= highestValue);
}

/** The middle of the samples; of an even number, the mean of the middle two. @throws {RangeError} without samples. */
export function median(samples: readonly number[]): number {
    const sorted = samples.toSorted((left, right) => left - right);
    const [lower, upper] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]];
    if (lower === undefined || upper === undefined) {
        throw new RangeError("no samples: a median needs at least one");
    }
    return (lower + upper) / 2;
}

/** The smallest sample that at least `share` of all are not above: the nearest-rank quantile. @throws {RangeError} without samples. */
export function quantile(samples: readonly number[], share: number): number {
    const sorted = samples.toSorted((left, right) => left - right);
    const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
    if (value === undefined) {
        throw new RangeError("no samples: a quantile needs at least one");
    }
    return value;
}
