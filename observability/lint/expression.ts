import type { SyntaxNode } from "@lezer/common";
import { parser } from "@prometheus-io/lezer-promql";
import { defined } from "../../rollout/defined.ts";

/** A condition of a selector. */
export interface LabelCondition {
    readonly label: string;
    readonly operator: string;
    readonly value: string;
}

/** How two vectors are matched. */
export interface Matching {
    readonly kind: "on" | "ignoring";
    readonly labels: readonly string[];
    /** The side that may have several series for one of the other. */
    readonly group?: "left" | "right";
    /** Labels that the many side takes over from the one side. */
    readonly included: readonly string[];
}

/** A PromQL expression as a tree. */
export type Expression =
    | { readonly kind: "number" }
    | { readonly kind: "string"; readonly value: string }
    | { readonly kind: "selector"; readonly metric: string; readonly conditions: readonly LabelCondition[]; readonly windowSeconds?: number }
    | { readonly kind: "subquery"; readonly of: Expression }
    | { readonly kind: "call"; readonly name: string; readonly args: readonly Expression[] }
    | {
          readonly kind: "aggregate";
          readonly operator: string;
          readonly grouping?: { readonly kind: "by" | "without"; readonly labels: readonly string[] };
          readonly args: readonly Expression[];
      }
    | { readonly kind: "binary"; readonly operator: string; readonly left: Expression; readonly right: Expression; readonly matching?: Matching };

/**
 * Parses PromQL with Prometheus' own grammar.
 *
 * @throws {SyntaxError} with the place of what does not fit.
 */
export function parseExpression(text: string): Expression {
    const tree = parser.parse(text);
    let errorAt: number | undefined;
    tree.iterate({
        enter: ({ type, from }) => {
            errorAt ??= type.isError ? from : undefined;
        },
    });
    const top = tree.topNode.firstChild;
    if (errorAt !== undefined || top === null) {
        throw new SyntaxError(`no PromQL from character ${String(errorAt ?? 0)} on: ${text.slice(errorAt ?? 0, (errorAt ?? 0) + 30)}`);
    }
    return read(top, text);
}

/** Every expression inside `expression`, itself first. */
export function* within(expression: Expression): Generator<Expression> {
    yield expression;
    for (const child of childrenOf(expression)) {
        yield* within(child);
    }
}

/** The expressions right below `expression`. */
export function childrenOf(expression: Expression): readonly Expression[] {
    switch (expression.kind) {
        case "number":
        case "string":
        case "selector":
            return [];
        case "subquery":
            return [expression.of];
        case "call":
        case "aggregate":
            return expression.args;
        case "binary":
            return [expression.left, expression.right];
    }
}

function read(node: SyntaxNode, text: string): Expression {
    switch (node.name) {
        case "NumberDurationLiteral":
            return { kind: "number" };
        case "StringLiteral":
            return { kind: "string", value: stringOf(node, text) };
        case "ParenExpr":
        case "UnaryExpr":
        case "OffsetExpr":
        case "StepInvariantExpr":
            return read(only(node), text);
        case "VectorSelector":
            return selector(node, text);
        case "MatrixSelector": {
            const inner = read(only(node), text);
            const window = node.getChild("DurationExpr");
            return inner.kind === "selector" && window !== null ? { ...inner, windowSeconds: secondsOf(textOf(window, text)) } : inner;
        }
        case "SubqueryExpr":
            return { kind: "subquery", of: read(only(node), text) };
        case "FunctionCall":
            return { kind: "call", name: textOf(node.getChild("FunctionIdentifier"), text), args: argumentsOf(node, text) };
        case "AggregateExpr": {
            const modifier = node.getChild("AggregateModifier");
            const operator = textOf(node.getChild("AggregateOp"), text);
            const args = argumentsOf(node, text);
            return modifier === null
                ? { kind: "aggregate", operator, args }
                : {
                      kind: "aggregate",
                      operator,
                      args,
                      grouping: { kind: modifier.getChild("By") === null ? "without" : "by", labels: labelNames(modifier, text) },
                  };
        }
        case "BinaryExpr":
            return binary(node, text);
        default:
            throw new SyntaxError(`the lint does not know ${node.name}: teach it in observability/lint/expression.ts`);
    }
}

function selector(node: SyntaxNode, text: string): Expression {
    const matchers = node.getChild("LabelMatchers")?.getChildren("UnquotedLabelMatcher") ?? [];
    return {
        kind: "selector",
        metric: textOf(node.getChild("Identifier"), text),
        conditions: matchers.map((matcher) => ({
            label: textOf(matcher.getChild("LabelName"), text),
            operator: textOf(matcher.getChild("MatchOp"), text),
            value: stringOf(matcher.getChild("StringLiteral"), text),
        })),
    };
}

function binary(node: SyntaxNode, text: string): Expression {
    const [left, right] = operands(node);
    const clause = node.getChild("MatchingModifierClause");
    const between = node.firstChild?.nextSibling;
    const operator = textOf(between ?? null, text);
    const expression = { kind: "binary", operator, left: read(left, text), right: read(right, text) } as const;
    if (clause === null) {
        return expression;
    }
    const [first, second] = clause.getChildren("GroupingLabels").map((labels) => labelNames(labels, text));
    const group = clause.getChild("GroupLeft") !== null ? "left" : clause.getChild("GroupRight") !== null ? "right" : undefined;
    return {
        ...expression,
        matching: {
            kind: clause.getChild("On") === null ? "ignoring" : "on",
            labels: first ?? [],
            included: second ?? [],
            ...defined({ group }),
        },
    };
}

function operands(node: SyntaxNode): readonly [SyntaxNode, SyntaxNode] {
    const [left, right] = [node.firstChild, node.lastChild];
    if (left === null || right === null) {
        throw new SyntaxError("a binary expression lacks a side");
    }
    return [left, right];
}

function argumentsOf(node: SyntaxNode, text: string): readonly Expression[] {
    const args: Expression[] = [];
    for (let child = node.getChild("FunctionCallBody")?.firstChild ?? null; child !== null; child = child.nextSibling) {
        args.push(read(child, text));
    }
    return args;
}

function only(node: SyntaxNode): SyntaxNode {
    for (let child = node.firstChild; child !== null; child = child.nextSibling) {
        if (child.name.endsWith("Expr") || child.name.endsWith("Selector") || child.name === "FunctionCall" || child.name.endsWith("Literal")) {
            return child;
        }
    }
    throw new SyntaxError(`${node.name} holds no expression`);
}

function labelNames(node: SyntaxNode, text: string): readonly string[] {
    const holder = node.name === "GroupingLabels" ? node : (node.getChild("GroupingLabels") ?? node);
    return holder.getChildren("LabelName").map((name) => textOf(name, text));
}

function textOf(node: SyntaxNode | null, text: string): string {
    return node === null ? "" : text.slice(node.from, node.to);
}

function stringOf(node: SyntaxNode | null, text: string): string {
    return textOf(node, text).slice(1, -1);
}

function secondsOf(duration: string): number {
    const sizes: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800, y: 31_536_000 };
    return [...duration.matchAll(/(\d+)(ms|[smhdwy])/g)].reduce((sum, [, count, unit]) => sum + Number(count) * (sizes[unit ?? ""] ?? 0), 0);
}
