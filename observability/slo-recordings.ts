import { withoutTesters } from "./audience.ts";
import { type Matcher, type Matchers, days, like, minutes, number, select } from "../rollout/gate/gateway-series/promql.ts";
import { badRatio, rateWindowSeconds, recorded } from "./recorded.ts";
import { usersView } from "./request-recordings.ts";
import type { Recording, RuleGroup } from "./rule.ts";
import { type Scope, ofService } from "./scope.ts";
import { type Objective, errorBudget, objectivesOf, periodDays, recordedWindows } from "./slo.ts";

/** Events of an objective each second, all and bad: everything else is made of these two. */
export const eventRates = { all: "slo:events:rate5m", bad: "slo:bad_events:rate5m" } as const;

/** What is left of the error budget, as a ratio: 1 at the beginning, below 0 when it is overspent. */
export const budgetRemaining = "slo:error_budget_remaining:ratio";

/**
 * Bad events of each objective over the windows of its alerts.
 *
 * The long windows add up the recorded rates, so that three days cost as little as five minutes, and a quiet night counts as little as it had users.
 */
export function sloRecordings(scope: Scope): readonly RuleGroup[] {
    const short = objectivesOf(scope).flatMap((objective): readonly Recording[] => {
        const labels = { slo: objective.id };
        const { all, bad } = eventsOf(scope, objective);
        const [badRate, allRate] = [select(eventRates.bad, ofObjective(scope, objective)), select(eventRates.all, ofObjective(scope, objective))];
        return [
            { record: eventRates.all, expression: all, labels },
            { record: eventRates.bad, expression: bad, labels },
            { record: badRatio(rateWindowSeconds), expression: `${badRate} / ${allRate}`, labels },
        ];
    });
    const long = recordedWindows
        .filter((windowSeconds) => windowSeconds > rateWindowSeconds)
        .map((windowSeconds) => ({ record: badRatio(windowSeconds), expression: overTime(scope, windowSeconds) }));
    const budgets = objectivesOf(scope).map((objective) => ({
        record: budgetRemaining,
        expression: `1 - (${overTime(scope, days(periodDays), objective)}) / ${number(errorBudget(objective))}`,
        labels: { slo: objective.id },
    }));
    return [
        { name: "slo-recordings", title: "Bad events of each objective", intervalSeconds: 30, recordings: [...short, ...long], alerts: [] },
        {
            name: "slo-budget",
            title: `What is left of each budget over ${String(periodDays)} days`,
            intervalSeconds: minutes(5),
            recordings: budgets,
            alerts: [],
        },
    ];
}

function overTime(scope: Scope, windowSeconds: number, objective?: Objective): string {
    const matchers = objective === undefined ? ofService(scope) : ofObjective(scope, objective);
    return [eventRates.bad, eventRates.all].map((name) => `sum_over_time(${select(name, matchers, windowSeconds)})`).join(" / ");
}

function ofObjective(scope: Scope, { id }: Objective): Matchers {
    return { ...ofService(scope), slo: id };
}

/** All and bad events of an objective each second. What counts is in docs/slo.md. */
function eventsOf(scope: Scope, objective: Objective): { readonly all: string; readonly bad: string } {
    const own = ofService(scope);
    const sum = (metric: string, matchers: Matchers): string =>
        `sum by (namespace, service) (rate(${select(metric, { ...own, ...withoutTesters(metric), ...matchers }, rateWindowSeconds)}))`;
    switch (objective.id) {
        case "availability": {
            const ofUsers = (record: string): string => `sum by (namespace, service) (${select(record, { ...own, view: usersView(scope) })})`;
            return { all: ofUsers(recorded.requests), bad: ofUsers(recorded.failed) };
        }
        case "latency-hit":
        case "latency-miss": {
            const cache = objective.id === "latency-hit" ? "hit" : "miss";
            const all = sum("http_request_duration_seconds_count", { cache });
            const fast = sum("http_request_duration_seconds_bucket", { cache, le: bucketOf(objective.boundSeconds ?? Number.NaN) });
            return { all, bad: `${all} - ${fast}` };
        }
        case "cache-hit":
            return { all: sum("cache_requests_total", { result: like("hit|miss") }), bad: sum("cache_requests_total", { result: "miss" }) };
    }
}

/** The bucket of a bound. Prometheus 3 writes whole numbers as `1.0`, older ones as the service does: https://prometheus.io/docs/prometheus/latest/migration/#le-and-quantile-label-values */
function bucketOf(boundSeconds: number): Matcher {
    return Number.isInteger(boundSeconds) ? like(`${number(boundSeconds)}([.]0)?`) : number(boundSeconds);
}
