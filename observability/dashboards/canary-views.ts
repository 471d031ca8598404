import { defined } from "../../rollout/defined.ts";
import { like, number } from "../../rollout/gate/gateway-series/promql.ts";
import { both } from "./canary-rows.ts";
import { partOf, rateOf, shareOf } from "./gateway.ts";
import type { Scope } from "../scope.ts";
import { candidateLines, gateLines } from "./lines.ts";
import type { PanelSpec, RowSpec } from "./panel.ts";
import { own, percentile, rate, share } from "./queries.ts";
import type { GatewaySeries } from "../../rollout/gate/gateway-series/counter.ts";

type Profiled = Pick<Scope, "profile">;

/** Half of the screen: what users got stands left, and what the pods say right. */
const half = { width: 12 } as const;

/** Requests and their time, by both views side by side, and what the gateway alone knows. Without a gateway, the pods' view. */
export function viewRows(scope: Profiled, gateway: GatewaySeries | undefined): readonly RowSpec[] {
    const [requests, failed, clientErrors, p95] = gateway === undefined ? [] : atGateway(scope, gateway);
    const beside = (left: PanelSpec | undefined, right: PanelSpec): readonly PanelSpec[] => (left === undefined ? [right] : [left, right]);
    return [
        {
            title: "Requests: users at the gateway, and what the pods say",
            panels: [...beside(requests, podRequests), ...beside(failed, podFailures(scope)), ...beside(clientErrors, podClientErrors), podFailuresByRoute],
        },
        {
            title: "Time to answer",
            panels: [
                ...beside(p95, podLatency(scope, "p95 of all answers", "What the plan judges.", undefined, "CandidateLatencyCallsForRollback")),
                podLatency(
                    scope,
                    "p95 on cache hits",
                    "Mostly CPU and Redis. The gateway does not know what was a hit.",
                    "hit",
                    "CandidateCachedLatencyAboveGate",
                ),
                podLatency(scope, "p95 on cache misses", "Mostly PostgreSQL and ClickHouse.", "miss", "CandidateUncachedLatencyAboveGate"),
            ],
        },
        ...(gateway === undefined ? [] : [{ title: "At the gateway", panels: lost(gateway) }]),
    ];
}

function atGateway(scope: Profiled, gateway: GatewaySeries): readonly [PanelSpec, PanelSpec, PanelSpec, PanelSpec] {
    const all = (revision: string): string => rateOf(gateway.requests, revision);
    const { answers, latency } = gateway;
    const p95: PanelSpec = {
        ...half,
        kind: "timeseries",
        title: "p95 at the gateway",
        description: "How long the gateway waited for 95 of 100 answers. Its buckets are wide, so the curve is rough between two of their bounds.",
        unit: "s",
        lines: candidateLines(scope, "latency-p95"),
        queries: both((revision) => percentileAt(latency, revision)),
        runbook: "CandidateLatencyCallsForRollback",
    };
    return [
        {
            ...half,
            kind: "timeseries",
            title: "Answers at the gateway",
            description: "Answers each second that users got, those included that the gateway gave in a pod's place.",
            unit: "reqps",
            queries: both(all),
            runbook: "GatewayMetricsMissing",
        },
        {
            ...half,
            kind: "timeseries",
            title: "Failed at the gateway",
            description: "Share of requests that failed for users: answers of 500 to 599, time limits, connections that were refused or reset.",
            unit: "percentunit",
            lines: candidateLines(scope, "error-ratio"),
            queries: [...both((revision) => shareOf(gateway, gateway.failed, revision)), ...gateLines(scope, "error-ratio")],
            runbook: "CandidateErrorsCallForRollback",
        },
        {
            ...half,
            kind: "timeseries",
            title: "Turned away at the gateway",
            description:
                "Share of requests answered with 400 to 499. It follows what users ask, which is the same of both: only the candidate high is the candidate.",
            unit: "percentunit",
            queries: both((revision) => shareOf(gateway, [answers], revision, { [answers.statusLabel]: like("4..") })),
            runbook: "CandidateClientErrorsWorseThanStable",
        },
        p95,
    ];
}

