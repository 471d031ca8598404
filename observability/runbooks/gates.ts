import { labelKeysOf } from "../../rollout/route/label-keys.ts";
import type { Scope } from "../scope.ts";
import { type Runbook, type Runbooks, type Step, bothViews, commandsFor, rollbackHelps, rollbackMayHelp } from "./runbook.ts";

/** What differs between the numbers of a gate. */
interface GateHelp {
    readonly meaning: string;
    readonly impact: string;
    readonly looks: readonly Step[];
    readonly mitigation: Runbook["mitigation"];
    readonly rollback?: string;
}

/** The gates' numbers. Each page begins with the gate's own word, since it alone decides. */
export function gateRunbooks(scope: Scope): Runbooks {
    const { gate } = commandsFor(scope);
    return Object.fromEntries(
        Object.entries(helpFor(scope)).map(([alert, { meaning, impact, looks, mitigation, rollback }]): readonly [string, Runbook] => [
            alert,
            {
                meaning: `${meaning} The gate of this step will hold.`,
                impact,
                diagnosis: [["See what the gate measured, over the whole step and with its own test.", gate], ...looks],
                mitigation,
                rollback: rollback ?? rollbackHelps,
            },
        ]),
    );
}

function helpFor(scope: Scope): Readonly<Record<string, GateHelp>> {
    const labelKeys = labelKeysOf(scope.profile);
    const { kubectl, candidateLog, candidatePods } = commandsFor(scope);
    const own = `namespace="${scope.namespace}",service="${scope.service}"`;
    const candidate = `${own},revision!="${scope.stable}"`;
    return {
        CandidateErrorsAboveGate: {
            meaning: "The candidate fails a larger share of its requests than this step allows.",
            impact: "Few users notice yet; more would at the next weight.",
            looks: [
                bothViews(scope),
                ["Find the route.", `sum by (route, code) (rate(http_requests_total{${candidate},code=~"5.."}[10m]))`],
                ["Read the errors.", `${candidateLog} | jq -c 'select(.level=="error")' | head -30`],
            ],
            mitigation: [
                "If the stable revision fails as much, a store is at fault: fix that and wait.",
                "Otherwise fix the candidate in a new revision; there is no reason to wait for the hold to end.",
            ],
        },
        CandidateLatencyAboveGate: {
            meaning: "p95 of the candidate is above what this step allows.",
            impact: "Answers are slower than users were promised.",
            looks: [["See which route it is.", `histogram_quantile(0.95, sum by (route, le) (rate(http_request_duration_seconds_bucket{${candidate}}[10m])))`]],
            mitigation: [
                "Give a new pod ten minutes. If it does not settle, compare with the stable revision: CandidateSlowerThanStable says whether it is the candidate.",
            ],
        },
        CandidateCachedLatencyAboveGate: {
            meaning: "Answers that the candidate finds in the cache take longer than promised. No store but Redis takes part in them.",
            impact: "The most frequent answers are slow.",
            looks: [
                ["See CPU of the candidate's pods.", `${kubectl} top pods -l app.kubernetes.io/component=api,${labelKeys.revision}!=${scope.stable}`],
                [
                    "See how large answers became: serialising is the usual cost.",
                    `${candidateLog} | jq -r 'select(.route=="feed") | .durationMs' | sort -n | tail -5`,
                ],
            ],
            mitigation: ["Short of CPU: the autoscaler adds pods at 50 %, so wait one minute.", "Otherwise profile the candidate at weight 0."],
        },
        CandidateUncachedLatencyAboveGate: {
            meaning: "Answers that the candidate has to compute take longer than promised.",
            impact: "Who asks for something rare waits.",
            looks: [
                ["See whether requests wait for a connection.", `max by (pod) (database_pool_waiting{${candidate}})`],
                [
                    "See the statements that take long.",
                    `psql -c "SELECT left(query, 80), mean_exec_time FROM pg_stat_statements ORDER BY mean_exec_time DESC LIMIT 10"`,
                ],
            ],
            mitigation: ["A new statement without an index is the usual cause: add the index (it needs no new revision), and look again."],
        },
        CandidateCacheHitsBelowGate: {
            meaning: "The candidate finds fewer of its answers in the cache than this step allows.",
            impact: "PostgreSQL and ClickHouse carry the difference, and at the next weight twice of it.",
            looks: [
                ["See whether it rises.", `revision:cache_lookups_found:ratio_rate5m{${own}}`],
                ["See whether lookups fail outright, which is Redis.", `sum by (revision) (rate(cache_requests_total{${own},result="error"}[5m]))`],
            ],
            mitigation: ["A cold cache warms up within its time to live: stay at the step.", "If Redis fails, its alerts lead."],
            rollback: rollbackMayHelp,
        },
        CandidateCpuAboveGate: {
            meaning: "The candidate's pods use more of the CPU that they request than this step allows.",
            impact: "There is no room for a peak. The autoscaler adds pods up to its maximum, and then answers become slow.",
            looks: [
                ["See it pod by pod.", `${kubectl} top pods -l app.kubernetes.io/component=api,${labelKeys.revision}!=${scope.stable}`],
                [
                    "Compare the cost of a request with the stable revision's.",
                    `sum by (revision) (rate(process_cpu_seconds_total{${own}}[10m])) / sum by (revision) (rate(http_requests_total{${own}}[10m]))`,
                ],
            ],
            mitigation: [
                "If a request costs the same as before, there are too few pods for the hour: add some by the autoscaler's minimum.",
                "If it costs more, the code does more: decide whether that was meant.",
            ],
        },
        CandidateMemoryAboveGate: {
            meaning: "A pod of the candidate uses more memory than the baseline allows. Its limit lies a third higher: there the kernel ends it.",
            impact: "Not yet any. A pod that reaches its limit is killed with all its requests.",
            looks: [
                ["See which pods, and whether it still rises.", `process_resident_memory_bytes{${candidate}}`],
                ["See pods and restarts.", candidatePods],
            ],
            mitigation: [
                "Memory that is high and flat may be a larger cache that was meant: then the request and the baseline have to change, in review.",
                "Memory that rises is a leak: roll the candidate back.",
            ],
        },
        CandidateMemoryGrows: {
            meaning: "The memory of a pod of the candidate rises steadily: it leaks, or keeps something that it should not.",
            impact: "In hours or days the pod is killed, then the next. The soak ends long before that.",
            looks: [
                ["See the last hour of each pod.", `deriv(process_resident_memory_bytes{${candidate}}[1h]) * 3600`],
                "Take a heap profile of one pod now and one in half an hour, and compare them.",
            ],
            mitigation: ["Roll back while its share is small. Restarting pods hides a leak and does not fix it."],
        },
        CandidateDatabasePoolFills: {
            meaning: "A pod of the candidate has nearly all connections of its pool in use.",
            impact: "One burst more, and requests wait for a connection.",
            looks: [
                ["See use and waiting, pod by pod.", `database_pool_connections{${candidate},state="in_use"}`],
                [
                    "See what its connections do.",
                    `psql -c "SELECT state, count(*), max(now() - state_change) FROM pg_stat_activity WHERE datname = '${scope.database ?? "<database>"}' GROUP BY 1"`,
                ],
            ],
            mitigation: [
                "Connections that are `idle in transaction` are not given back: a defect of the candidate, so roll back.",
                "Connections that are `active` for long are slow statements: see CandidateUncachedLatencyAboveGate.",
            ],
        },
        CandidateTimeoutsAboveGate: {
            meaning: "More of the candidate's requests run into a time limit than the last step allows: its own limit, or that of something it calls.",
            impact: "To a user a timeout is an error that takes long.",
            looks: [
                ["Find the route.", `sum by (route) (rate(http_request_timeouts_total{${candidate}}[10m]))`],
                ["Read which call timed out.", `${candidateLog} | grep -i -m 20 -E 'time(d )?out|deadline'`],
            ],
            mitigation: [
                "If one dependency is slow for both revisions, fix that.",
                "At 100 % there is no stable traffic to compare with: the stable revision's figures of an hour ago are the measure.",
            ],
        },
        CandidateEventsNotRecorded: {
            meaning: "The candidate accepts engagement events and Kafka does not confirm all of them.",
            impact: "Likes and views are lost: rankings and creators' numbers become wrong, and can't be restored.",
            looks: [
                ["See what became of the events.", `sum by (revision, result) (rate(engagement_events_total{${own}}[5m]))`],
                ["Read why sending failed: authorisation, message size, no leader.", `${candidateLog} | grep -i -m 20 kafka`],
            ],
            mitigation: [
                "If both revisions lose events, Kafka is at fault: its alerts lead.",
                "If only the candidate does, roll back at once: lost events do not come back.",
            ],
        },
    };
}
