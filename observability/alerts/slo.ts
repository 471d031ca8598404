import { defined } from "../../rollout/defined.ts";
import { withoutTesters } from "../audience.ts";
import { criteriaOn } from "../bounds.ts";
import { fires, growing, ofPod, quiet, steady } from "../cases.ts";
import { example } from "../example.ts";
import { hours, minutes, number, percent, select } from "../../rollout/gate/gateway-series/promql.ts";
import { badRatio } from "../recorded.ts";
import type { Alert, RuleGroup } from "../rule.ts";
import { type Scope, ofService } from "../scope.ts";
import { type Objective, type ObjectiveId, burnRate, burnWindows, errorBudget, objectivesOf, periodDays } from "../slo.ts";
import { budgetRemaining } from "../slo-recordings.ts";
import { eventsOf } from "./slo-cases.ts";

/** Share of the budget, as a ratio, below which no risk should be taken: a rollout is one. */
const budgetNearlySpent = 0.1;

/** The first word of an objective's alerts, what its bad events are called, and the store that explains them when it is down. */
const wording: Readonly<Record<ObjectiveId, { readonly name: string; readonly bad: string; readonly dependsOn?: string }>> = {
    availability: { name: "Availability", bad: "requests fail" },
    "latency-hit": { name: "CachedLatency", bad: "answers from the cache are too slow" },
    "latency-miss": { name: "UncachedLatency", bad: "answers that missed the cache are too slow" },
    "cache-hit": { name: "CacheHits", bad: "lookups miss the cache", dependsOn: "redis" },
};

/**
 * Budgets that burn, each by two pairs of windows for a page and two for a ticket, and what makes the budgets blind: no requests, no series.
 *
 * @see https://sre.google/workbook/alerting-on-slos/
 */
export function sloAlerts(scope: Scope): RuleGroup {
    return {
        name: "slo",
        title: "What users are promised",
        intervalSeconds: 30,
        recordings: [],
        alerts: [
            ...objectivesOf(scope).flatMap((objective) => [burnsFast(scope, objective), burnsSlowly(scope, objective)]),
            ...budgetAlerts(scope),
            ...blindAlerts(scope),
        ],
    };
}

function burnsFast(scope: Scope, objective: Objective): Alert {
    const { name, bad } = wording[objective.id];
    const budget = errorBudget(objective);
    const [atFast, under] = [budget * 30, budget * 4].map((ratio) => Math.min(ratio, 0.9));
    return burn(scope, objective, {
        name: `${name}BudgetBurnsFast`,
        severity: "critical",
        forSeconds: minutes(2),
        summary: `Too many ${bad}, and the month's budget will be gone in hours.`,
        cases: [
            fires(`when ${percent(atFast ?? 0)} are bad for an hour`, eventsOf(objective, [{ badRatio: atFast ?? 0, count: 70 }]), minutes(66), [
                { labels: { slo: objective.id }, description: description(objective, atFast ?? 0) },
            ]),
            quiet(`when ${percent(under ?? 0)} are bad for an hour`, eventsOf(objective, [{ badRatio: under ?? 0, count: 70 }]), minutes(66)),
            quiet(
                "when it was over half an hour ago",
                eventsOf(objective, [
                    { badRatio: 0.9, count: 30 },
                    { badRatio: 0, count: 40 },
                ]),
                minutes(70),
            ),
        ],
    });
}

function burnsSlowly(scope: Scope, objective: Objective): Alert {
    const { name, bad } = wording[objective.id];
    const budget = errorBudget(objective);
    const [slow, under] = [Math.min(budget * 4, 0.9), budget * 0.8];
    const pace = { intervalSeconds: minutes(2) };
    return burn(scope, objective, {
        name: `${name}BudgetBurnsSlowly`,
        severity: "warning",
        forSeconds: hours(1),
        summary: `Too many ${bad}: at this pace the month's budget will not last.`,
        cases: [
            fires(
                `when ${percent(slow)} are bad for hours`,
                eventsOf(objective, [{ badRatio: slow, count: 150 }]),
                hours(4),
                [{ labels: { slo: objective.id }, description: description(objective, slow) }],
                pace,
            ),
            quiet(`when ${percent(under)} are bad for hours`, eventsOf(objective, [{ badRatio: under, count: 150 }]), hours(4), pace),
        ],
    });
}

