import { z } from "zod";

import { type Expression, childrenOf, parseExpression, within } from "./expression.ts";

/** What the rules read of a dashboard's file, in Grafana's first schema. */
const dashboardSchema = z.looseObject({
    title: z.string(),
    editable: z.boolean().optional(),
    templating: z.looseObject({ list: z.array(z.looseObject({ name: z.string(), type: z.string() })) }),
    panels: z.array(z.looseObject({ type: z.string() })),
});

const variableSchema = z.looseObject({
    name: z.string(),
    type: z.string(),
    label: z.string().default(""),
    query: z.string().default(""),
    datasource: z.looseObject({ uid: z.string() }).optional(),
    multi: z.boolean().default(false),
    allValue: z.string().default(""),
    refresh: z.number().default(0),
});

const panelSchema = z.looseObject({
    type: z.string(),
    title: z.string().default(""),
    description: z.string().default(""),
    datasource: z.looseObject({ uid: z.string() }).optional(),
    fieldConfig: z.looseObject({ defaults: z.looseObject({ unit: z.string().default("") }) }).optional(),
    targets: z.array(z.looseObject({ expr: z.string().default(""), datasource: z.looseObject({ type: z.string() }).optional() })).default([]),
});

type Variable = z.infer<typeof variableSchema>;
type Panel = z.infer<typeof panelSchema>;

/** A dashboard as the rules read it. */
export interface LintedDashboard {
    readonly title: string;
    readonly editable: boolean;
    readonly variables: readonly Variable[];
    readonly panels: readonly Panel[];
}

/** A query of a panel. */
interface Target {
    readonly panel: Panel;
    readonly text: string;
    readonly language: "promql" | "logql";
}

/** One rule. */
export interface DashboardRule {
    readonly name: string;
    readonly check: (dashboard: LintedDashboard) => readonly string[];
}

/** Reads a dashboard's file. @throws {z.ZodError} when it is no dashboard. */
export function readDashboard(json: string): LintedDashboard {
    const { title, editable, templating, panels } = dashboardSchema.parse(JSON.parse(json));
    return {
        title,
        editable: editable ?? true,
        variables: templating.list.map((variable) => variableSchema.parse(variable)),
        panels: panels.map((panel) => panelSchema.parse(panel)),
    };
}

/** Panels that show numbers: the ones with queries, units and a data source. */
const numberPanels: ReadonlySet<string> = new Set(["stat", "gauge", "bargauge", "graph", "singlestat", "table", "timeseries", "state-timeline"]);

/** Units that Grafana knows, those that are of use here: https://github.com/grafana/grafana/blob/main/packages/grafana-data/src/valueFormats/categories.ts */
const units: ReadonlySet<string> = new Set(
    "none short percent percentunit bytes decbytes bits s ms m h d hertz reqps ops iops rps wps cps cpm Bps bps bool bool_yes_no bool_on_off dateTimeAsIso dateTimeFromNow dtdurations".split(
        " ",
    ),
);

/** The 17 rules of Grafana's dashboard-linter, none defaults to https://github.com/grafana/dashboard-linter/blob/main/docs/index.md */
export const dashboardRules: readonly DashboardRule[] = [
    {
        name: "template-datasource-rule",
        check: ({ variables }) => {
            const sources = variables.filter(({ type }) => type === "datasource");
            const named = new Map<string, string>(
                sources.flatMap(({ query }) => [[`${query.toLowerCase()}_datasource`, `${capitalised(query)} data source`] as const]),
            );
            const allowed = sources.length === 1 ? new Map<string, string>([...named, ["datasource", "Data source"] as const]) : named;
            return sources.length === 0
                ? ["there is no variable for the data source"]
                : sources.flatMap(({ name, label }) =>
                      allowed.get(name) === label ? [] : [`the variable for the data source is called '${name}' and labelled '${label}'`],
                  );
        },
    },
    { name: "template-job-rule", check: (dashboard) => choiceProblems(dashboard, "job") },
    { name: "template-instance-rule", check: (dashboard) => choiceProblems(dashboard, "instance") },
    {
        name: "template-label-promql-rule",
        check: ({ variables }) =>
            queryVariables(variables).flatMap(({ name, query }) =>
                labelQuery(query) ? [] : [`the variable '${name}' asks '${query}', which is no label query`],
            ),
    },
    {
        name: "template-on-time-change-reload-rule",
        check: ({ variables }) =>
            queryVariables(variables)
                .filter(({ refresh }) => refresh !== 2)
                .map(({ name }) => `the variable '${name}' is not asked again when the time changes`),
    },
    {
        name: "panel-datasource-rule",
        check: ({ panels, variables }) => {
            const allowed = new Set(variables.filter(({ type }) => type === "datasource").flatMap(({ name }) => [`$${name}`, `\${${name}}`]));
            return numbered(panels)
                .filter(({ datasource }) => !allowed.has(datasource?.uid ?? ""))
                .map(({ title }) => `'${title}' does not use the data source that is chosen`);
        },
    },
    {
        name: "panel-title-description-rule",
        check: ({ panels }) =>
            panels
                .filter(({ type, title, description }) => type !== "row" && (title === "" || description === ""))
                .map(({ title }) => `'${title}' lacks a title or a description`),
    },
    {
        name: "panel-units-rule",
        check: ({ panels }) =>
            numbered(panels)
                .filter(({ fieldConfig }) => !units.has(fieldConfig?.defaults.unit ?? ""))
                .map(({ title, fieldConfig }) => `'${title}' has the unit '${fieldConfig?.defaults.unit ?? ""}'`),
    },
    {
        name: "panel-no-targets-rule",
        check: ({ panels }) =>
            numbered(panels)
                .filter(({ targets }) => targets.length === 0)
                .map(({ title }) => `'${title}' has no query`),
    },
    {
        name: "target-logql-rule",
        check: (dashboard) =>
            targets(dashboard, "logql")
                .filter(({ text }) => !/\{[^{}]*[=~][^{}]*\}/.test(text))
                .map(({ panel, text }) => `'${panel.title}' asks '${text}', which selects no stream`),
    },
    {
        name: "target-logql-auto-rule",
        check: (dashboard) =>
            targets(dashboard, "logql")
                .filter(({ text }) => /\[[^\]]*\]/.test(text) && !text.includes("[$__auto]"))
                .map(({ panel }) => `'${panel.title}' has a fixed window: use $__auto`),
    },
    {
        name: "target-promql-rule",
        check: (dashboard) =>
            targets(dashboard, "promql")
                .filter(({ text }) => parsed(text) === undefined)
                .map(({ panel, text }) => `'${panel.title}' asks '${text}', which is no PromQL`),
    },
    {
        name: "target-rate-interval-rule",
        check: (dashboard) =>
            targets(dashboard, "promql")
                .filter(({ text }) => /\bi?rate\([^[\]]*\[(?!\$__rate_interval\])/.test(text))
                .map(({ panel }) => `'${panel.title}' takes a rate over a fixed window: use $__rate_interval`),
    },
    { name: "target-job-rule", check: (dashboard) => matcherProblems(dashboard, "job") },
    { name: "target-instance-rule", check: (dashboard) => matcherProblems(dashboard, "instance") },
    {
        name: "target-counter-agg-rule",
        check: (dashboard) =>
            targets(dashboard, "promql").flatMap(({ panel, text }) => {
                const expression = parsed(text);
                return expression === undefined
                    ? []
                    : bareCounters(expression, "").map((metric) => `'${panel.title}' shows the counter ${metric} without a rate`);
            }),
    },
    { name: "uneditable-dashboard", check: ({ editable }) => (editable ? ["it can be edited in Grafana, and the next deployment undoes that"] : []) },
];

