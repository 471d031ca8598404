import { type Metric, type MetricSource, metrics } from "../metrics/index.ts";

/** What is known of a name in a query. */
export interface Known {
    readonly type: "counter" | "gauge";
    readonly labels: ReadonlySet<string>;
    /** Who shows it; undefined: a recording rule does. */
    readonly source?: MetricSource;
}

/** Names that queries may use. */
export type Vocabulary = ReadonlyMap<string, Known>;

/** The names of the metrics catalogue. A histogram stands for three counters, of which one has the label `le`. */
export function catalogueVocabulary(catalogue: readonly Metric[] = metrics): Vocabulary {
    return new Map(
        catalogue.flatMap(({ name, type, labels, source }): readonly (readonly [string, Known])[] => {
            if (type !== "histogram") {
                return [[name, { type, labels: new Set(labels), source }]];
            }
            const counter = (suffix: string, own: readonly string[]): readonly [string, Known] => [
                `${name}_${suffix}`,
                { type: "counter", labels: new Set([...labels, ...own]), source },
            ];
            return [counter("bucket", ["le"]), counter("count", []), counter("sum", [])];
        }),
    );
}

/** `vocabulary` with a recorded series. */
export function withRecorded(vocabulary: Vocabulary, record: string, labels: ReadonlySet<string>): Vocabulary {
    return new Map([...vocabulary, [record, { type: "gauge", labels }]]);
}
