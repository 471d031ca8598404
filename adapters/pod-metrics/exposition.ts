/** One sample of the text format. */
export interface ExposedSample {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly value: number;
}

const sampleLine = /^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(?<labels>.*)\})?[ \t]+(?<value>\S+)(?:[ \t]+-?\d+)?[ \t]*$/s;
const label = /[ \t]*(?<name>[a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*"(?<value>(?:[^"\\]|\\["\\n])*)"[ \t]*(?:,|$)[ \t]*/y;

/**
 * Reads Prometheus' text format, strictly, as Prometheus does: one bad line, and nothing of the answer counts.
 *
 * The readers on npm have not been kept for years and skip what they don't understand: half an answer would pass for a whole one.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
 * @throws when a line is no sample, or when the text doesn't end in a line feed: it was cut off.
 */
export function readExposition(text: string): readonly ExposedSample[] {
    if (!text.endsWith("\n")) {
        throw new Error("the metrics end in the middle of a line");
    }
    return text.split("\n").flatMap((line, index) => (line.trim() === "" || line.startsWith("#") ? [] : [sampleOf(line, index + 1)]));
}

function sampleOf(line: string, number: number): ExposedSample {
    const { name, labels = "", value } = sampleLine.exec(line)?.groups ?? {};
    if (name === undefined || value === undefined) {
        throw new Error(`line ${String(number)} of the metrics is no sample: ${line.slice(0, 100)}`);
    }
    return { name, labels: labelsOf(labels, number), value: numberOf(value, number) };
}

function labelsOf(text: string, number: number): Readonly<Record<string, string>> {
    const labels: Record<string, string> = {};
    label.lastIndex = 0;
    while (label.lastIndex < text.length) {
        const { name, value } = label.exec(text)?.groups ?? {};
        if (name === undefined || value === undefined || Object.hasOwn(labels, name)) {
            throw new Error(`line ${String(number)} of the metrics has labels that can't be read: ${text.slice(0, 100)}`);
        }
        labels[name] = value.replaceAll(/\\(["\\n])/g, (_, escaped: string) => (escaped === "n" ? "\n" : escaped));
    }
    return labels;
}

function numberOf(text: string, number: number): number {
    const infinity = /^(?<sign>[+-]?)inf(?:inity)?$/i.exec(text);
    if (infinity !== null) {
        return infinity.groups?.sign === "-" ? -Infinity : Infinity;
    }
    if (/^nan$/i.test(text)) {
        return NaN;
    }
    if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i.test(text)) {
        throw new Error(`line ${String(number)} of the metrics has the value ${text.slice(0, 100)}, which is no number`);
    }
    return Number(text);
}
