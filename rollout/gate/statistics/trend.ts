/** One sample of a series. */
export interface Sample {
    readonly atSeconds: number;
    readonly value: number;
}

/** What a trend test finds. */
export interface Trend {
    /** Median of the slopes between all pairs of samples, a second. Theil 1950, Sen 1968: a burst or a collected heap moves it little. */
    readonly slopePerSecond: number;
    /**
     * How many standard deviations the number of rising pairs is above that of a series without a trend: Mann 1945, Kendall 1975, with the correction for
     * equal values. 0 for fewer than three samples.
     */
    readonly score: number;
}

/** Samples that a test looks at. A longer series is cut into so many groups, and each gives its median: pairs grow with the square. */
const mostSamples = 60;

/** The trend of a series, oldest sample first. Assumes no distribution; neighbours that are alike by themselves make the score too great. */
export function trendOf(samples: readonly Sample[]): Trend {
    const series = thinned(samples);
    const pairs = series.flatMap((earlier, index) => series.slice(index + 1).map((later) => ({ earlier, later })));
    const rising = pairs.reduce((sum, { earlier, later }) => sum + Math.sign(later.value - earlier.value), 0);
    const slopes = pairs
        .filter(({ earlier, later }) => later.atSeconds > earlier.atSeconds)
        .map(({ earlier, later }) => (later.value - earlier.value) / (later.atSeconds - earlier.atSeconds));
    const deviation = Math.sqrt(varianceWithoutTrend(series.map(({ value }) => value)));
    return {
        slopePerSecond: slopes.length === 0 ? 0 : medianOf(slopes),
        // The sum moves in steps, so it is taken one nearer to 0.
        score: deviation > 0 ? (Math.sign(rising) * Math.max(0, Math.abs(rising) - 1)) / deviation : 0,
    };
}

/** Variance of the sum of signs over all pairs, for a series without a trend. */
function varianceWithoutTrend(values: readonly number[]): number {
    const term = (size: number) => size * (size - 1) * (2 * size + 5);
    const ties = new Map<number, number>();
    for (const value of values) {
        ties.set(value, (ties.get(value) ?? 0) + 1);
    }
    return (term(values.length) - [...ties.values()].reduce((sum, size) => sum + term(size), 0)) / 18;
}

function thinned(samples: readonly Sample[]): readonly Sample[] {
    if (samples.length <= mostSamples) {
        return samples;
    }
    return Array.from({ length: mostSamples }, (_, index) => {
        const group = samples.slice(Math.floor((index * samples.length) / mostSamples), Math.floor(((index + 1) * samples.length) / mostSamples));
        return { atSeconds: medianOf(group.map(({ atSeconds }) => atSeconds)), value: medianOf(group.map(({ value }) => value)) };
    });
}

/** The middle value, or the mean of the middle two. NaN for none. */
function medianOf(values: readonly number[]): number {
    const sorted = values.toSorted((left, right) => left - right);
    const [lower = Number.NaN, upper = Number.NaN] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.floor(sorted.length / 2)]];
    return (lower + upper) / 2;
}
