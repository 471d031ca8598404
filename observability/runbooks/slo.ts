import { inWords, percent } from "../../rollout/gate/gateway-series/promql.ts";
import type { Scope } from "../scope.ts";
import { type Objective, type ObjectiveId, burnRate, burnWindows, errorBudget, objectivesOf } from "../slo.ts";
import { type Runbook, type Runbooks, type Step, bothViews, commandsFor, rollbackMayHelp } from "./runbook.ts";

/** What differs between the objectivesOf. */
interface ObjectiveHelp {
    readonly alert: string;
    readonly impact: string;
    readonly diagnosis: readonly [Step, ...Step[]];
    readonly mitigation: readonly [Step, ...Step[]];
}

/** Budgets that burn, and what makes the budgets blind. */
export function sloRunbooks(scope: Scope): Runbooks {
    const help = helpFor(scope);
    const burning = objectivesOf(scope).flatMap((objective): readonly (readonly [string, Runbook])[] => {
        const { alert, impact, diagnosis, mitigation } = help[objective.id];
        return (["critical", "warning"] as const).map((severity) => [
            `${alert}BudgetBurns${severity === "critical" ? "Fast" : "Slowly"}`,
            {
                meaning: `${promise(objective)} ${pace(objective, severity)}`,
                impact: severity === "critical" ? `${impact} It is happening now.` : `${impact} It is little at a time, and goes on for hours.`,
                diagnosis,
                mitigation:
                    severity === "critical"
                        ? mitigation
                        : [...mitigation, "It can wait for the working day. Make it a ticket for today, and begin no rollout before the ratio has fallen."],
                rollback: rollbackMayHelp,
            },
        ]);
    });
    return { ...Object.fromEntries(burning), ...others(scope) };
}

function promise(objective: Objective): string {
    const what = objective.boundSeconds === undefined ? "" : ` within ${String(objective.boundSeconds * 1_000)} ms`;
    return `The promise '${objective.title}'${what} holds for ${percent(objective.target)} of the events, so ${percent(errorBudget(objective))} may be bad.`;
}

function pace(objective: Objective, severity: "critical" | "warning"): string {
    const pairs = burnWindows
        .filter((window) => window.severity === severity)
        .map((window) => `${String(burnRate(window))} times as many over ${inWords(window.longSeconds)} and over the last ${inWords(window.shortSeconds)}`);
    return `This fires at ${pairs.join(", or at ")}.`;
}

function helpFor(scope: Scope): Readonly<Record<ObjectiveId, ObjectiveHelp>> {
    const { kubectl, status, podsOf } = commandsFor(scope);
    const own = `namespace="${scope.namespace}",service="${scope.service}"`;
    const rollout: Step = ["See whether a rollout is under way, and since when.", status];
    return {
        availability: {
            alert: "Availability",
            impact: "Users get errors in place of videos.",
            diagnosis: [
                rollout,
                bothViews(scope),
                ["Find the revision and the route that fail.", `sum by (revision, route, code) (rate(http_requests_total{${own},code=~"5.."}[5m])) > 0`],
                [
                    "Read what the pods say about it.",
                    `${kubectl} logs -l app.kubernetes.io/name=${scope.service},app.kubernetes.io/component=api --since=10m --prefix | jq -c 'select(.level=="error")' | head -50`,
                ],
                "Errors on routes that miss the cache only point at PostgreSQL or ClickHouse; errors on engagement alone at Kafka.",
            ],
            mitigation: [
                "If one revision fails and it is the candidate: roll back.",
                "If a store is down, its own alert fires too and mutes nothing here: follow its runbook.",
                "If pods are overloaded, see AutoscalerAtMaximum.",
            ],
        },
        "latency-hit": {
            alert: "CachedLatency",
            impact: "Answers that need no store are slow: the pods or Redis are short of something.",
            diagnosis: [
                rollout,
                ["See which revision is slow.", `revision_cache:http_request_duration_seconds:p95_rate5m{${own},cache="hit"}`],
                ["See CPU of the pods: an answer from the cache is mostly CPU.", `${kubectl} top pods -l app.kubernetes.io/component=api`],
                [
                    "See how fast Redis answers, inside its pod.",
                    `${kubectl} exec ${scope.service}-stores-redis-0 -c redis -- sh -c 'REDISCLI_AUTH=$(cat /credentials/exporter) redis-cli $([ -f /tls/ca.crt ] && echo --tls --cacert /tls/ca.crt) --user exporter latency latest'`,
                ],
            ],
            mitigation: [
                "More pods help if CPU is high: raise the autoscaler's minimum for the evening.",
                "If Redis is slow, look for one huge key or a rewrite of its file: the Redis dashboard shows both.",
            ],
        },
        "latency-miss": {
            alert: "UncachedLatency",
            impact: "Who asks for something that is not in the cache waits.",
            diagnosis: [
                rollout,
                [
                    "See which route is slow.",
                    `histogram_quantile(0.95, sum by (route, le) (rate(http_request_duration_seconds_bucket{${own},cache="miss"}[5m])))`,
                ],
                ["See whether requests wait for a connection.", `sum by (revision) (database_pool_waiting{${own}})`],
                [
                    "See the slowest statements.",
                    `psql -c "SELECT now() - query_start AS since, state, left(query, 80) FROM pg_stat_activity WHERE state <> 'idle' ORDER BY 1 DESC LIMIT 10"`,
                ],
            ],
            mitigation: [
                "A statement that was fast last week and reads whole tables now lacks an index or fresh statistics: `ANALYZE` the table.",
                "If waiting for connections is the cause, fewer pods may be faster than more.",
            ],
        },
        "cache-hit": {
            alert: "CacheHits",
            impact: "Misses go to PostgreSQL and ClickHouse: latency rises first, then their load.",
            diagnosis: [
                rollout,
                [
                    "See whether one revision misses more than the other: a changed key format makes a cold cache.",
                    `revision:cache_lookups_found:ratio_rate5m{${own}}`,
                ],
                [
                    "See whether Redis throws keys out, or was restarted.",
                    `sum by (pod) (rate(redis_evicted_keys_total{namespace="${scope.namespace}",job="${scope.jobs.redis}"}[5m]))`,
                ],
                ["See the Redis pods.", podsOf("redis")],
            ],
            mitigation: [
                "After a restart the cache fills by itself within its time to live; watch PostgreSQL meanwhile.",
                "If keys are thrown out, give Redis more memory: `maxMemoryMi` of the RedisCluster.",
            ],
        },
    };
}