/** An alert on the two pairs of windows of its severity. */
function burn(scope: Scope, objective: Objective, alert: Pick<Alert, "name" | "severity" | "forSeconds" | "summary" | "cases">): Alert {
    const own = { ...ofService(scope), slo: objective.id };
    const pairs = burnWindows.filter(({ severity }) => severity === alert.severity);
    const expression = pairs
        .map((window) => {
            const bound = `(${number(burnRate(window))} * ${number(errorBudget(objective))})`;
            const [long, short] = [window.longSeconds, window.shortSeconds].map((seconds) => `${select(badRatio(seconds), own)} > ${bound}`);
            return `(${long ?? ""} and ${short ?? ""})`;
        })
        .join(" or ");
    const { dependsOn } = wording[objective.id];
    return {
        ...alert,
        expression,
        labels: { slo: objective.id, rollout_scope: "service", ...defined({ depends_on: dependsOn }) },
        description: `{{ $value | humanizePercentage }} of the events of '${objective.title}' are bad, and ${percent(errorBudget(objective))} may be.`,
        dashboard: "overview",
        criteria: sameAs(scope, objective),
    };
}

/** The description of a burning budget as it is read. */
function description(objective: Objective, ratio: number): string {
    return `${String(Number((ratio * 100).toPrecision(4)))}% of the events of '${objective.title}' are bad, and ${percent(errorBudget(objective))} may be.`;
}

function budgetAlerts(scope: Scope): readonly Alert[] {
    const left = (slo: ObjectiveId): string => select(budgetRemaining, { namespace: example.namespace, service: example.service, slo });
    return [
        {
            name: "ErrorBudgetNearlySpent",
            severity: "warning",
            expression: `${select(budgetRemaining, ofService(scope))} < ${number(budgetNearlySpent)}`,
            forSeconds: minutes(15),
            labels: { rollout_scope: "service" },
            summary: "An error budget is nearly spent: begin no rollout.",
            description: `{{ $value | humanizePercentage }} of the budget for '{{ $labels.slo }}' over ${String(periodDays)} days are left. Below 0 % the promise is broken.`,
            dashboard: "overview",
            cases: [
                fires("when 4 % are left", { [left("availability")]: steady(0.04, 30) }, minutes(20), [
                    {
                        labels: { slo: "availability" },
                        description: `4% of the budget for 'availability' over ${String(periodDays)} days are left. Below 0 % the promise is broken.`,
                    },
                ]),
                quiet("when 10 % are left", { [left("cache-hit")]: steady(0.1, 30) }, minutes(20)),
            ],
        },
    ];
}

function blindAlerts(scope: Scope): readonly Alert[] {
    const requests = select("http_requests_total", { ...ofService(scope), ...withoutTesters("http_requests_total") }, minutes(5));
    return [
        {
            name: "ServiceMetricsMissing",
            severity: "critical",
            expression: `absent(sum(${select("http_requests_total", { ...ofService(scope), ...withoutTesters("http_requests_total") })}))`,
            forSeconds: minutes(5),
            labels: { rollout_scope: "service" },
            summary: "Prometheus has no data of the service.",
            description: "Prometheus has had no series of the service for five minutes. Every other alert on it is blind, and no step of a rollout passes.",
            dashboard: "overview",
            onAbsence: [{ labels: {} }],
            cases: [
                fires("when no pod was ever scraped", {}, minutes(7), [{ labels: {} }]),
                fires(
                    "when the scrapes stopped a quarter of an hour ago",
                    { [ofPod("http_requests_total", example.stable, { code: "200" })]: "0+600x3" },
                    minutes(18),
                    [{ labels: {} }],
                ),
                quiet("when one pod of many is scraped", { [ofPod("http_requests_total", example.stable, { code: "200" })]: growing(600, 10) }, minutes(9)),
            ],
        },
        {
            name: "ServiceReceivesNoRequests",
            severity: "critical",
            expression: `sum(rate(${requests})) == 0`,
            forSeconds: minutes(10),
            labels: { rollout_scope: "service" },
            summary: "Users do not reach the service.",
            description: "The pods run and have had no request for ten minutes: look at the gateway, the route and the host name.",
            dashboard: "overview",
            cases: [
                fires("when the counters stand still", { [ofPod("http_requests_total", example.stable, { code: "200" })]: steady(600, 25) }, minutes(20), [
                    { labels: {} },
                ]),
                quiet("when one request a minute comes", { [ofPod("http_requests_total", example.stable, { code: "200" })]: growing(1, 25) }, minutes(20)),
            ],
        },
    ];
}

/** Ids of the criteria that ask the same of the stable revision as an objective does of the service. */
function sameAs(scope: Scope, { criterion }: Objective): readonly string[] {
    const { measure, subject } = criterion;
    const cacheOf = (other: typeof measure): string | undefined => (other.kind === "latency-p95" ? other.cache : undefined);
    return criteriaOn(scope, measure.kind, subject, (other) => cacheOf(other.measure) === cacheOf(measure));
}
