import { defined } from "../../rollout/defined.ts";
import type { Bound } from "../../rollout/gate/criteria.ts";
import type { Criterion, Measure } from "../../rollout/gate/criterion.ts";
import { type GateBound, broken, gateBounds } from "../bounds.ts";
import { type CaseSeries, fires, quiet } from "../cases.ts";
import { exampleCandidate } from "../example.ts";
import { minutes, select } from "../../rollout/gate/gateway-series/promql.ts";
import { recorded } from "../recorded.ts";
import type { View } from "../request-recordings.ts";
import type { Alert, AlertCase, RuleGroup } from "../rule.ts";
import { type Scope, ofCandidate } from "../scope.ts";
import { said } from "./rollout-series.ts";
import { atWeight } from "./traffic-cases.ts";
import { type GateCase, gateCases } from "./gate-cases.ts";
import { slowerThan } from "./latency.ts";
import { enoughRequests, enoughRequestsOfPods } from "./enough-requests.ts";

/** What the alert on one measure of the gates needs. */
interface GateAlert extends GateCase {
    readonly name: string;
    readonly kind: Measure["kind"];
    /** @default every criterion of the kind */
    readonly isMeant?: (measure: Measure) => boolean;
    /** What is measured, one series a revision, or one a revision and view. */
    readonly signal: string;
    /** Where the bound is broken. @default where the signal breaks it */
    readonly isBroken?: (bound: Bound) => string;
    /** Whether it is a share of requests, which says nothing about a handful: of those that either view counted, or of those that the pods did. */
    readonly ofRequests?: "either" | "pods";
    /** How a value is written: https://prometheus.io/docs/prometheus/latest/configuration/template_reference/ */
    readonly format: "humanizePercentage" | "humanizeDuration" | "humanize1024";
    /** What is measured, in words that fit before 'of v1-1-0 is'. */
    readonly what: string;
    /** The store that explains it when it is down. */
    readonly dependsOn?: string;
}

/** How long a bound of a gate must be broken, in seconds: a third of the shortest soak, so that the alert comes before the gate decides. */
const gateForSeconds = minutes(5);

/**
 * The numbers of the gates, each at its own step: the watcher says which step it is. A step with no bound on something is quiet about it. Where the watcher is
 * silent, so are these alerts, and RolloutWatcherSilent speaks.
 */
export function gateAlerts(scope: Scope): RuleGroup {
    const of = (record: string): string => select(record, ofCandidate(scope));
    const byCache = (cache: "hit" | "miss"): Pick<GateAlert, "kind" | "isMeant" | "signal" | "ofRequests" | "format"> => ({
        kind: "latency-p95",
        isMeant: (measure) => measure.kind === "latency-p95" && measure.cache === cache,
        signal: `max by (namespace, service, revision) (${select(recorded.p95ByCache, { ...ofCandidate(scope), cache })})`,
        ofRequests: "pods",
        format: "humanizeDuration",
    });
    const ratio = { format: "humanizePercentage" } as const;
    const alerts: readonly GateAlert[] = [
        {
            name: "CandidateErrorsAboveGate",
            kind: "error-ratio",
            signal: of(recorded.errorRatio),
            ...ratio,
            ofRequests: "either",
            what: "The share of failed requests",
            ...gateCases.errors,
        },
        {
            name: "CandidateLatencyAboveGate",
            kind: "latency-p95",
            isMeant: (measure) => measure.kind === "latency-p95" && measure.cache === undefined,
            signal: of(recorded.p95),
            isBroken: (bound) => slowerThan(scope, ofCandidate(scope), bound),
            ofRequests: "either",
            format: "humanizeDuration",
            what: "p95",
            ...gateCases.latency,
        },
        { name: "CandidateCachedLatencyAboveGate", ...byCache("hit"), what: "p95 on cache hits", ...gateCases.cachedLatency },
        { name: "CandidateUncachedLatencyAboveGate", ...byCache("miss"), what: "p95 on cache misses", ...gateCases.uncachedLatency },
        {
            name: "CandidateCacheHitsBelowGate",
            kind: "cache-hit-ratio",
            signal: of(recorded.cacheHitRatio),
            ...ratio,
            what: "The share of cache hits",
            dependsOn: "redis",
            ...gateCases.cacheHits,
        },
        {
            name: "CandidateCpuAboveGate",
            kind: "cpu-utilisation",
            signal: of(recorded.cpuUtilisation),
            ...ratio,
            what: "CPU use over request",
            ...gateCases.cpu,
        },
        {
            name: "CandidateMemoryAboveGate",
            kind: "memory",
            signal: of(recorded.memory),
            format: "humanize1024",
            what: "Memory in the fullest pod",
            ...gateCases.memory,
        },
        {
            name: "CandidateMemoryGrows",
            kind: "memory-growth",
            signal: of(recorded.memoryGrowth),
            format: "humanize1024",
            what: "Growth of memory each hour in one pod",
            ...gateCases.memoryGrowth,
        },
        {
            name: "CandidateDatabasePoolFills",
            kind: "database-pool-utilisation",
            signal: of(recorded.poolUtilisation),
            ...ratio,
            what: "Use of the database pool in one pod",
            dependsOn: "postgres",
            ...gateCases.pool,
        },
        {
            name: "CandidateTimeoutsAboveGate",
            kind: "timeout-ratio",
            signal: of(recorded.timeoutRatio),
            ...ratio,
            ofRequests: "either",
            what: "The share of timeouts",
            ...gateCases.timeouts,
        },
        {
            name: "CandidateEventsNotRecorded",
            kind: "events-recorded",
            signal: of(recorded.eventsRecorded),
            ...ratio,
            what: "The share of recorded engagement events",
            dependsOn: "kafka",
            ...gateCases.events,
        },
    ];
    return {
        name: "gates",
        title: "The gates' numbers, step by step",
        intervalSeconds: 30,
        recordings: [],
        alerts: alerts.flatMap((alert) => gateAlert(scope, alert)),
    };
}

