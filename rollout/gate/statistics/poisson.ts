/**
 * The mean that a Poisson count must have to reach `count` with probability `power`: how much has to be expected so that so many are seen nearly always.
 *
 * @param count a whole number from 1.
 * @param power above 0 and below 1.
 */
export function meanThatReaches(count: number, power: number): number {
    let [low, high] = [0, count];
    while (probabilityOfAtLeast(count, high) < power) {
        high *= 2;
    }
    while (high - low > 1e-6 * high) {
        const middle = (low + high) / 2;
        if (probabilityOfAtLeast(count, middle) < power) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return high;
}

/** Probability that a Poisson count of this mean is at least `count`. */
export function probabilityOfAtLeast(count: number, mean: number): number {
    let logTerm = -mean;
    let fewer = 0;
    for (let index = 0; index < count; index += 1) {
        fewer += Math.exp(logTerm);
        logTerm += Math.log(mean / (index + 1));
    }
    return 1 - fewer;
}
