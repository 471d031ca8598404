import { like } from "../promql.ts";
import { both, candidateRows } from "./canary-rows.ts";
import { candidateLines, gateLine } from "./lines.ts";
import type { DashboardSpec, PanelSpec } from "./panel.ts";
import { own, percentile, rate, share } from "./queries.ts";
import { verdict, verdictWords } from "./verdict.ts";
import { revisionVariables, serviceVariables } from "./variables.ts";

/** The candidate beside the stable revision, on one axis, with the lines of the plan. */
export const canary: DashboardSpec = {
    name: "canary",
    title: "candidate and stable revision",
    description:
        "The candidate beside the stable revision in the same minutes. Lines are the plan's: where a candidate is looked into, and where it goes back.",
    from: "now-1h",
    variables: [...serviceVariables("http_requests_total", "up"), ...revisionVariables],
    marksSteps: true,
    rows: [
        {
            title: "Where it stands",
            panels: [
                stat("Weight", "Share of the requests that the live route gives to the candidate.", "percent", "rollout_step_weight_percent"),
                {
                    kind: "stat",
                    title: "Verdict",
                    description: "What the watcher's latest look led to. Without a word the watcher is silent.",
                    unit: "none",
                    queries: [verdict],
                    words: verdictWords,
                    runbook: "RolloutGateHolds",
                },
                stat(
                    "Share that arrives",
                    "Share of the requests that reached the candidate. It has to lie near the weight.",
                    "percentunit",
                    "rollout_observed_share_ratio",
                    "RolloutShareDiffersFromWeight",
                ),
                {
                    ...stat("Soak", "How much of the step's soak is over.", "percentunit", "rollout_soak_seconds", "RolloutStuck"),
                    queries: [{ expression: `max(${own("rollout_soak_seconds")}) / max(${own("rollout_soak_required_seconds")})`, legend: "soak" }],
                },
                stat(
                    "Hold",
                    "How long the gate has held after the soak. At its limit the rollout goes back.",
                    "s",
                    "rollout_hold_seconds",
                    "RolloutHoldEndsSoon",
                ),
                stat("Approvals missing", "Roles whose word the next step still needs.", "short", "rollout_approvals_missing", "RolloutApprovalWaits"),
            ],
        },
        {
            title: "Requests",
            panels: [
                {
                    kind: "timeseries",
                    title: "Requests",
                    description: "Requests each second. Percentages of few requests jump.",
                    unit: "reqps",
                    queries: both((revision) => `sum(${rate(own("http_requests_total", { revision }))})`),
                },
                {
                    kind: "timeseries",
                    title: "Failed requests",
                    description: "Share of requests answered with 500 to 599. Both high: a store. Only the candidate: the candidate.",
                    unit: "percentunit",
                    lines: candidateLines.errors,
                    queries: [
                        ...both(
                            (revision) =>
                                `sum(${rate(own("http_requests_total", { revision, code: like("5..") }))}) / sum(${rate(own("http_requests_total", { revision }))})`,
                        ),
                        gateLine("error-ratio"),
                    ],
                    runbook: "CandidateErrorsCallForRollback",
                },
                {
                    kind: "timeseries",
                    title: "The candidate's failed requests by route",
                    description: "Where the candidate fails.",
                    unit: "percentunit",
                    queries: [
                        {
                            expression: share(
                                "route",
                                rate(own("http_requests_total", { revision: "$candidate", code: like("5..") })),
                                rate(own("http_requests_total", { revision: "$candidate" })),
                            ),
                            legend: "{{route}}",
                        },
                    ],
                    runbook: "CandidateErrorsNeedALook",
                },
            ],
        },
        {
            title: "Time to answer",
            panels: [
                latency("p95 of all answers", "What the plan judges.", undefined, "CandidateLatencyCallsForRollback"),
                latency("p95 on cache hits", "Mostly CPU and Redis.", "hit", "CandidateCachedLatencyAboveGate"),
                latency("p95 on cache misses", "Mostly PostgreSQL and ClickHouse.", "miss", "CandidateUncachedLatencyAboveGate"),
            ],
        },
        ...candidateRows,
    ],
};

function latency(title: string, description: string, cache: "hit" | "miss" | undefined, runbook: string): PanelSpec {
    const matchers = cache === undefined ? {} : { cache };
    return {
        kind: "timeseries",
        title,
        description: `95th percentile of the time to answer. ${description}`,
        unit: "s",
        ...(cache === undefined ? { lines: candidateLines.latency } : {}),
        queries: [
            ...both((revision) => percentile(0.95, "", own("http_request_duration_seconds_bucket", { revision, ...matchers }))),
            gateLine("latency-p95", (measure) => measure.kind === "latency-p95" && measure.cache === cache),
        ],
        runbook,
    };
}

function stat(title: string, description: string, unit: PanelSpec["unit"], metric: string, runbook?: string): PanelSpec {
    return {
        kind: "stat",
        title,
        description,
        unit,
        queries: [{ expression: `max(${own(metric)})`, legend: title }],
        ...(runbook === undefined ? {} : { runbook }),
    };
}
