/** One figure of a benchmark, with what it is held against in the same run. */
export interface Figure {
    /** What was measured, in words. */
    readonly name: string;
    /** Median over the samples. */
    readonly value: number;
    readonly unit: "s" | "ms" | "%" | "count";
    readonly samples: readonly number[];
    /** Measured beside it on the same machine, so that the ratio means the same on another. */
    readonly reference?: { readonly name: string; readonly value: number };
    /** The ratio to the reference must not be above this. Left out: for information. */
    readonly highestRatio?: number;
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
    readonly run: (say: (line: string) => void) => Promise<readonly Figure[]>;
}

/** Ratio of a figure to its reference; undefined without one. */
export function ratioOf({ value, reference }: Figure): number | undefined {
    return reference === undefined ? undefined : value / reference.value;
}

/** Whether a figure keeps its aim. True for one without an aim; false where the ratio is no number. */
export function keepsAim(figure: Figure): boolean {
    return figure.highestRatio === undefined || (ratioOf(figure) ?? Number.NaN) <= figure.highestRatio;
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
