/** One sample of a page of metrics. */
export interface ExposedSample {
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly value: number;
}

/** How a page is to be read: Prometheus' text format or OpenMetrics, and whether names may be quoted. */
export interface ExpositionFormat {
    readonly kind: "text" | "openmetrics";
    /** Names outside of `[a-zA-Z0-9_:]`, in quotes. */
    readonly quotedNames: boolean;
}

const quoted = String.raw`"(?:[^"\\]|\\.)*"`;
const labelSet = String.raw`\{(?:[^"{}]|${quoted})*\}`;
const sampleLine = new RegExp(
    String.raw`^(?<name>[a-zA-Z_:][a-zA-Z0-9_:]*)?(?<labels>${labelSet})?[ \t]+(?<value>[^\s#]+)(?:[ \t]+(?<time>[^\s#]+))?(?:[ \t]+#[ \t]*(?<exemplar>${labelSet})[ \t]+(?<exemplarValue>\S+)(?:[ \t]+(?<exemplarTime>\S+))?)?[ \t]*$`,
    "s",
);
const label = new RegExp(
    String.raw`[ \t]*(?<name>[a-zA-Z_][a-zA-Z0-9_]*|${quoted})[ \t]*(?:=[ \t]*"(?<value>(?:[^"\\]|\\["\\n])*)"[ \t]*)?(?:,|$)[ \t]*`,
    "sy",
);
const wholeMilliseconds = /^-?\d+$/;
const openMetricsComment = /^# (?:HELP|TYPE|UNIT) /;

/**
 * How the page of an answer is to be read, by its `content-type`.
 *
 * @throws when it is left out or means another format: what a page is isn't guessed, and Prometheus 3 doesn't either.
 */
export function formatOf(contentType: string | undefined): ExpositionFormat {
    const [media = "", ...parameters] = (contentType ?? "").split(";").map((part) => part.trim().toLowerCase());
    const parameter = (name: string) =>
        parameters
            .find((part) => part.startsWith(`${name}=`))
            ?.slice(name.length + 1)
            .replaceAll('"', "");
    const version = parameter("version");
    const quotedNames = parameter("escaping") === "allow-utf-8";
    if (media === "text/plain" && (version === undefined || version === "0.0.4" || version === "1.0.0")) {
        return { kind: "text", quotedNames };
    }
    if (media === "application/openmetrics-text" && (version === undefined || version === "0.0.1" || version === "1.0.0")) {
        return { kind: "openmetrics", quotedNames };
    }
    throw new Error(
        `the metrics are of the type ${contentType ?? "(no content-type)"}: the answer must say text/plain; version=0.0.4, or application/openmetrics-text; version=1.0.0`,
    );
}

/**
 * Reads Prometheus' text format or OpenMetrics, strictly, as Prometheus does: one bad line, and nothing of the page counts.
 *
 * Why there is no library here: of the readers on npm, parse-prometheus-text-format is from 2021, exposition and prom2javascript are older or were released a
 * few times only; none knows exemplars, and each skips the lines that it doesn't understand, so half a page would pass for a whole one.
 *
 * Exemplars are read in both formats, and if omitted, only OpenMetrics has them, but some libraries write them under the other's name, and nothing of a sample is
 * lost with one.
 *
 * @see https://prometheus.io/docs/instrumenting/exposition_formats/ and https://prometheus.io/docs/specs/om/open_metrics_spec/
 * @throws when a line is no sample, a series is there twice, or the page is not whole.
 */
export function readExposition(page: string, format: ExpositionFormat): readonly ExposedSample[] {
    const lines = linesOf(page, format);
    const seen = new Set<string>();
    return lines.flatMap((line, index) => {
        const number = index + 1;
        if (line.startsWith("#")) {
            if (format.kind === "openmetrics" && !openMetricsComment.test(line)) {
                throw new Error(`line ${String(number)} of the metrics is no comment of OpenMetrics: ${line.slice(0, 100)}`);
            }
            return [];
        }
        if (format.kind === "text" && line.trim() === "") {
            return [];
        }
        const sample = sampleOf(line, number, format);
        const series = JSON.stringify([sample.name, Object.entries(sample.labels).toSorted()]);
        if (seen.has(series)) {
            throw new Error(`line ${String(number)} of the metrics shows a series for the second time: ${line.slice(0, 100)}`);
        }
        seen.add(series);
        return [sample];
    });
}

/** Lines without what ends the page. Only OpenMetrics has a mark for its end: of the text format, a page that is cut at the end of a line looks whole. */
function linesOf(page: string, { kind }: ExpositionFormat): readonly string[] {
    if (kind === "openmetrics") {
        const lines = (page.endsWith("\n") ? page.slice(0, -1) : page).split("\n");
        if (lines.pop() !== "# EOF") {
            throw new Error("the metrics don't end in # EOF: they were cut off");
        }
        return lines;
    }
    if (!page.endsWith("\n")) {
        throw new Error("the metrics end in the middle of a line");
    }
    return page.slice(0, -1).split("\n");
}

function sampleOf(line: string, number: number, format: ExpositionFormat): ExposedSample {
    const groups = sampleLine.exec(line)?.groups ?? {};
    const { value, labels: set = "{}", exemplar, exemplarValue } = groups;
    const times = [groups.time, groups.exemplarTime].filter((time) => time !== undefined);
    if (value === undefined) {
        throw new Error(`line ${String(number)} of the metrics is no sample: ${line.slice(0, 100)}`);
    }
    const { name, labels } = labelsOf(set, number, format);
    const names = [groups.name, name].filter((one) => one !== undefined);
    const [only] = names;
    if (only === undefined || names.length > 1 || (format.kind === "text" && groups.time !== undefined && !wholeMilliseconds.test(groups.time))) {
        throw new Error(`line ${String(number)} of the metrics is no sample: ${line.slice(0, 100)}`);
    }
    for (const part of [exemplarValue, ...times]) {
        if (part !== undefined) {
            numberOf(part, number);
        }
    }
    if (exemplar !== undefined && labelsOf(exemplar, number, format).name !== undefined) {
        throw new Error(`line ${String(number)} of the metrics has an exemplar that can't be read: ${line.slice(0, 100)}`);
    }
    return { name: only, labels, value: numberOf(value, number) };
}

/** Labels between braces, and the name of the metric where it is one of them, in quotes. */
function labelsOf(
    set: string,
    number: number,
    { quotedNames }: ExpositionFormat,
): { readonly name?: string; readonly labels: Readonly<Record<string, string>> } {
    const text = set.slice(1, -1);
    const labels: Record<string, string> = {};
    const names: string[] = [];
    label.lastIndex = 0;
    while (label.lastIndex < text.length) {
        const first = label.lastIndex === 0;
        const { name, value } = label.exec(text)?.groups ?? {};
        const isQuoted = name?.startsWith('"') ?? false;
        const own = name === undefined ? undefined : isQuoted ? unescaped(name.slice(1, -1)) : name;
        const isName = own !== undefined && value === undefined;
        if (own === undefined || (isQuoted && !quotedNames) || (isName && !(isQuoted && first)) || Object.hasOwn(labels, own)) {
            throw new Error(`line ${String(number)} of the metrics has labels that can't be read: ${text.slice(0, 100)}`);
        }
        if (value === undefined) {
            names.push(own);
        } else {
            labels[own] = unescaped(value);
        }
    }
    const [name] = names;
    return name === undefined ? { labels } : { name, labels };
}

function unescaped(text: string): string {
    return text.replaceAll(/\\(["\\n])/g, (_, escaped: string) => (escaped === "n" ? "\n" : escaped));
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
