import { boundIn, broken, madeOf, standingOn } from "../bounds.ts";
import { type CaseSeries, fires, growing, ofBackend, ofObject, ofPod, quiet } from "../cases.ts";
import { example, exampleCandidate } from "../example.ts";
import type { Criterion, Measure } from "../../rollout/gate/criterion.ts";
import { minutes, number, percent, select } from "../../rollout/gate/gateway-series/promql.ts";
import { recorded, rateWindowSeconds } from "../recorded.ts";
import type { Alert, RuleGroup } from "../rule.ts";
import { type Scope, ofCandidate, ofCandidateContainers, ofService, withRevision } from "../scope.ts";
import { enoughRequests } from "./enough-requests.ts";
import { slowerThan } from "./latency.ts";
import { answered, got, ofCandidatePod, restartsOf, slowRequests, waited } from "./traffic-cases.ts";

/** Restarts within ten minutes that are a crash loop before Kubernetes calls it one: as rollout/gate/criterion.ts has it. */
const crashLoopRestarts = 3;

/**
 * What takes all traffic off a candidate at once. Checklist, 'Rollback Criteria - Immediate Action'.
 *
 * The watcher does it by itself. These alerts page an engineer who makes sure of it, and they read Prometheus without the watcher.
 */
export function rollbackAlerts(scope: Scope): RuleGroup {
    const on = (kind: Measure["kind"], make: (scope: Scope, criterion: Criterion) => Alert): readonly Alert[] =>
        madeOf(standingOn(scope, "atOnce", kind), (criterion) => make(scope, criterion));
    return {
        name: "rollback",
        title: "What rolls a candidate back at once",
        intervalSeconds: 15,
        recordings: [],
        alerts: [
            ...on("availability", uptime),
            ...on("error-ratio", errors),
            ...on("latency-p95", latency),
            ...on("crash-loop", crashLoop),
            ...on("database-connection-errors", databaseConnections),
        ],
    };
}

function uptime(scope: Scope, criterion: Criterion): Alert {
    const bound = boundIn(criterion);
    const text = (measured: string, view: string): string =>
        `Only ${measured} of the requests are answered, as the ${view} counted them, and ${percent(bound.value)} must be. Roll the candidate back, if there is one.`;
    return {
        name: "ServiceUptimeCallsForRollback",
        severity: "critical",
        expression: `${select(recorded.availability, ofService(scope))} ${broken(bound)}`,
        forSeconds: minutes(1),
        labels: { rollout_scope: "service" },
        summary: "The service answers too few requests.",
        description: text("{{ $value | humanizePercentage }}", "{{ $labels.view }}"),
        dashboard: "canary",
        criteria: [criterion.id],
        cases: [
            fires(
                "when both revisions together fail 2 of 100",
                { ...answered(example.stable, 540, 5, 15), ...answered(exampleCandidate, 48, 7, 15) },
                minutes(12),
                [{ labels: { view: "pods" }, description: text("98%", "pods") }],
            ),
            fires(
                "when users get 2 of 100 answers from no pod, and the pods count none of them",
                { ...answered(example.stable, 980, 0, 15), ...got(example.stable, { "200": 980, "503": 20 }, 15) },
                minutes(12),
                [{ labels: { view: "gateway" }, description: text("98%", "gateway") }],
            ),
            quiet("when one of 100 fails", answered(example.stable, 594, 6, 15), minutes(12)),
        ],
    };
}

