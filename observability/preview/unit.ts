/** How values are written: each is multiplied by `factor`, and `suffix` stands behind it. */
export interface Scale {
    readonly factor: number;
    readonly suffix: string;
}

/** How values of a unit of Grafana are written where `highest` is the greatest of them. A unit that is not known here is written as it is, without a word. */
export function scaleOf(unit: string, highest: number): Scale {
    switch (unit) {
        case "percentunit":
            return { factor: 100, suffix: " %" };
        case "percent":
            return { factor: 1, suffix: " %" };
        case "s":
            return highest >= 1 || highest === 0 ? { factor: 1, suffix: " s" } : { factor: 1_000, suffix: " ms" };
        case "bytes":
            return highest >= 2 ** 30 ? { factor: 2 ** -30, suffix: " GiB" } : { factor: 2 ** -20, suffix: " MiB" };
        case "reqps":
            return { factor: 1, suffix: " req/s" };
        case "ops":
        case "cps":
            return { factor: 1, suffix: " /s" };
        default:
            return { factor: 1, suffix: "" };
    }
}

/** A value as people read it, to three figures. */
export function shown(value: number, { factor, suffix }: Scale): string {
    const scaled = value * factor;
    return `${Math.abs(scaled) >= 100 ? scaled.toFixed(0) : String(Number(scaled.toPrecision(3)))}${suffix}`;
}
