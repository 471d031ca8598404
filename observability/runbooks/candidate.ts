import type { Scope } from "../scope.ts";
import { type Runbooks, type Step, bothViews, commandsFor, rollbackHelps, rollbackMayHelp } from "./runbook.ts";

/** What holds a step and is looked into, and what the comparison with the stable revision shows. */
export function candidateRunbooks(scope: Scope): Runbooks {
    const { kubectl, gate, candidateLog, candidatePods, stableLog } = commandsFor(scope);
    const own = `namespace="${scope.namespace}",service="${scope.service}"`;
    const candidate = `${own},revision!="${scope.stable}"`;
    const judged: Step = ["See how the gate judges it, and with how many samples.", gate];
    return {
        CandidateErrorsNeedALook: {
            meaning: "The candidate fails more requests than the plan accepts, and fewer than what rolls it back at once. The step is held.",
            impact: "A small share of users meets errors. It often is one route or one kind of input.",
            diagnosis: [
                judged,
                bothViews(scope),
                ["Find the route.", `sum by (route, code) (rate(http_requests_total{${candidate},code=~"5.."}[5m]))`],
                [
                    "Read the errors of that route, and count their messages.",
                    `${candidateLog} | jq -r 'select(.level=="error") | .message' | sort | uniq -c | sort -rn | head`,
                ],
            ],
            mitigation: [
                "If the message points at a store, compare with the stable revision before blaming the candidate.",
                "If it is the candidate's, roll back: the error is cheaper now than at 50 %.",
            ],
            rollback: rollbackHelps,
        },
        CandidateLatencyNeedsALook: {
            meaning: "p95 of the candidate is above what the plan accepts, and below what rolls it back at once.",
            impact: "One user in twenty of those on the candidate waits noticeably.",
            diagnosis: [
                judged,
                ["See which route is slow.", `histogram_quantile(0.95, sum by (route, le) (rate(http_request_duration_seconds_bucket{${candidate}}[5m])))`],
                ["See whether it waits for the database.", `max by (revision) (database_pool_waiting{${own}})`],
            ],
            mitigation: [
                "New pods compile and fill caches in their first minutes: if p95 falls from look to look, wait for the soak.",
                "If it stays, roll the candidate back and profile it at weight 0, with the header `x-tester-key` (docs/testers.md).",
            ],
            rollback: rollbackHelps,
        },
        CandidateRestarted: {
            meaning: "A container of the candidate ended and was started again, once: a crash, a failed liveness probe, or too much memory.",
            impact: "Requests that were under way in it failed. One restart is a warning; three in ten minutes roll the candidate back.",
            diagnosis: [
                ["See why it ended.", `${kubectl} get pod $POD -o jsonpath='{.status.containerStatuses[0].lastState.terminated}'`],
                ["Read its last words.", `${kubectl} logs $POD -c api --previous --tail=100`],
                ["See what else happened on its node.", `${kubectl} get events --field-selector involvedObject.name=$POD --sort-by=.lastTimestamp`],
            ],
            mitigation: [
                "If the node was drained or failed, it is no defect of the candidate: the gate needs a soak without restarts, so the step begins anew.",
                "If the process crashed, roll back.",
            ],
            rollback: rollbackHelps,
        },
        CandidateDatabaseConnectionsNeedALook: {
            meaning: "The candidate could not make a connection to PostgreSQL, or lost one, within the last minutes.",
            impact: "A request that needed it failed or was repeated. If it goes on, the watcher rolls the candidate back: CandidateDatabaseConnectionsFail.",
            diagnosis: [
                ["See whether both revisions are affected.", `sum by (revision) (increase(database_connection_errors_total{${own}}[15m]))`],
                ["Read the reason: refused, timed out, too many clients, wrong password.", `${candidateLog} | grep -i -m 20 connection`],
            ],
            mitigation: [
                "'Too many clients': the pools of all pods together are larger than the server allows. Lower the candidate's pool in its settings, in a new revision.",
                "A failover of the server explains one burst: wait for the soak.",
            ],
            rollback: rollbackMayHelp,
        },
        CandidateLogsCriticalLines: {
            meaning: "The candidate wrote a line of the level `critical`: by its own word something that must not happen.",
            impact: "It depends on the line. The step holds until an engineer has read it.",
            diagnosis: [
                ["Read the lines.", `${candidateLog} | jq -c 'select(.level=="critical")'`],
                ["See whether the stable revision writes them too.", `${stableLog} | jq -c 'select(.level=="critical")' | head`],
            ],
            mitigation: [
                "If it is harmless, lower its level in the code: a level that people learn to ignore is worth nothing.",
                "If it is about data that was lost or written wrongly, roll back before anything else.",
            ],
            rollback: rollbackHelps,
        },
        CandidateErrorsWorseThanStable: {
            meaning:
                "In the same minutes and behind the same gateway, the candidate fails more than the stable revision, by more than chance explains. So it is the candidate, not a store.",
            impact: "Users on the candidate meet errors that others do not.",
            diagnosis: [
                judged,
                bothViews(scope),
                [
                    "See the routes side by side.",
                    `sum by (route, revision) (rate(http_requests_total{${own},code=~"5.."}[10m])) / sum by (route, revision) (rate(http_requests_total{${own}}[10m]))`,
                ],
                ["Read what only the candidate says.", `${candidateLog} | jq -r 'select(.level=="error") | .message' | sort | uniq -c | sort -rn | head`],
            ],
            mitigation: ["Roll back, unless the difference is one route without users and an approver accepts it in an override."],
            rollback: rollbackHelps,
        },
        CandidateClientErrorsWorseThanStable: {
            meaning:
                "In the same minutes, the candidate answers a larger share of the requests with one status of 400 to 499. Users ask both revisions the same, so the difference is the candidate's: a check that became stricter (400), tokens that it does not accept (401), a rule that it lost (403), an address that it no longer has (404).",
            impact: "Users on the candidate are turned away, and no criterion on errors sees it: to the service these requests are well answered.",
            diagnosis: [
                [
                    "See the statuses side by side.",
                    `revision:http_client_errors:increase10m{${own}} / on (revision, view) group_left () revision:http_requests:increase10m{${own}}`,
                ],
                ["Find the routes.", `sum by (revision, route, code) (rate(http_requests_total{${own},code=~"4.."}[10m])) > 0`],
                [
                    "Read what the candidate says about them.",
                    `${candidateLog} | jq -c 'select(.status >= 400 and .status < 500) | {time, route, status, message}' | head -30`,
                ],
            ],
            mitigation: [
                "Roll back, unless the stricter answer is what the release is for and an approver accepts it in an override.",
                "A cache of tokens or addresses that is cold explains the first minutes only.",
            ],
            rollback: rollbackHelps,
        },
        CandidateSlowerThanStable: {
            meaning: "In the same minutes, p95 of the candidate lies well above that of the stable revision.",
            impact: "Users on the candidate wait longer. At 100 % all users do, and the objective for latency may no longer hold.",
            diagnosis: [
                judged,
                ["See both, for hits and misses.", `revision_cache:http_request_duration_seconds:p95_rate5m{${own}}`],
                ["See CPU and restarts of both.", `${kubectl} top pods -l app.kubernetes.io/component=api`],
            ],
            mitigation: [
                "A candidate with one pod carries more requests a pod than six stable ones do: compare requests a pod first.",
                "If it is slower for the same load, roll back.",
            ],
            rollback: rollbackHelps,
        },
        CandidateCacheHitsBelowStable: {
            meaning: "The candidate finds fewer of its answers in the cache. Its keys differ, its entries live shorter, or it asks for other things.",
            impact: "Each miss costs PostgreSQL and ClickHouse. At 100 % their load multiplies: 5 % more misses are twice the load at a hit ratio of 95 %.",
            diagnosis: [
                ["See whether it recovers: a cold cache does within its time to live.", `revision:cache_lookups_found:ratio_rate5m{${own}}`],
                [
                    "Compare the settings of both revisions.",
                    `${kubectl} get configmaps -l app.kubernetes.io/name=${scope.service} -o custom-columns=NAME:.metadata.name,TTL:.data.CACHE_TTL_SECONDS`,
                ],
                ["See how the pods are spread: a candidate of one pod warms up slowly.", candidatePods],
            ],
            mitigation: [
                "If keys changed on purpose, stay at the step until the cache is warm, and watch PostgreSQL at each next one.",
                "If the change is not intended, roll back.",
            ],
            rollback: rollbackHelps,
        },
    };
}