function errors(scope: Scope, criterion: Criterion): Alert {
    const bound = boundIn(criterion);
    const text = (measured: string, revision: string, view: string): string =>
        `${measured} of the requests to ${revision} fail, as the ${view} counted them; from ${percent(bound.value)} on it must be rolled back.`;
    return {
        name: "CandidateErrorsCallForRollback",
        severity: "critical",
        expression: `${select(recorded.errorRatio, ofCandidate(scope))} ${broken(bound)} ${enoughRequests(scope)}`,
        forSeconds: minutes(1),
        labels: { rollout_scope: "canary" },
        summary: "The candidate fails so many requests that it must be rolled back.",
        description: text("{{ $value | humanizePercentage }}", "{{ $labels.revision }}", "{{ $labels.view }}"),
        dashboard: "canary",
        criteria: [criterion.id],
        cases: [
            fires("when 6 of 100 fail", answered(exampleCandidate, 94, 6, 15), minutes(12), [
                { labels: { ...ofRevision, view: "pods" }, description: text("6%", exampleCandidate, "pods") },
            ]),
            fires(
                "when users get 6 of 100 answers from no pod, and the pods count none of them",
                { ...answered(exampleCandidate, 94, 0, 15), ...got(exampleCandidate, { "200": 94, "504": 6 }, 15) },
                minutes(12),
                [{ labels: { ...ofRevision, view: "gateway" }, description: text("6%", exampleCandidate, "gateway") }],
            ),
            fires(
                "when 6 of 100 answers are cut off after their headers, which said 200",
                { ...got(exampleCandidate, { "200": 100 }, 15), [ofBackend("envoy_cluster_upstream_cx_protocol_error", exampleCandidate)]: growing(6, 15) },
                minutes(12),
                [{ labels: { ...ofRevision, view: "gateway" }, description: text("6%", exampleCandidate, "gateway") }],
            ),
            fires(
                "when 6 of 100 streams of HTTP/2 are reset after their headers, which said 200",
                { ...got(exampleCandidate, { "200": 100 }, 15), [ofBackend("envoy_cluster_upstream_rq_rx_reset", exampleCandidate)]: growing(6, 15) },
                minutes(12),
                [{ labels: { ...ofRevision, view: "gateway" }, description: text("6%", exampleCandidate, "gateway") }],
            ),
            ...(["rq_timeout", "rq_per_try_timeout"] as const).map((limit) =>
                quiet(
                    `when 4 of 100 run into a time limit, which counts them as ${limit} too`,
                    { ...got(exampleCandidate, { "200": 96, "504": 4 }, 15), [ofBackend(`envoy_cluster_upstream_${limit}`, exampleCandidate)]: growing(4, 15) },
                    minutes(12),
                ),
            ),
            quiet(
                "when the gateway repeats 6 of 100 that were reset, so that users see none of it",
                {
                    ...got(exampleCandidate, { "200": 100 }, 15),
                    [ofBackend("envoy_cluster_upstream_rq_rx_reset", exampleCandidate)]: growing(6, 15),
                    [ofBackend("envoy_cluster_upstream_rq_retry", exampleCandidate)]: growing(6, 15),
                },
                minutes(12),
            ),
            quiet(
                "when 4 of 100 fail, by either view",
                { ...answered(exampleCandidate, 96, 4, 15), ...got(exampleCandidate, { "200": 96, "503": 4 }, 15) },
                minutes(12),
            ),
            quiet(
                "when testers fail",
                {
                    ...got(exampleCandidate, { "200": 100 }, 15),
                    ...got(`${exampleCandidate}-testers`, { "200": 40, "503": 60 }, 15),
                },
                minutes(12),
            ),
            quiet("when half of ten requests fail", answered(exampleCandidate, 0.5, 0.5, 15), minutes(12)),
            quiet("when the stable revision fails, which a rollback would not fix", answered(example.stable, 94, 6, 15), minutes(12)),
        ],
    };
}

function latency(scope: Scope, criterion: Criterion): Alert {
    const bound = boundIn(criterion);
    const text = (measured: string, revision: string, view: string): string =>
        `p95 of ${revision} is ${measured}, as the ${view} measured it; above ${number(bound.value)} s it must be rolled back.`;
    return {
        name: "CandidateLatencyCallsForRollback",
        severity: "critical",
        expression: `${slowerThan(scope, ofCandidate(scope), bound)} ${enoughRequests(scope)}`,
        forSeconds: minutes(1),
        labels: { rollout_scope: "canary" },
        summary: "The candidate is so slow that it must be rolled back.",
        description: text("{{ $value | humanizeDuration }}", "{{ $labels.revision }}", "{{ $labels.view }}"),
        dashboard: "canary",
        criteria: [criterion.id],
        cases: [
            fires("when a tenth of the answers takes between 1 and 2.5 seconds", slowRequests(exampleCandidate, { "1": 90, "2.5": 10 }, 15), minutes(12), [
                { labels: { ...ofRevision, view: "pods" }, description: text("1.75s", exampleCandidate, "pods") },
            ]),
            fires(
                "when users wait between 1 and 2.5 seconds for a tenth of the answers, and the pods measure less",
                { ...slowRequests(exampleCandidate, { "0.1": 100 }, 15), ...waited(exampleCandidate, { "1000": 90, "2500": 10 }, 15) },
                minutes(12),
                [{ labels: { ...ofRevision, view: "gateway" }, description: text("1.75s", exampleCandidate, "gateway") }],
            ),
            quiet(
                "when all take less than a second, by either view",
                { ...slowRequests(exampleCandidate, { "0.75": 90, "1": 10 }, 15), ...waited(exampleCandidate, { "500": 90, "1000": 10 }, 15) },
                minutes(12),
            ),
        ],
    };
}

