import { like, percent, unlike } from "../../rollout/gate/gateway-series/promql.ts";
import { type Objective, errorBudget, objectivesOf } from "../slo.ts";
import type { Scope } from "../scope.ts";
import { eventsOf } from "./gateway.ts";
import type { PanelSpec } from "./panel.ts";
import { increase, own } from "./queries.ts";
import type { GatewaySeries } from "../../rollout/gate/gateway-series/counter.ts";

/** How each objective was kept over all that is shown, and what that cost of its budget. */
export function promises(scope: Pick<Scope, "profile">, gateway: GatewaySeries | undefined): readonly PanelSpec[] {
    return objectivesOf(scope).flatMap((objective) => [kept(objective, gateway), budget(objective, gateway)]);
}

/** Share of good events over all that is shown, against the promise. */
function kept(objective: Objective, gateway: GatewaySeries | undefined): PanelSpec {
    const { good, all } = events(objective, gateway);
    return {
        kind: "stat",
        title: objective.title,
        description: `Share of good events over all that is shown. The promise is ${percent(objective.target)}.`,
        unit: "percentunit",
        width: 3,
        lines: [{ value: objective.target, meaning: "limit" }],
        wellIs: "above",
        queries: [{ expression: `${good} / ${all}`, legend: "kept" }],
        runbook: "ErrorBudgetNearlySpent",
    };
}

/** What was spent of the budget over all that is shown. */
function budget(objective: Objective, gateway: GatewaySeries | undefined): PanelSpec {
    const { good, all } = events(objective, gateway);
    return {
        kind: "stat",
        title: "Budget spent",
        description: `Bad events over all that is shown, of the ${percent(errorBudget(objective))} that may be bad: 100 % is all of it. Choose 30 days to see the month.`,
        unit: "percentunit",
        width: 3,
        lines: [
            { value: 0.75, meaning: "caution" },
            { value: 1, meaning: "limit" },
        ],
        queries: [{ expression: `(1 - ${good} / ${all}) / ${String(errorBudget(objective))}`, legend: "spent" }],
        runbook: "ErrorBudgetNearlySpent",
    };
}

function events(objective: Objective, gateway: GatewaySeries | undefined): { readonly good: string; readonly all: string } {
    const sum = (selector: string): string => `sum(${increase(selector)})`;
    switch (objective.id) {
        case "availability":
            return gateway === undefined
                ? { good: sum(own("http_requests_total", { code: unlike("5..") })), all: sum(own("http_requests_total")) }
                : usersEvents(gateway);
        case "latency-hit":
        case "latency-miss": {
            const cache = objective.id === "latency-hit" ? "hit" : "miss";
            return {
                good: sum(own("http_request_duration_seconds_bucket", { cache, le: String(objective.boundSeconds) })),
                all: sum(own("http_request_duration_seconds_count", { cache })),
            };
        }
        case "cache-hit":
            return { good: sum(own("cache_requests_total", { result: "hit" })), all: sum(own("cache_requests_total", { result: like("hit|miss") })) };
    }
}

/** What users got: measured where they get it. */
function usersEvents(gateway: GatewaySeries): { readonly good: string; readonly all: string } {
    const { all, failed } = eventsOf(gateway);
    return { good: `(${all} - ${failed})`, all };
}
