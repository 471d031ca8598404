import type { Expression, Matching } from "./expression.ts";
import { type LabelSet, alike, joined, listed, minus, shared } from "./label-set.ts";
import type { Vocabulary } from "./vocabulary.ts";

/** What an expression gives: a number, or series with these labels. `fixed` are those that a selector holds to one value: they tell no two series apart. */
export type Shape = { readonly kind: "scalar" } | { readonly kind: "vector"; readonly labels: LabelSet; readonly fixed: LabelSet };

/** Functions that give a number. */
const scalars: ReadonlySet<string> = new Set(["time", "scalar", "pi"]);

/**
 * Which labels the series of an expression carry, by what the vocabulary says of the metrics in it.
 *
 * A label that no metric of an operand has is reported where it is used: in `by`, `on`, `group_left`.
 */
export function shapeOf(expression: Expression, vocabulary: Vocabulary, report: (problem: string) => void): Shape {
    const inner = (child: Expression): Shape => shapeOf(child, vocabulary, report);
    switch (expression.kind) {
        case "number":
        case "string":
            return { kind: "scalar" };
        case "selector":
            return { kind: "vector", labels: vocabulary.get(expression.metric)?.labels ?? new Set(), fixed: fixedBy(expression) };
        case "subquery":
            return inner(expression.of);
        case "call":
            return shapeOfCall(expression, inner);
        case "aggregate":
            return shapeOfAggregate(expression, inner, report);
        case "binary":
            return shapeOfBinary(expression, inner(expression.left), inner(expression.right), report);
    }
}

function shapeOfCall({ name, args }: Expression & { readonly kind: "call" }, inner: (child: Expression) => Shape): Shape {
    const shapes = args.map(inner);
    if (scalars.has(name)) {
        return { kind: "scalar" };
    }
    if (name === "vector") {
        return { kind: "vector", labels: new Set(), fixed: new Set() };
    }
    const labels = new Set(shapes.flatMap((shape) => (shape.kind === "vector" ? [...shape.labels] : [])));
    const fixed = new Set(shapes.flatMap((shape) => (shape.kind === "vector" ? [...shape.fixed] : [])));
    const [selected] = args;
    switch (name) {
        case "absent":
        case "absent_over_time":
            // Only what a selector asks to be equal: https://prometheus.io/docs/prometheus/latest/querying/functions/#absent
            return { kind: "vector", labels: selected?.kind === "selector" ? fixedBy(selected) : new Set(), fixed: new Set() };
        case "histogram_quantile":
            labels.delete("le");
            return { kind: "vector", labels, fixed };
        case "label_replace":
        case "label_join": {
            const [, target] = args;
            return { kind: "vector", labels: target?.kind === "string" ? labels.add(target.value) : labels, fixed };
        }
        default:
            return { kind: "vector", labels, fixed };
    }
}

function shapeOfAggregate(
    { grouping, args, operator }: Expression & { readonly kind: "aggregate" },
    inner: (child: Expression) => Shape,
    report: (problem: string) => void,
): Shape {
    const shape = args.map(inner).findLast(({ kind }) => kind === "vector") ?? { kind: "scalar" };
    const before = shape.kind === "vector" ? shape.labels : new Set<string>();
    const fixed = shape.kind === "vector" ? shape.fixed : new Set<string>();
    if (operator === "topk" || operator === "bottomk") {
        return { kind: "vector", labels: before, fixed };
    }
    if (grouping?.kind === "without") {
        return { kind: "vector", labels: minus(before, new Set(grouping.labels)), fixed: minus(fixed, new Set(grouping.labels)) };
    }
    const kept = new Set(grouping?.labels ?? []);
    for (const label of minus(kept, before)) {
        report(`groups by '${label}', which nothing here has: there are ${listed(before)}`);
    }
    return { kind: "vector", labels: shared(kept, before), fixed: shared(fixed, kept) };
}

function shapeOfBinary(expression: Expression & { readonly kind: "binary" }, left: Shape, right: Shape, report: (problem: string) => void): Shape {
    if (left.kind === "scalar" || right.kind === "scalar") {
        return left.kind === "vector" ? left : right;
    }
    const { operator, matching } = expression;
    reportMatching(operator, matching, left, right, report);
    if (["and", "unless", "or"].includes(operator) || /^([<>]=?|[=!]=)$/.test(operator)) {
        return matching?.group === "right" ? right : left;
    }
    if (matching?.group !== undefined) {
        const [many, one] = matching.group === "left" ? [left, right] : [right, left];
        return { ...many, labels: joined(many.labels, shared(new Set(matching.included), one.labels)) };
    }
    const labels = matching?.kind === "on" ? new Set(matching.labels) : shared(left.labels, right.labels);
    return { kind: "vector", labels, fixed: shared(left.fixed, labels) };
}

function reportMatching(operator: string, matching: Matching | undefined, leftShape: Series, rightShape: Series, report: (problem: string) => void): void {
    const [left, right] = [leftShape.labels, rightShape.labels];
    const isSet = operator === "and" || operator === "unless" || operator === "or";
    if (matching === undefined) {
        if (!alike(left, right)) {
            report(`'${operator}' meets ${listed(left)} on its left and ${listed(right)} on its right, so nothing matches: say on (...) or aggregate alike`);
        }
        return;
    }
    if (matching.kind === "ignoring") {
        const ignored = new Set(matching.labels);
        if (!alike(minus(left, ignored), minus(right, ignored))) {
            report(`'${operator}' ignores ${listed(ignored)}, and ${listed(left)} and ${listed(right)} still differ`);
        }
        return;
    }
    const on = new Set(matching.labels);
    for (const [side, { labels, fixed }] of [
        ["left", leftShape],
        ["right", rightShape],
    ] as const) {
        for (const label of minus(on, labels)) {
            report(`'${operator}' matches on '${label}', which the ${side} side does not have: there are ${listed(labels)}`);
        }
        // One side of an arithmetic operation must have one series for each combination of the labels.
        const mayBeMany = matching.group === side || isSet;
        const free = minus(minus(labels, on), fixed);
        if (!mayBeMany && free.size > 0) {
            report(`'${operator}' may meet several series on its ${side} side, told apart by ${listed(free)}: aggregate them, or say group_${side}`);
        }
    }
}

type Series = Shape & { readonly kind: "vector" };

/** Labels that a selector holds to one value. */
function fixedBy({ conditions }: Expression & { readonly kind: "selector" }): Set<string> {
    return new Set(conditions.filter(({ operator }) => operator === "=").map(({ label }) => label));
}