function percentileAt(latency: GatewaySeries["latency"], revision: string): string {
    return `histogram_quantile(0.95, ${rateOf([latency], revision).replace("sum(", "sum by (le) (")}) * ${number(latency.unitSeconds)}`;
}

/** What never reached a pod's counters. */
function lost(gateway: GatewaySeries): readonly PanelSpec[] {
    const { timedOut, unanswered, retries } = gateway;
    const panel = (title: string, description: string, expression: (revision: string) => string): PanelSpec => ({
        kind: "timeseries",
        title,
        description,
        unit: "reqps",
        queries: both(expression),
        runbook: "GatewayAndPodsDisagree",
    });
    return [
        panel("Time limits", "Requests each second that ran into a time limit of the route. Pods that hang show here first.", (revision) =>
            partOf(gateway, timedOut, revision),
        ),
        ...(unanswered.length === 0
            ? []
            : [
                  panel("Connections refused or reset", "Connections each second that a pod refused, or that broke with a request under way.", (revision) =>
                      rateOf(unanswered, revision),
                  ),
              ]),
        ...(retries === undefined
            ? []
            : [
                  panel("Retries", "Attempts each second that the gateway repeated. Users did not see them, and pods counted each.", (revision) =>
                      rateOf([retries], revision),
                  ),
              ]),
    ];
}

const podRequests: PanelSpec = {
    ...half,
    kind: "timeseries",
    title: "Requests, by the pods",
    description: "Requests each second that the pods counted. Percentages of few requests jump.",
    unit: "reqps",
    queries: both((revision) => `sum(${rate(own("http_requests_total", { revision }))})`),
    runbook: "GatewayAndPodsDisagree",
};

const podFailures = (scope: Profiled): PanelSpec => ({
    ...half,
    kind: "timeseries",
    title: "Failed, by the pods",
    description: "Share of requests that the pods answered with 500 to 599. Both high: a store. Only the candidate: the candidate.",
    unit: "percentunit",
    lines: candidateLines(scope, "error-ratio"),
    queries: [...both((revision) => podShare(revision, "5..")), ...gateLines(scope, "error-ratio")],
    runbook: "CandidateErrorsCallForRollback",
});

const podClientErrors: PanelSpec = {
    ...half,
    kind: "timeseries",
    title: "Turned away, by the pods",
    description: "Share of requests that the pods answered with 400 to 499.",
    unit: "percentunit",
    queries: both((revision) => podShare(revision, "4..")),
    runbook: "CandidateClientErrorsWorseThanStable",
};

const podFailuresByRoute: PanelSpec = {
    kind: "timeseries",
    title: "The candidate's failed requests by route",
    description: "Where the candidate fails, as its pods counted them.",
    unit: "percentunit",
    width: 24,
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
};

function podShare(revision: string, code: string): string {
    return `sum(${rate(own("http_requests_total", { revision, code: like(code) }))}) / sum(${rate(own("http_requests_total", { revision }))})`;
}

function podLatency(scope: Profiled, title: string, description: string, cache: "hit" | "miss" | undefined, runbook: string): PanelSpec {
    const matchers = defined({ cache });
    return {
        ...half,
        kind: "timeseries",
        title,
        description: `95th percentile of the time to answer. ${description}`,
        unit: "s",
        ...(cache === undefined ? { lines: candidateLines(scope, "latency-p95") } : {}),
        queries: [
            ...both((revision) => percentile(0.95, "", own("http_request_duration_seconds_bucket", { revision, ...matchers }))),
            ...gateLines(scope, "latency-p95", (measure) => measure.kind === "latency-p95" && measure.cache === cache),
        ],
        runbook,
    };
}
