import type { Alert, Recording, RuleGroup } from "../rule.ts";
import { type Expression, childrenOf, parseExpression, within } from "./expression.ts";
import { checkQuery } from "./queries.ts";
import { type Vocabulary, catalogueVocabulary, withRecorded } from "./vocabulary.ts";

/** Labels that every alert gets, so that no query may decide about them. */
const reserved = ["severity", "team", "service", "namespace", "alertname"] as const;

/** A problem of one rule. */
export interface RuleProblem {
    readonly rule: string;
    readonly problem: string;
}

/** What is wrong with rules, in the order of evaluation: what a recording gives is known to all after it. */
export function checkRules(groups: readonly RuleGroup[], vocabulary: Vocabulary = catalogueVocabulary()): readonly RuleProblem[] {
    let known = vocabulary;
    const found: RuleProblem[] = [];
    for (const group of groups) {
        for (const recording of group.recordings) {
            const { problems, labels } = checkRecording(recording, known);
            found.push(...problems.map((problem) => ({ rule: recording.record, problem })));
            known = withRecorded(known, recording.record, labels);
        }
        found.push(...group.alerts.flatMap((alert) => checkAlert(alert, known).map((problem) => ({ rule: alert.name, problem }))));
    }
    return found;
}

function checkRecording(
    { record, expression, labels = {} }: Recording,
    known: Vocabulary,
): { readonly problems: readonly string[]; readonly labels: ReadonlySet<string> } {
    const { problems, shape } = checkQuery(expression, known);
    return {
        problems: [
            ...problems,
            ...(/^[a-z_]+:[a-z0-9_]+:[a-z0-9_]+$/.test(record) ? [] : ["the name is not level:metric:operations"]),
            ...(shape.kind === "scalar" ? ["it records a number without labels"] : []),
        ],
        labels: new Set([...(shape.kind === "vector" ? shape.labels : []), ...Object.keys(labels)]),
    };
}

/** What is wrong with an alert, its query included. */
export function checkAlert(alert: Alert, known: Vocabulary): readonly string[] {
    const { problems, shape } = checkQuery(alert.expression, known);
    if (shape.kind === "scalar") {
        return [...problems, "it gives a number and no series, so it can't fire"];
    }
    const expression = parseExpression(alert.expression);
    return [
        ...problems,
        ...comparisonProblems(alert, expression),
        ...durationProblems(alert),
        ...labelProblems(alert, expression, shape.labels, known),
        ...templateProblems(alert, shape.labels),
        ...absenceProblems(alert, expression),
    ];
}

function comparisonProblems({ name }: Alert, expression: Expression): readonly string[] {
    const compares = [...within(expression)].some(
        (each) => (each.kind === "binary" && /^([<>]=?|[=!]=|unless)$/.test(each.operator)) || (each.kind === "call" && each.name.startsWith("absent")),
    );
    return compares || name === "Watchdog" ? [] : ["it compares nothing, so it fires for every series there is"];
}

function durationProblems({ name, forSeconds }: Alert): readonly string[] {
    return forSeconds > 0 || name === "Watchdog" ? [] : ["it has no duration, so one bad sample fires it"];
}

function labelProblems({ labels = {}, expression: text }: Alert, expression: Expression, given: ReadonlySet<string>, known: Vocabulary): readonly string[] {
    const own = Object.keys(labels).filter((label) => reserved.some((each) => each === label));
    const scope = labels.rollout_scope;
    const ofOneRevision = [...within(expression)].some((each) => each.kind === "selector" && fixesRevision(each));
    const readsService = [...within(expression)].some(
        (each) => each.kind === "selector" && known.get(each.metric)?.labels.has("revision") === true && known.get(each.metric)?.source !== "prometheus",
    );
    return [
        ...own.map((label) => `it sets '${label}', which is the same for all alerts of a service`),
        ...(readsService && scope === undefined ? ["it reads the service's metrics and has no rollout_scope"] : []),
        ...(scope === "canary" && ofOneRevision && !given.has("revision")
            ? ["it is about a candidate, and its aggregation drops 'revision', so it can't say which"]
            : []),
        ...(scope === "canary" && readsService && !ofOneRevision && !/\brollout[_:]/.test(text) ? ["it is about a candidate and selects no revision"] : []),
    ];
}

function fixesRevision({ conditions }: Expression & { readonly kind: "selector" }): boolean {
    return conditions.some(({ label }) => label === "revision");
}

/** A label that the query does not give is an empty space in what people read at night. */
function templateProblems({ description, summary }: Alert, given: ReadonlySet<string>): readonly string[] {
    const named = [...description.matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label ?? "");
    return [
        ...named.filter((label) => !given.has(label)).map((label) => `the description shows the label '${label}', which the query does not give`),
        ...(summary.includes("{{") ? ["the summary has values in it: they belong into the description"] : []),
    ];
}

function absenceProblems({ onAbsence }: Alert, expression: Expression): readonly string[] {
    const asks = asksForAbsence(expression);
    return asks === (onAbsence !== undefined)
        ? []
        : [asks ? "it fires on absence: say so with onAbsence" : "it says that it fires on absence, and asks for none"];
}

function asksForAbsence(expression: Expression): boolean {
    return (expression.kind === "call" && expression.name.startsWith("absent")) || childrenOf(expression).some(asksForAbsence);
}
