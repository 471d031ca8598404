import { wordsOf } from "../../rollout/words.ts";
import { type Expression, childrenOf, parseExpression, within } from "./expression.ts";
import { type Shape, shapeOf } from "./inference.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** How often Prometheus scrapes the pods, in seconds: `metrics.scrapeIntervalSeconds` of the stack config has the same default. */
export const scrapeIntervalSeconds = 15;
/** Scrapes that a window needs, so that one or two lost ones leave something to count. https://prometheus.io/docs/practices/rules/ */
const fewestScrapes = 4;

/** Functions over a window that a counter needs. */
const counterFunctions: ReadonlySet<string> = new Set(["rate", "irate", "increase", "resets"]);
/** Functions over a window that ask for values which go up and down. */
const gaugeFunctions: ReadonlySet<string> = new Set(["deriv", "delta", "idelta", "predict_linear", "double_exponential_smoothing"]);
/** What only asks whether a series is there. */
const presence: ReadonlySet<string> = new Set(["absent", "absent_over_time", "present_over_time", "count", "group"]);

/** What the lint found, and what the query gives. */
export interface QueryReport {
    readonly problems: readonly string[];
    readonly shape: Shape;
}

/**
 * What is wrong with a query, by what the vocabulary says of its metrics: what Prometheus accepts and yet never answers.
 *
 * @param requirements labels that a selector must fix, by metric. @default {@link requiredConditions}
 */
export function checkQuery(text: string, vocabulary: Vocabulary): QueryReport {
    let expression: Expression;
    try {
        expression = parseExpression(text);
    } catch (error) {
        return { problems: [wordsOf(error)], shape: { kind: "scalar" } };
    }
    const problems: string[] = [];
    const shape = shapeOf(expression, vocabulary, (problem) => problems.push(problem));
    for (const each of within(expression)) {
        problems.push(...selectorProblems(each, vocabulary), ...ratioProblems(each, vocabulary), ...quantileProblems(each, vocabulary));
    }
    problems.push(...counterProblems(expression, [], vocabulary));
    return { problems: [...new Set(problems)], shape };
}

/** Labels that a selector must fix, so that it does not read another service's series. */
function requiredConditions(metric: string, vocabulary: Vocabulary): readonly string[] {
    const known = vocabulary.get(metric);
    switch (known?.source) {
        case "service":
        case "watcher":
            return ["namespace", "service"];
        case "envoy":
            return ["envoy_cluster_name"];
        case "istio":
            return ["reporter", "destination_service_namespace", "destination_service_name"];
        case "kube-state-metrics":
        case "cadvisor":
        case "kubelet":
            return ["namespace"];
        case "redis_exporter":
        case "postgres_exporter":
        case "clickhouse":
        case "kafka_exporter":
        case "prometheus":
        case "alertmanager":
            return ["job"];
        case "cert-manager":
            return ["name"];
        case undefined:
            return known === undefined ? [] : ["namespace", "service"].filter((label) => known.labels.has(label));
    }
}

function selectorProblems(expression: Expression, vocabulary: Vocabulary): readonly string[] {
    if (expression.kind !== "selector") {
        return [];
    }
    const { metric, conditions, windowSeconds } = expression;
    const known = vocabulary.get(metric);
    if (known === undefined) {
        return [`no metric is called '${metric}': correct it, or add it to observability/metrics`];
    }
    const shortest = fewestScrapes * scrapeIntervalSeconds;
    return [
        ...conditions.filter(({ label }) => !known.labels.has(label)).map(({ label }) => `${metric} has no label '${label}'`),
        ...requiredConditions(metric, vocabulary)
            .filter((label) => !conditions.some((condition) => condition.label === label))
            .map((label) => `${metric} is selected without '${label}', so another service's series count too`),
        ...(known.labels.has("audience") && !conditions.some(({ label }) => label === "audience")
            ? [`${metric} is selected without 'audience', so what testers asked counts too`]
            : []),
        ...conditions
            .filter(({ operator, value }) => operator.endsWith("~") && /^[\w-]*$/.test(value))
            .map(({ label }) => `${metric} compares '${label}' as a pattern with plain text`),
        ...(windowSeconds !== undefined && windowSeconds < shortest
            ? [
                  `${metric} is looked at over ${String(windowSeconds)} s, and a window needs ${String(fewestScrapes)} scrapes of ${String(scrapeIntervalSeconds)} s`,
              ]
            : []),
    ];
}

/** A counter's value says when the process started; only its growth says something. A gauge has no rate. */
function counterProblems(expression: Expression, above: readonly string[], vocabulary: Vocabulary): readonly string[] {
    if (expression.kind === "selector") {
        const type = vocabulary.get(expression.metric)?.type;
        const nearest = above.at(-1) ?? "";
        if (type === "counter" && gaugeFunctions.has(nearest)) {
            return [`${nearest} of the counter ${expression.metric}: a restart looks like a fall`];
        }
        if (type === "counter" && !counterFunctions.has(nearest) && !above.some((name) => presence.has(name))) {
            return [`the counter ${expression.metric} is read as it is: take its rate or increase`];
        }
        return type === "gauge" && counterFunctions.has(nearest)
            ? [`${nearest} of ${expression.metric}, which is a gauge: use deriv, delta or avg_over_time`]
            : [];
    }
    if (expression.kind === "subquery" && counterFunctions.has(above.at(-1) ?? "")) {
        return [`${above.at(-1) ?? ""} of something computed: take the rate first, then aggregate`];
    }
    const name = expression.kind === "call" ? expression.name : expression.kind === "aggregate" ? expression.operator : undefined;
    return childrenOf(expression).flatMap((child) => counterProblems(child, name === undefined ? above : [...above, name], vocabulary));
}

/** A gauge of one moment over another of one moment: both must be aggregated, or come from a window or a recording, so that labels and moments agree. */
function ratioProblems(expression: Expression, vocabulary: Vocabulary): readonly string[] {
    if (expression.kind !== "binary" || expression.operator !== "/") {
        return [];
    }
    return [expression.left, expression.right].flatMap((side) =>
        side.kind === "selector" && vocabulary.get(side.metric)?.source !== undefined
            ? [`the ratio takes ${side.metric} bare: aggregate it by the labels that both sides have`]
            : [],
    );
}

function quantileProblems(expression: Expression, vocabulary: Vocabulary): readonly string[] {
    if (expression.kind !== "call" || expression.name !== "histogram_quantile") {
        return [];
    }
    const [, buckets] = expression.args;
    const shape = buckets === undefined ? undefined : shapeOf(buckets, vocabulary, () => undefined);
    return shape?.kind === "vector" && shape.labels.has("le") ? [] : ["histogram_quantile gets series without 'le': keep it in the aggregation"];
}