function gateAlert(scope: Scope, alert: GateAlert): readonly Alert[] {
    const bounds = gateBounds(scope, alert.kind, "candidate", alert.isMeant);
    const enough = alert.ofRequests === undefined ? "" : ` ${alert.ofRequests === "either" ? enoughRequests(scope) : enoughRequestsOfPods(scope)}`;
    const { isBroken = (bound: Bound) => `${alert.signal} ${broken(bound)}` } = alert;
    const text = (measured: string, revision: string, view: string): string =>
        `${alert.what} of ${revision} is ${measured}${alert.ofRequests === "either" ? `, as the ${view} measured it` : ""}. The gate asks for ${askedFor(bounds)}.`;
    const labels = { revision: exampleCandidate };
    const caseOf = (view: View, title: string, series: CaseSeries, measured: string): AlertCase =>
        fires(`when ${title}`, { ...series, ...atWeight(alert.weightPercent, alert.minutes) }, end, [
            { labels: { ...labels, ...(alert.ofRequests === "either" ? { view } : {}) }, description: text(measured, exampleCandidate, view) },
        ]);
    const end = minutes(alert.minutes);
    if (bounds.length === 0) {
        return [];
    }
    return [
        {
            name: alert.name,
            severity: "warning",
            expression: bounds.map((each) => `(${isBroken(each.bound)}${enough} and on (namespace, service) ${isAt(scope, each)})`).join(" or "),
            forSeconds: gateForSeconds,
            labels: { rollout_scope: "canary", ...defined({ depends_on: alert.dependsOn }) },
            summary: `The candidate does not meet the gate: ${alert.what.replace(/^The /, "the ")}.`,
            description: text(`{{ $value | ${alert.format} }}`, "{{ $labels.revision }}", "{{ $labels.view }}"),
            dashboard: "canary",
            criteria: bounds.map(({ criterion }) => criterion.id),
            cases: [
                caseOf("pods", alert.brokenWhen, alert.broken, alert.measured),
                ...(alert.atGateway === undefined ? [] : [caseOf("gateway", alert.atGateway.brokenWhen, alert.atGateway.broken, alert.atGateway.measured)]),
                quiet(`when ${alert.keptWhen}`, { ...alert.kept, ...atWeight(alert.weightPercent, alert.minutes) }, end),
                quiet("when the candidate has no weight", { ...alert.broken, ...atWeight(0, alert.minutes) }, end),
            ],
        },
    ];
}

/** A condition that the rollout is at the step of a bound. */
function isAt(scope: Scope, { step }: GateBound): string {
    return `${said(scope, "rollout_step_weight_percent")} == ${String(step.weightPercent)}`;
}

/** What the gates ask for, as people read it: `errors below 0.5 % at 10 %, errors below 0.1 % at 25 and 50 %`. */
function askedFor(bounds: readonly GateBound[]): string {
    const byTitle = Map.groupBy(bounds, ({ criterion }): Criterion["title"] => criterion.title);
    return [...byTitle].map(([title, same]) => `${title} at ${same.map(({ step }) => String(step.weightPercent)).join(" and ")} %`).join(", ");
}
