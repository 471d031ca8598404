import { boundIn, broken, criteriaOn, madeOf, standingOn } from "../bounds.ts";
import { fires, growing, ofPod, quiet } from "../cases.ts";
import { example, exampleCandidate } from "../example.ts";
import type { Criterion, Measure } from "../../rollout/gate/criterion.ts";
import { minutes, number, percent, select } from "../../rollout/gate/gateway-series/promql.ts";
import { recorded } from "../recorded.ts";
import type { Alert, RuleGroup } from "../rule.ts";
import { type Scope, ofCandidate, ofCandidateContainers, withRevision } from "../scope.ts";
import { slowerThan } from "./latency.ts";
import { enoughRequests } from "./enough-requests.ts";
import { answered, got, ofCandidatePod, restartsOf, slowRequests, waited } from "./traffic-cases.ts";

/** What is looked into before it gets worse. Checklist, 'Rollback Criteria - Investigative'. The step is held meanwhile. */
export function investigateAlerts(scope: Scope): RuleGroup {
    const on = (kind: Measure["kind"], make: (scope: Scope, criterion: Criterion) => Alert): readonly Alert[] =>
        madeOf(standingOn(scope, "investigate", kind), (criterion) => make(scope, criterion));
    return {
        name: "investigate",
        title: "What holds a step and is looked into",
        intervalSeconds: 30,
        recordings: [],
        alerts: [
            ...on("error-ratio", errors),
            ...on("latency-p95", latency),
            ...on("restarts", restarts),
            ...on("database-connection-errors", databaseConnections),
            ...on("critical-log-lines", criticalLines),
        ],
    };
}

const ofRevision = { revision: exampleCandidate } as const;

function errors(scope: Scope, criterion: Criterion): Alert {
    const bound = boundIn(criterion);
    const text = (measured: string, revision: string, view: string): string =>
        `${measured} of the requests to ${revision} fail, as the ${view} counted them; from ${percent(bound.value)} on an engineer must look.`;
    return {
        name: "CandidateErrorsNeedALook",
        severity: "warning",
        expression: `${select(recorded.errorRatio, ofCandidate(scope))} ${broken(bound)} ${enoughRequests(scope)}`,
        forSeconds: minutes(3),
        labels: { rollout_scope: "canary" },
        summary: "The candidate fails more requests than it should.",
        description: text("{{ $value | humanizePercentage }}", "{{ $labels.revision }}", "{{ $labels.view }}"),
        dashboard: "canary",
        criteria: [criterion.id],
        cases: [
            fires("when 2 of 100 fail", answered(exampleCandidate, 98, 2, 15), minutes(14), [
                { labels: { ...ofRevision, view: "pods" }, description: text("2%", exampleCandidate, "pods") },
            ]),
            fires(
                "when users get 2 of 100 answers from no pod, and the pods count none of them",
                { ...answered(exampleCandidate, 98, 0, 15), ...got(exampleCandidate, { "200": 98, "503": 2 }, 15) },
                minutes(14),
                [{ labels: { ...ofRevision, view: "gateway" }, description: text("2%", exampleCandidate, "gateway") }],
            ),
            quiet(
                "when 1 of 200 fails, by either view",
                { ...answered(exampleCandidate, 199, 1, 15), ...got(exampleCandidate, { "200": 199, "503": 1 }, 15) },
                minutes(14),
            ),
            quiet("when one of twenty requests fails", answered(exampleCandidate, 0.95, 0.05, 15), minutes(14)),
        ],
    };
}

function latency(scope: Scope, criterion: Criterion): Alert {
    const bound = boundIn(criterion);
    const text = (measured: string, revision: string, view: string): string =>
        `p95 of ${revision} is ${measured}, as the ${view} measured it; above ${number(bound.value)} s an engineer must look.`;
    return {
        name: "CandidateLatencyNeedsALook",
        severity: "warning",
        expression: `${slowerThan(scope, ofCandidate(scope), bound)} ${enoughRequests(scope)}`,
        forSeconds: minutes(3),
        labels: { rollout_scope: "canary" },
        summary: "The candidate is slower than it should be.",
        description: text("{{ $value | humanizeDuration }}", "{{ $labels.revision }}", "{{ $labels.view }}"),
        dashboard: "canary",
        criteria: [criterion.id],
        cases: [
            fires(
                "when a tenth of the answers takes between 0.5 and 0.75 seconds",
                slowRequests(exampleCandidate, { "0.5": 90, "0.75": 10 }, 15),
                minutes(14),
                [{ labels: { ...ofRevision, view: "pods" }, description: text("625ms", exampleCandidate, "pods") }],
            ),
            fires(
                "when users wait between 0.5 and 1 second for a tenth of the answers, and the pods measure less",
                { ...slowRequests(exampleCandidate, { "0.1": 100 }, 15), ...waited(exampleCandidate, { "500": 90, "1000": 10 }, 15) },
                minutes(14),
                [{ labels: { ...ofRevision, view: "gateway" }, description: text("750ms", exampleCandidate, "gateway") }],
            ),
            quiet(
                "when a tenth takes between 0.4 and 0.5 seconds, by either view",
                { ...slowRequests(exampleCandidate, { "0.4": 90, "0.5": 10 }, 15), ...waited(exampleCandidate, { "250": 90, "500": 10 }, 15) },
                minutes(14),
            ),
        ],
    };
}

