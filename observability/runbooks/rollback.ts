import type { Scope } from "../scope.ts";
import { type Runbooks, bothViews, commandsFor, rollbackHelps } from "./runbook.ts";

/** What rolls a candidate back at once: the watcher acts first, and the engineer on call makes sure of it. */
export function rollbackRunbooks(scope: Scope): Runbooks {
    const { kubectl, status, rollBack, candidateLog, candidatePods } = commandsFor(scope);
    const { service, namespace } = scope;
    const checkSplit = ["See whether the watcher has rolled back already: the weight must be 0.", status] as const;
    const back = ["If the candidate still has weight, roll back now. This needs no approval and no gate.", rollBack] as const;
    return {
        ServiceUptimeCallsForRollback: {
            meaning:
                "Users of both revisions together get too few answers. With a candidate under way, its share of the traffic is the usual cause: at 10 % it has to fail one request in ten to be seen here, at 100 % one in a hundred.",
            impact: "Users see errors now, and the month's error budget goes within hours.",
            diagnosis: [
                checkSplit,
                bothViews(scope),
                [
                    "Find the revision that fails.",
                    `sum by (revision, code) (rate(http_requests_total{namespace="${namespace}",service="${service}",code=~"5.."}[5m]))`,
                ],
                ["Where both fail alike, look at what they share: the stores and the gateway.", `${kubectl} get pods --field-selector=status.phase!=Running`],
            ],
            mitigation: [back, "Where both revisions fail alike, the alerts on the stores say which one is down: follow the runbook of that alert."],
            rollback: rollbackHelps,
        },
        CandidateErrorsCallForRollback: {
            meaning:
                "So many requests to the candidate fail that the plan rolls back without asking: answers with a status from 500 to 599, and by the gateway's view time limits and connections that were refused or reset. The label `view` says who counted.",
            impact: "Every user who is sent to the candidate meets these errors: its weight says how many that are.",
            diagnosis: [
                checkSplit,
                bothViews(scope),
                [
                    "Find the routes that fail.",
                    `sum by (route, code) (rate(http_requests_total{namespace="${namespace}",service="${service}",revision!="${scope.stable}",code=~"5.."}[5m]))`,
                ],
                [
                    "Read what the candidate says about them.",
                    `${candidateLog} | jq -c 'select(.level=="error" or .level=="critical") | {time, route, status, message}'`,
                ],
            ],
            mitigation: [back, "Keep the candidate's pods: they get no traffic at weight 0, and their logs and heap are the evidence."],
            rollback: rollbackHelps,
        },
        CandidateLatencyCallsForRollback: {
            meaning: "One answer in twenty of the candidate takes longer than the plan ever allows.",
            impact: "Users wait or give up. Slow requests hold connections and memory, so a slow candidate soon becomes one that fails.",
            diagnosis: [
                checkSplit,
                [
                    "See whether hits or misses of the cache are slow: slow misses point at PostgreSQL or ClickHouse, slow hits at the process itself.",
                    `revision_cache:http_request_duration_seconds:p95_rate5m{namespace="${namespace}",service="${service}"}`,
                ],
                ["See whether its pods are short of CPU.", `${kubectl} top pods -l app.kubernetes.io/component=api`],
            ],
            mitigation: [back, "If both revisions are slow, the cause is shared: look at the dashboards of PostgreSQL and Redis before anything else."],
            rollback: rollbackHelps,
        },
        CandidateCrashLoops: {
            meaning:
                "A pod of the candidate starts, ends and starts again. Mostly a setting or a secret that the new code needs is missing, or it runs out of memory.",
            impact: "The pods that are left carry its share. With one pod, as at 10 %, that share fails between two starts.",
            diagnosis: [
                ["See the pods and why their containers ended.", candidatePods],
                ["Read the log of the run before this one.", `${kubectl} logs $POD -c api --previous --tail=100`],
                [
                    "Exit code 137 with the reason OOMKilled is memory; anything else is in the log.",
                    `${kubectl} get pod $POD -o jsonpath='{.status.containerStatuses[?(@.name=="api")].lastState.terminated}'`,
                ],
            ],
            mitigation: [back, "Then fix it in a new revision. A revision is immutable: its settings can't be changed in place."],
            rollback: `${rollbackHelps} The crashing pods stay, without traffic, until the candidate is withdrawn.`,
        },
        CandidateDatabaseConnectionsFail: {
            meaning:
                "The candidate again and again fails to make connections to PostgreSQL, or loses them. Either it asks for too many, or its login or network path is wrong, or the server is at fault.",
            impact: "Requests that miss the cache fail or wait. A candidate that opens connections without end takes them from the stable revision too.",
            diagnosis: [
                [
                    "See whether the stable revision loses connections as well: then it is the server.",
                    `sum by (revision) (increase(database_connection_errors_total{namespace="${namespace}",service="${service}"}[5m]))`,
                ],
                ["Read the reason.", `${candidateLog} | grep -i -m 20 connection`],
                [
                    "See who holds the server's connections.",
                    `psql -c "SELECT usename, application_name, state, count(*) FROM pg_stat_activity GROUP BY 1, 2, 3 ORDER BY 4 DESC"`,
                ],
            ],
            mitigation: [back, "If the server is out of connections, end the idle ones of the candidate after its traffic is gone: they do not come back."],
            rollback: rollbackHelps,
        },
    };
}
