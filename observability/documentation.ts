import type { Criterion } from "../rollout/gate/criterion.ts";
import { everyCriterion } from "./bounds.ts";
import { alertGroups, alertsOf } from "./catalogue.ts";
import { dashboardsOf } from "./dashboards/index.ts";
import type { Scope } from "./scope.ts";
import { duration, number, percent } from "../rollout/gate/gateway-series/promql.ts";
import { alertRouting } from "./routing/routing.ts";
import { type Objective, burnRate, burnWindows, errorBudget, objectivesOf, periodDays } from "./slo.ts";

/** A page, and the tables in it by their name. */
export interface GeneratedPage {
    readonly file: URL;
    readonly tables: Readonly<Record<string, string>>;
}

/** The pages with tables that are made of the data. */
export function generatedPages(scope: Scope): readonly GeneratedPage[] {
    return [
        { file: new URL("../docs/alerts.md", import.meta.url), tables: { alerts: alertTable(scope) } },
        { file: new URL("../docs/alert-criteria.md", import.meta.url), tables: { criteria: criteriaTable(scope) } },
        { file: new URL("../docs/alert-routing.md", import.meta.url), tables: { inhibitions: inhibitionTable(scope) } },
        { file: new URL("../docs/dashboards.md", import.meta.url), tables: { dashboards: dashboardTable(scope) } },
        { file: new URL("../docs/slo.md", import.meta.url), tables: { objectives: objectiveTable(scope), burn: burnTable(scope) } },
    ];
}

/** `text` with each table between its markers replaced. @throws {Error} when a marker is missing. */
export function withTables(text: string, tables: GeneratedPage["tables"]): string {
    return Object.entries(tables).reduce((page, [name, table]) => {
        const [begin, end] = [`<!-- ${name}: written by \`node config/observability-pages.ts\` -->`, `<!-- end of ${name} -->`];
        const [before, rest] = page.split(begin);
        const [, after] = rest?.split(end) ?? [];
        if (before === undefined || after === undefined) {
            throw new Error(`the page needs the lines '${begin}' and '${end}'`);
        }
        return `${before}${begin}\n\n${table}\n\n${end}${after}`;
    }, text);
}

function alertTable(scope: Scope): string {
    return alertGroups(scope)
        .map(({ title, alerts }) => {
            const rows = alerts.map(({ name, severity, forSeconds, summary }) => [`[${name}](runbooks/${name}.md)`, severity, duration(forSeconds), summary]);
            return `## ${title}\n\n${table(["alert", "severity", "for", "what it says"], rows)}`;
        })
        .join("\n\n");
}

/** Every criterion of the plan with the alerts that watch it. */
function criteriaTable(scope: Scope): string {
    const alerts = alertsOf(scope);
    const watching = ({ id }: Criterion): string =>
        alerts.flatMap(({ name, criteria }) => (criteria?.includes(id) === true ? [`[${name}](runbooks/${name}.md)`] : [])).join(", ");
    return table(
        ["criterion", "what it asks", "checklist", "alert"],
        everyCriterion(scope).map((criterion) => [`\`${criterion.id}\``, criterion.title, criterion.source, watching(criterion)]),
    );
}

function inhibitionTable(scope: Scope): string {
    const { inhibitions } = alertRouting(scope, alertsOf(scope));
    const written = (matchers: (typeof inhibitions)[number]["source"]): string =>
        matchers.map(({ name, matchType, value }) => `\`${name}${matchType}"${value}"\``).join(" ");
    return table(
        ["while this fires", "this is quiet", "where they agree in", "why"],
        inhibitions.map(({ source, target, equal, reason }) => [written(source), written(target), equal.map((label) => `\`${label}\``).join(", "), reason]),
    );
}

function dashboardTable(scope: Scope): string {
    return table(
        ["dashboard", "what it shows"],
        dashboardsOf(scope).map(({ name, description }) => [`\`<service>-${name}\``, description]),
    );
}

function objectiveTable(scope: Scope): string {
    return table(
        ["objective", "good is", "of", "promise", "may be bad", "in a period of " + String(periodDays) + " days, if all is bad"],
        objectivesOf(scope).map((objective) => [
            objective.title,
            good(objective),
            all(objective),
            percent(objective.target),
            percent(errorBudget(objective)),
            outage(objective),
        ]),
    );
}

function good({ id, boundSeconds = 0 }: Objective): string {
    switch (id) {
        case "availability":
            return "answered, with a status other than 500 to 599";
        case "latency-hit":
        case "latency-miss":
            return `answered within ${number(boundSeconds * 1_000)} ms`;
        case "cache-hit":
            return "found";
    }
}

function all({ id }: Objective): string {
    return {
        availability: "requests of users, as the gateway counts them; health checks and testers are not counted",
        "latency-hit": "requests answered from the cache",
        "latency-miss": "requests that missed the cache",
        "cache-hit": "lookups in the cache that worked",
    }[id];
}

/** How long everything may be bad until the period's budget is gone. */
function outage(objective: Objective): string {
    const minutes = errorBudget(objective) * periodDays * 24 * 60;
    return minutes < 120 ? `${number(Math.round(minutes * 10) / 10)} minutes` : `${number(Math.round(minutes / 60))} hours`;
}

function burnTable(scope: Scope): string {
    const rows = burnWindows.map((window) => [
        window.severity,
        duration(window.longSeconds),
        duration(window.shortSeconds),
        number(burnRate(window)),
        percent(window.budgetShare),
        ...objectivesOf(scope).map((objective) => percent(burnRate(window) * errorBudget(objective))),
    ]);
    return table(
        ["severity", "over", "and over", "burn rate", "of the budget is gone by then", ...objectivesOf(scope).map(({ id }) => `bad events, ${id}`)],
        rows,
    );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
    const line = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
    return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}