function restarts(scope: Scope): Alert {
    const restarted = select("kube_pod_container_status_restarts_total", ofCandidateContainers(scope), minutes(15));
    const pod = ofCandidatePod("a");
    return {
        name: "CandidateRestarted",
        severity: "warning",
        expression: withRevision(scope, `sum by (pod) (increase(${restarted})) > 0`),
        forSeconds: minutes(1),
        labels: { rollout_scope: "canary" },
        summary: "A pod of the candidate restarted.",
        description: "{{ $labels.pod }} of {{ $labels.revision }} restarted within the last quarter of an hour.",
        dashboard: "canary",
        criteria: criteriaOn(scope, "restarts", "candidate"),
        cases: [
            fires("when a container restarted once", { [restartsOf(pod)]: "0x5 1x10" }, minutes(10), [
                { labels: { pod, ...ofRevision }, description: `${pod} of ${exampleCandidate} restarted within the last quarter of an hour.` },
            ]),
            quiet("when it restarted before the candidate was watched", { [restartsOf(pod)]: "2x20" }, minutes(15)),
            quiet("when a stable pod restarted", { [restartsOf(`${example.service}-${example.stable}-6c5f-a`)]: "0x5 1x10" }, minutes(10)),
        ],
    };
}

function databaseConnections(scope: Scope, criterion: Criterion): Alert {
    const text = (measured: string, revision: string): string => `${revision} has lost ${measured} connections to the database within five minutes.`;
    return {
        name: "CandidateDatabaseConnectionsNeedALook",
        severity: "warning",
        expression: `${select(recorded.connectionErrorCount, ofCandidate(scope))} ${broken(boundIn(criterion))}`,
        forSeconds: minutes(2),
        labels: { rollout_scope: "canary", depends_on: "postgres" },
        summary: "The candidate lost a connection to the database.",
        description: text("{{ $value | humanize }}", "{{ $labels.revision }}"),
        dashboard: "canary",
        criteria: criteriaOn(scope, "database-connection-errors", "candidate", ({ onBreach }) => onBreach === "hold"),
        cases: [
            fires("when one fails each minute", { [ofPod("database_connection_errors_total", exampleCandidate)]: growing(1, 15) }, minutes(10), [
                { labels: ofRevision, description: text("5", exampleCandidate) },
            ]),
            quiet("when none fails", { [ofPod("database_connection_errors_total", exampleCandidate)]: "0x15" }, minutes(10)),
        ],
    };
}

function criticalLines(scope: Scope, criterion: Criterion): Alert {
    const text = (measured: string, revision: string): string => `${revision} has written ${measured} critical lines within five minutes.`;
    return {
        name: "CandidateLogsCriticalLines",
        severity: "warning",
        expression: `${select(recorded.criticalLineCount, ofCandidate(scope))} ${broken(boundIn(criterion))}`,
        forSeconds: minutes(1),
        labels: { rollout_scope: "canary" },
        summary: "The candidate wrote a critical line to its log.",
        description: text("{{ $value | humanize }}", "{{ $labels.revision }}"),
        dashboard: "canary",
        criteria: criteriaOn(scope, "critical-log-lines", "candidate"),
        cases: [
            fires("when two are written each minute", { [ofPod("log_messages_total", exampleCandidate, { level: "critical" })]: growing(2, 15) }, minutes(10), [
                { labels: ofRevision, description: text("10", exampleCandidate) },
            ]),
            quiet("when only errors are written", { [ofPod("log_messages_total", exampleCandidate, { level: "error" })]: growing(2, 15) }, minutes(10)),
            quiet(
                "when the stable revision writes them",
                { [ofPod("log_messages_total", example.stable, { level: "critical" })]: growing(2, 15) },
                minutes(10),
            ),
        ],
    };
}