function others(scope: Scope): Runbooks {
    const { kubectl, status, podsOf } = commandsFor(scope);
    const own = `namespace="${scope.namespace}",service="${scope.service}"`;
    return {
        ErrorBudgetNearlySpent: {
            meaning: "Of what may go wrong within the period, nearly everything has gone wrong already. The label `slo` says for which promise.",
            impact: "Nothing is broken at this moment. The next incident breaks the promise to users.",
            diagnosis: [
                ["See when it was spent: the steep parts are the incidents.", `slo:error_budget_remaining:ratio{${own}}`],
                "Compare with the rollouts dashboard: how much of it did rollouts cost?",
            ],
            mitigation: [
                "Begin no rollout but those that fix something, until the budget has recovered.",
                "Put the incident that cost most on the agenda of the next review.",
            ],
            rollback: "A rollout under way with a healthy candidate may go on; do not begin the next one.",
        },
        ServiceMetricsMissing: {
            meaning:
                "Prometheus has no series of the service at all. The pods are gone, or nothing scrapes them: a PodMonitor that lost its label, a network policy, a Prometheus that lost its configuration.",
            impact: "Every alert on users' requests is blind. The gate holds, and the watcher rolls back at the limit for blindness.",
            diagnosis: [
                ["See whether pods run.", podsOf("api")],
                [
                    "See whether the PodMonitor is there, with the label that Prometheus selects by.",
                    `${kubectl} get podmonitor ${scope.service} -o jsonpath='{.metadata.labels}'`,
                ],
                [
                    "See whether a pod shows metrics.",
                    `${kubectl} port-forward deploy/${scope.service}-${scope.stable} 9090 & sleep 2; curl -s localhost:9090/metrics | head -5`,
                ],
                "In Prometheus, Status > Targets shows the pods that were found, and why a scrape fails.",
            ],
            mitigation: [
                "Fix the label (`observability.selectLabels` in the stack config) or the network policy from the monitoring namespace.",
                "Until then the gateway's view tells how users fare: the row 'Requests' of the overview dashboard does not depend on this scrape.",
            ],
            rollback: "If the pods are gone since a step, roll back. Otherwise a rollback changes nothing.",
        },
        ServiceReceivesNoRequests: {
            meaning:
                "The pods run and answer their probes, and no request reaches them: the gateway, the route, DNS or the certificate in front of them is broken.",
            impact: "Users see nothing of the service. Its error ratio is perfect, since there are no requests.",
            diagnosis: [
                ["Call it as a user does.", `curl -sv https://<hostname>/api/v1/trending -o /dev/null 2>&1 | grep -E '^[<*]' | head -20`],
                ["See whether the route is accepted and has its backends.", `${kubectl} describe httproute ${scope.service}`],
                ["See whether there are endpoints.", `${kubectl} get endpointslices -l app.kubernetes.io/name=${scope.service}`],
                ["See what changed last.", status],
            ],
            mitigation: ["A route that is not accepted names the reason in its status: fix that.", "If the certificate has ended, see CertificateEndsSoon."],
            rollback: rollbackMayHelp,
        },
    };
}