function choiceProblems({ variables }: LintedDashboard, name: string): readonly string[] {
    const found = variables.find((variable) => variable.name === name);
    if (found === undefined) {
        return [`there is no variable '${name}'`];
    }
    const { type, label, multi, allValue, datasource } = found;
    return [
        ...(/^\$\{?(prometheus_)?datasource\}?$/.test(datasource?.uid ?? "") ? [] : [`the variable '${name}' does not ask the data source that is chosen`]),
        ...(type === "query" ? [] : [`the variable '${name}' is no query`]),
        ...(label === capitalised(name) ? [] : [`the variable '${name}' is labelled '${label}'`]),
        ...(multi ? [] : [`of the variable '${name}' only one value can be chosen`]),
        ...(allValue === ".+" ? [] : [`all values of '${name}' are '${allValue}', not '.+'`]),
    ];
}

function matcherProblems(dashboard: LintedDashboard, label: string): readonly string[] {
    return targets(dashboard, "promql").flatMap(({ panel, text }) => {
        const expression = parsed(text);
        const selectors = expression === undefined ? [] : [...within(expression)].filter((each) => each.kind === "selector");
        return selectors
            .filter(
                ({ conditions }) =>
                    !conditions.some((condition) => condition.label === label && condition.operator === "=~" && condition.value === `$${label}`),
            )
            .map(({ metric }) => `'${panel.title}' selects ${metric} without ${label}=~"$${label}"`);
    });
}

function bareCounters(expression: Expression, above: string): readonly string[] {
    if (expression.kind === "selector") {
        return expression.metric.endsWith("_total") && !["rate", "irate", "increase"].includes(above) ? [expression.metric] : [];
    }
    return childrenOf(expression).flatMap((child) => bareCounters(child, expression.kind === "call" ? expression.name : ""));
}

function labelQuery(query: string): boolean {
    const [, name, argument] = /^([a-z_]+)\((.+)\)$/.exec(query) ?? [];
    const [selector] = /^(.*?)(?:, *\w+)?$/.exec(argument ?? "")?.slice(1) ?? [];
    return ["label_names", "label_values", "metrics", "query_result"].includes(name ?? "") && parsed(selector ?? "") !== undefined;
}

function targets({ panels }: LintedDashboard, language: Target["language"]): readonly Target[] {
    return numbered(panels).flatMap((panel) =>
        panel.targets
            .map(({ expr, datasource }): Target => ({ panel, text: expr, language: datasource?.type === "loki" ? "logql" : "promql" }))
            .filter((target) => target.language === language),
    );
}

/** A query with Grafana's own variables filled in, so that it can be parsed. */
export function expanded(text: string): string {
    return text.replaceAll("$__rate_interval", "5m").replaceAll("$__range", "6h").replaceAll("$__interval", "1m");
}

function parsed(text: string): Expression | undefined {
    try {
        return parseExpression(expanded(text));
    } catch {
        return undefined;
    }
}

function numbered(panels: readonly Panel[]): readonly Panel[] {
    return panels.filter(({ type }) => numberPanels.has(type));
}

function queryVariables(variables: readonly Variable[]): readonly Variable[] {
    return variables.filter(({ type }) => type === "query");
}

function capitalised(word: string): string {
    return word.charAt(0).toUpperCase() + word.slice(1);
}
