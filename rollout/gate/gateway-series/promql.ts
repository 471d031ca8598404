/** A condition on a label: a value it has, or another comparison. */
export type Matcher = string | { readonly operator: "!=" | "=~" | "!~"; readonly value: string };

/** Conditions by label; several on one label must all hold. */
export type Matchers = Readonly<Record<string, Matcher | readonly [Matcher, ...Matcher[]]>>;

/** The label has another value, or none. */
export function not(value: string): Matcher {
    return { operator: "!=", value };
}

/** The whole value matches a regular expression (RE2, anchored at both ends). */
export function like(value: string): Matcher {
    return { operator: "=~", value };
}

/** The whole value does not match a regular expression. */
export function unlike(value: string): Matcher {
    return { operator: "!~", value };
}

/**
 * A PromQL selector: `http_requests_total{code=~"5..",service="shop"}`, with a window `[5m]` behind it where one is given.
 *
 * @see https://prometheus.io/docs/prometheus/latest/querying/basics/#time-series-selectors
 */
export function select(metric: string, matchers: Matchers, windowSeconds?: number): string {
    const conditions = Object.entries(matchers).flatMap(([label, condition]) => [condition].flat().map((matcher) => `${label}${written(matcher)}`));
    return `${metric}${conditions.length === 0 ? "" : `{${conditions.join(",")}}`}${windowSeconds === undefined ? "" : `[${duration(windowSeconds)}]`}`;
}

/** A duration as Prometheus writes it, in the largest unit that divides it: `90s`, `5m`, `6h`, `3d`. @throws {RangeError} unless it is a whole number from 0. */
export function duration(seconds: number): string {
    if (!Number.isInteger(seconds) || seconds < 0) {
        throw new RangeError(`${String(seconds)} seconds are no duration: use a whole number from 0`);
    }
    const unit = units.find(({ size }) => seconds > 0 && seconds % size === 0);
    return unit === undefined ? `${String(seconds)}s` : `${String(seconds / unit.size)}${unit.name}`;
}

/** Minutes as seconds. */
export function minutes(count: number): number {
    return count * 60;
}

/** Hours as seconds. */
export function hours(count: number): number {
    return minutes(count * 60);
}

/** Days as seconds. */
export function days(count: number): number {
    return hours(count * 24);
}

/** A number as PromQL and people read it: no trailing digits of binary fractions, no exponent. */
export function number(value: number): string {
    return String(Number(value.toPrecision(12)));
}

/** A ratio as people read it: 0.005 is `0.5 %`. */
export function percent(ratio: number): string {
    return `${number(ratio * 100)} %`;
}

/** A duration in words: 300 is `5 minutes`. */
export function inWords(seconds: number): string {
    const unit = wordUnits.find(({ size }) => seconds >= size && seconds % size === 0) ?? { size: 1, name: "second" };
    const count = seconds / unit.size;
    return `${number(count)} ${unit.name}${count === 1 ? "" : "s"}`;
}

const units = [
    { name: "d", size: 86_400 },
    { name: "h", size: 3_600 },
    { name: "m", size: 60 },
] as const;

const wordUnits = [
    { name: "day", size: 86_400 },
    { name: "hour", size: 3_600 },
    { name: "minute", size: 60 },
] as const;

function written(matcher: Matcher): string {
    return typeof matcher === "string" ? `=${JSON.stringify(matcher)}` : `${matcher.operator}${JSON.stringify(matcher.value)}`;
}