function crashLoop(scope: Scope, criterion: Criterion): Alert {
    const containers = ofCandidateContainers(scope);
    const waiting = select("kube_pod_container_status_waiting_reason", { ...containers, reason: "CrashLoopBackOff" });
    const restarts = select("kube_pod_container_status_restarts_total", containers, minutes(10));
    const candidatePod = ofCandidatePod("a");
    return {
        name: "CandidateCrashLoops",
        severity: "critical",
        expression: withRevision(scope, `max by (pod) (${waiting}) == 1 or sum by (pod) (increase(${restarts})) >= ${String(crashLoopRestarts)}`),
        forSeconds: minutes(1),
        labels: { rollout_scope: "canary" },
        summary: "A pod of the candidate crashes again and again.",
        description: "{{ $labels.pod }} of {{ $labels.revision }} crashes again and again. It must be rolled back.",
        dashboard: "canary",
        criteria: [criterion.id],
        cases: [
            fires(
                "when Kubernetes holds the container back",
                {
                    [ofObject("kube_pod_container_status_waiting_reason", { pod: candidatePod, container: "api", uid: "u1", reason: "CrashLoopBackOff" })]:
                        "_ 1x10",
                },
                minutes(5),
                [{ labels: { ...ofRevision, pod: candidatePod }, description: crashText(candidatePod) }],
            ),
            fires("when it restarts each other minute", { [restartsOf(candidatePod)]: "0 0 1 1 2 2 3 3 4 4 5 5" }, minutes(11), [
                { labels: { ...ofRevision, pod: candidatePod }, description: crashText(candidatePod) },
            ]),
            quiet("when it restarted once", { [restartsOf(candidatePod)]: "0x3 1x10" }, minutes(10)),
            quiet("when a stable pod is in a crash loop", { [restartsOf("video-ranking-v1-0-0-6c5f-a")]: growing(1, 15) }, minutes(12)),
        ],
    };
}

function databaseConnections(scope: Scope, criterion: Criterion): Alert {
    const bound = boundIn(criterion);
    const shareAbove = criterion.measure.kind === "database-connection-errors" ? (criterion.measure.shareAbove ?? 0) : 0;
    const failed = select(recorded.connectionErrorCount, ofCandidate(scope));
    const share = `${failed} / on (namespace, service, revision) (${select(recorded.requests, { ...ofCandidate(scope), view: "pods" })} * ${String(rateWindowSeconds)}) > ${number(shareAbove)}`;
    const series = (requests: number, failures: string): CaseSeries => ({
        ...answered(exampleCandidate, requests, 0, 15),
        [ofPod("database_connection_errors_total", exampleCandidate)]: failures,
    });
    return {
        name: "CandidateDatabaseConnectionsFail",
        severity: "critical",
        expression: `${failed} ${broken(bound)} and ${share}`,
        forSeconds: minutes(1),
        labels: { rollout_scope: "canary", depends_on: "postgres" },
        summary: "The candidate can't keep its connections to the database.",
        description: `{{ $labels.revision }} has lost {{ $value | humanize }} connections to the database within five minutes, and goes on losing them.`,
        dashboard: "canary",
        criteria: [criterion.id],
        cases: [
            fires("when two fail each minute", series(600, growing(2, 15)), minutes(12), [
                {
                    labels: ofRevision,
                    description: `${exampleCandidate} has lost 10 connections to the database within five minutes, and goes on losing them.`,
                },
            ]),
            quiet("when three failed at once", series(600, "0x5 3x10"), minutes(7)),
            quiet("when a few fail among very many requests", series(60_000, growing(2, 15)), minutes(12)),
        ],
    };
}

function crashText(pod: string): string {
    return `${pod} of ${exampleCandidate} crashes again and again. It must be rolled back.`;
}

const ofRevision = { revision: exampleCandidate } as const;
