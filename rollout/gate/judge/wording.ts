/** A ratio as people read it: `0.42 %`. */
export function percent(ratio: number): string {
    return `${String(Number((ratio * 100).toPrecision(3)))} %`;
}

/** A number as people read it: `5,210`. */
export function amount(value: number): string {
    return value.toLocaleString("en-US", { maximumFractionDigits: value < 10 ? 1 : 0 });
}

/** A time in seconds as people read it: `400 ms`, `2.5 s`. */
export function duration(seconds: number): string {
    return seconds < 1 ? `${amount(seconds * 1_000)} ms` : `${amount(seconds)} s`;
}

/** Bytes as people read them: `212.4 Mi`. */
export function mebibytes(bytes: number): string {
    return `${(bytes / 2 ** 20).toFixed(1)} Mi`;
}

/** A number of things as people read it: `1 pod`, `3 pods`. */
export function several(count: number, noun: string): string {
    return `${amount(count)} ${noun}${count === 1 ? "" : "s"}`;
}
