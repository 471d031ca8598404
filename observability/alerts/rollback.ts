import { rollbackAtOnce } from "../../rollout/criteria.ts";
import { boundIn, broken, criterionIn } from "../bounds.ts";
import { type CaseSeries, fires, growing, ofObject, ofPod, quiet } from "../cases.ts";
import { example, exampleCandidate } from "../example.ts";
import { minutes, number, percent, select } from "../promql.ts";
import { recorded, rateWindowSeconds } from "../recordings.ts";
import type { Alert, RuleGroup } from "../rule.ts";
import { type Scope, ofCandidate, ofCandidateContainers, ofService, withRevision } from "../scope.ts";
import { answered, ofCandidatePod, restartsOf, slowRequests } from "./traffic-cases.ts";

/** Requests within ten minutes from which a ratio says something: below, one failure in a handful would wake somebody. The gate holds meanwhile. */
export const fewestRequests = 100;
/** Restarts within ten minutes that are a crash loop before Kubernetes calls it one: as rollout/criterion.ts has it. */
const crashLoopRestarts = 3;

/**
 * What takes all traffic off a candidate at once. Checklist, 'Rollback Criteria - Immediate Action'.
 *
 * The watcher does it by itself. These alerts wake somebody who makes sure of it, and they read Prometheus without the watcher.
 */
export function rollbackAlerts(scope: Scope): RuleGroup {
    return {
        name: "rollback",
        title: "What takes a candidate back at once",
        intervalSeconds: 15,
        recordings: [],
        alerts: [uptime(scope), errors(scope), latency(scope), crashLoop(scope), databaseConnections(scope)],
    };
}

/** A condition that there are enough requests of the same revision to judge by. */
export function enoughRequests(scope: Scope): string {
    return `and on (namespace, service, revision) ${select(recorded.requestCount, ofCandidate(scope))} >= ${String(fewestRequests)}`;
}

function uptime(scope: Scope): Alert {
    const criterion = criterionIn(rollbackAtOnce, "uptime-at-once");
    const bound = boundIn(criterion);
    const text = (measured: string): string =>
        `Only ${measured} of the requests are answered, and ${percent(bound.value)} must be. Take the candidate back, if there is one.`;
    return {
        name: "ServiceUptimeCallsForRollback",
        severity: "critical",
        expression: `${select(recorded.availability, ofService(scope))} ${broken(bound)}`,
        forSeconds: minutes(1),
        labels: { rollout_scope: "service" },
        summary: "The service answers too few requests.",
        description: text("{{ $value | humanizePercentage }}"),
        dashboard: "canary",
        criteria: [criterion.id],
        cases: [
            fires(
                "when both revisions together fail 2 of 100",
                { ...answered(example.stable, 540, 5, 15), ...answered(exampleCandidate, 48, 7, 15) },
                minutes(12),
                [{ labels: {}, description: text("98%") }],
            ),
            quiet("when one of 100 fails", answered(example.stable, 594, 6, 15), minutes(12)),
        ],
    };
}

function errors(scope: Scope): Alert {
    const criterion = criterionIn(rollbackAtOnce, "error-ratio-at-once");
    const bound = boundIn(criterion);
    const text = (measured: string): string =>
        `${measured} of the requests that reach {{ $labels.revision }} fail; from ${percent(bound.value)} on it must be taken back.`;
    return {
        name: "CandidateErrorsCallForRollback",
        severity: "critical",
        expression: `${select(recorded.errorRatio, ofCandidate(scope))} ${broken(bound)} ${enoughRequests(scope)}`,
        forSeconds: minutes(1),
        labels: { rollout_scope: "canary" },
        summary: "The candidate fails so many requests that it must go back.",
        description: text("{{ $value | humanizePercentage }}"),
        dashboard: "canary",
        criteria: [criterion.id],
        cases: [
            fires("when 6 of 100 fail", answered(exampleCandidate, 94, 6, 15), minutes(12), [
                { labels: ofRevision, description: text("6%").replace("{{ $labels.revision }}", exampleCandidate) },
            ]),
            quiet("when 4 of 100 fail", answered(exampleCandidate, 96, 4, 15), minutes(12)),
            quiet("when half of ten requests fail", answered(exampleCandidate, 0.5, 0.5, 15), minutes(12)),
            quiet("when the stable revision fails, which going back would not mend", answered(example.stable, 94, 6, 15), minutes(12)),
        ],
    };
}

function latency(scope: Scope): Alert {
    const criterion = criterionIn(rollbackAtOnce, "latency-p95-at-once");
    const bound = boundIn(criterion);
    const text = (measured: string): string => `p95 of {{ $labels.revision }} is ${measured}; above ${number(bound.value)} s it must be taken back.`;
    return {
        name: "CandidateLatencyCallsForRollback",
        severity: "critical",
        expression: `${select(recorded.p95, ofCandidate(scope))} ${broken(bound)} ${enoughRequests(scope)}`,
        forSeconds: minutes(1),
        labels: { rollout_scope: "canary" },
        summary: "The candidate is so slow that it must go back.",
        description: text("{{ $value | humanizeDuration }}"),
        dashboard: "canary",
        criteria: [criterion.id],
        cases: [
            fires("when a tenth of the answers takes between 1 and 2.5 seconds", slowRequests(exampleCandidate, { "1": 90, "2.5": 10 }, 15), minutes(12), [
                { labels: ofRevision, description: text("1.75s").replace("{{ $labels.revision }}", exampleCandidate) },
            ]),
            quiet("when all take less than a second", slowRequests(exampleCandidate, { "0.75": 90, "1": 10 }, 15), minutes(12)),
        ],
    };
}

function crashLoop(scope: Scope): Alert {
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
        description: "{{ $labels.pod }} of {{ $labels.revision }} crashes again and again. All traffic must go back to the stable revision.",
        dashboard: "canary",
        criteria: [criterionIn(rollbackAtOnce, "crash-loop-at-once").id],
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

function databaseConnections(scope: Scope): Alert {
    const criterion = criterionIn(rollbackAtOnce, "database-connections-at-once");
    const bound = boundIn(criterion);
    const shareAbove = criterion.measure.kind === "database-connection-errors" ? (criterion.measure.shareAbove ?? 0) : 0;
    const failed = select(recorded.connectionErrorCount, ofCandidate(scope));
    const share = `${failed} / (${select(recorded.requests, ofCandidate(scope))} * ${String(rateWindowSeconds)}) > ${number(shareAbove)}`;
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
    return `${pod} of ${exampleCandidate} crashes again and again. All traffic must go back to the stable revision.`;
}

const ofRevision = { revision: exampleCandidate } as const;
