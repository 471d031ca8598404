import { madeOf, standingOn } from "../bounds.ts";
import { fires, ofPod, quiet } from "../cases.ts";
import { example, exampleCandidate } from "../example.ts";
import type { Criterion } from "../../rollout/gate/criterion.ts";
import { minutes, number, percent, select } from "../../rollout/gate/gateway-series/promql.ts";
import { recorded } from "../recorded.ts";
import type { View } from "../request-recordings.ts";
import type { Alert, RuleGroup } from "../rule.ts";
import { type Scope, ofCandidate, ofStable } from "../scope.ts";
import { type Objective, errorBudget, madeOfObjective } from "../slo.ts";
import { clientErrorsAgainstStable } from "./client-errors.ts";
import { enoughRequests, fewestRequests } from "./enough-requests.ts";
import { answered, got, lookups, slowRequests, waited } from "./traffic-cases.ts";

/** How many standard errors two ratios must lie apart: chance alone does that about once in 700 looks. https://www.itl.nist.gov/div898/handbook/prc/section3/prc33.htm */
const significance = 3;
/** Failed requests of the candidate from which the comparison holds: for fewer, the ratios do not follow the curve that it assumes. */
const fewestFailures = 5;
/** How much slower p95 may be than the stable revision's, as a factor. A bucket of the histogram is about as wide, and the gateway's are wider. */
const slowerFactor = { pods: 1.25, gateway: 2.5 } as const satisfies Readonly<Record<View, number>>;
/** Joins what one view has of the candidate with what it has of the stable revision. */
const withStable = "on (namespace, service, view) group_left ()";

/**
 * The candidate against the stable revision in the same minutes: what both suffer from is not the candidate's fault. Judged from Prometheus alone; the gate
 * has a finer test of its own.
 */
export function againstStableAlerts(scope: Scope): RuleGroup {
    return {
        name: "against-stable",
        title: "The candidate against the stable revision",
        intervalSeconds: 30,
        recordings: [],
        alerts: [
            ...madeOf(standingOn(scope, "investigate", "error-ratio-against-stable"), (criterion) =>
                madeOfObjective(scope, "availability", (objective) => errors(scope, criterion, objective)),
            ).flat(),
            ...clientErrorsAgainstStable(scope),
            ...madeOf(standingOn(scope, "investigate", "latency-against-stable"), (criterion) => latency(scope, criterion)),
            ...madeOf(standingOn(scope, "investigate", "cache-against-stable"), (criterion) =>
                madeOfObjective(scope, "cache-hit", (objective) => cache(scope, criterion, objective)),
            ).flat(),
        ],
    };
}

const ofRevision = { revision: exampleCandidate } as const;

function errors(scope: Scope, criterion: Criterion, objective: Objective): Alert {
    const margin = errorBudget(objective);
    const [candidate, stable] = [select(recorded.errorRatio, ofCandidate(scope)), select(recorded.errorRatio, ofStable(scope))];
    const text = (measured: string, revision: string, view: string): string =>
        `${revision} fails ${measured} more of its requests than ${scope.stable}, as the ${view} counted them. Chance does not explain it, and it is more than ${percent(margin)}.`;
    return {
        name: "CandidateErrorsWorseThanStable",
        severity: "warning",
        expression: [
            `(${candidate} - ${withStable} ${stable}) > ${number(margin)}`,
            `and (${candidate} - ${withStable} ${stable}) > ${String(significance)} * ${standardError(scope, recorded.failedCount, recorded.requestCount)}`,
            `and on (namespace, service, revision, view) ${select(recorded.failedCount, ofCandidate(scope))} >= ${String(fewestFailures)}`,
            enoughRequests(scope),
        ].join(" "),
        forSeconds: minutes(5),
        labels: { rollout_scope: "canary" },
        summary: "The candidate fails more requests than the stable revision.",
        description: text("{{ $value | humanizePercentage }}", "{{ $labels.revision }}", "{{ $labels.view }}"),
        dashboard: "canary",
        criteria: [criterion.id],
        cases: [
            fires(
                "when it fails 1 % and the other 0.1 %",
                { ...answered(example.stable, 8_991, 9, 20), ...answered(exampleCandidate, 990, 10, 20) },
                minutes(18),
                [{ labels: { ...ofRevision, view: "pods" }, description: text("0.9%", exampleCandidate, "pods") }],
            ),
            fires(
                "when users get 1 % more answers from no pod of it",
                {
                    ...got(example.stable, { "200": 8_991, "503": 9 }, 20),
                    ...got(exampleCandidate, { "200": 990, "503": 10 }, 20),
                    ...answered(exampleCandidate, 990, 0, 20),
                },
                minutes(18),
                [{ labels: { ...ofRevision, view: "gateway" }, description: text("0.9%", exampleCandidate, "gateway") }],
            ),
            quiet(
                "when both fail 1 %, as with a broken store",
                {
                    ...answered(example.stable, 8_910, 90, 20),
                    ...answered(exampleCandidate, 990, 10, 20),
                    ...got(example.stable, { "200": 8_910, "500": 90 }, 20),
                    ...got(exampleCandidate, { "200": 990, "500": 10 }, 20),
                },
                minutes(18),
            ),
            quiet(
                "when it fails one of a few hundred requests",
                { ...answered(example.stable, 900, 0, 20), ...answered(exampleCandidate, 29.9, 0.1, 20) },
                minutes(18),
            ),
        ],
    };
}

function latency(scope: Scope, criterion: Criterion): Alert {
    const slower = (view: View): string =>
        `${select(recorded.p95, { ...ofCandidate(scope), view })} / ${withStable} ${select(recorded.p95, { ...ofStable(scope), view })} > ${number(slowerFactor[view])}`;
    const text = (measured: string, revision: string, view: string): string =>
        `p95 of ${revision} is ${measured} times that of ${scope.stable}, as the ${view} measured it.`;
    return {
        name: "CandidateSlowerThanStable",
        severity: "warning",
        expression: `(${slower("pods")} or ${slower("gateway")}) ${enoughRequests(scope)}`,
        forSeconds: minutes(5),
        labels: { rollout_scope: "canary" },
        summary: "The candidate answers more slowly than the stable revision.",
        description: text("{{ $value | humanize }}", "{{ $labels.revision }}", "{{ $labels.view }}"),
        dashboard: "canary",
        criteria: [criterion.id],
        cases: [
            fires(
                "when p95 lies one bucket higher",
                { ...slowRequests(example.stable, { "0.1": 900, "0.15": 100 }, 20), ...slowRequests(exampleCandidate, { "0.15": 90, "0.2": 10 }, 20) },
                minutes(18),
                [{ labels: { ...ofRevision, view: "pods" }, description: text("1.4", exampleCandidate, "pods") }],
            ),
            fires(
                "when users wait a bucket longer, and the pods measure the same",
                {
                    ...slowRequests(example.stable, { "0.1": 900 }, 20),
                    ...slowRequests(exampleCandidate, { "0.1": 90 }, 20),
                    ...waited(example.stable, { "50": 900, "100": 100 }, 20),
                    ...waited(exampleCandidate, { "100": 50, "250": 50 }, 20),
                },
                minutes(18),
                [{ labels: { ...ofRevision, view: "gateway" }, description: text("3.133", exampleCandidate, "gateway") }],
            ),
            quiet(
                "when p95 lies in the same bucket, by either view",
                {
                    ...slowRequests(example.stable, { "0.1": 900, "0.15": 100 }, 20),
                    ...slowRequests(exampleCandidate, { "0.1": 90, "0.15": 10 }, 20),
                    ...waited(example.stable, { "100": 900, "250": 100 }, 20),
                    ...waited(exampleCandidate, { "100": 90, "250": 10 }, 20),
                },
                minutes(18),
            ),
            quiet(
                "when the candidate has hardly any requests",
                { ...slowRequests(example.stable, { "0.1": 900 }, 20), ...slowRequests(exampleCandidate, { "1": 1 }, 20) },
                minutes(18),
            ),
        ],
    };
}

function cache(scope: Scope, criterion: Criterion, objective: Objective): Alert {
    const margin = errorBudget(objective);
    const [candidate, stable] = [select(recorded.cacheHitRatio, ofCandidate(scope)), select(recorded.cacheHitRatio, ofStable(scope))];
    const enough = `and on (namespace, service, revision) ${select(recorded.cacheLookupCount, ofCandidate(scope))} >= ${String(fewestRequests)}`;
    const text = (measured: string, revision: string): string =>
        `${revision} finds ${measured} fewer of its answers in the cache than ${scope.stable}, more than ${percent(margin)}. A cold cache explains the first minutes only.`;
    return {
        name: "CandidateCacheHitsBelowStable",
        severity: "warning",
        expression: `(${stable} - on (namespace, service) group_right () ${candidate}) > ${number(margin)} ${enough}`,
        forSeconds: minutes(10),
        labels: { rollout_scope: "canary", depends_on: "redis" },
        summary: "The candidate misses the cache more often than the stable revision.",
        description: text("{{ $value | humanizePercentage }}", "{{ $labels.revision }}"),
        dashboard: "canary",
        criteria: [criterion.id],
        cases: [
            fires("when it finds 85 % and the other 97 %", { ...lookups(example.stable, 970, 30, 20), ...lookups(exampleCandidate, 85, 15, 20) }, minutes(18), [
                { labels: ofRevision, description: text("12%", exampleCandidate) },
            ]),
            quiet("when it finds 93 % and the other 97 %", { ...lookups(example.stable, 970, 30, 20), ...lookups(exampleCandidate, 93, 7, 20) }, minutes(18)),
            quiet(
                "when its cache is cold for four minutes",
                {
                    ...lookups(example.stable, 970, 30, 20),
                    [ofPod("cache_requests_total", exampleCandidate, { result: "hit" })]: "0+80x4 417+97x14",
                    [ofPod("cache_requests_total", exampleCandidate, { result: "miss" })]: "0+20x4 83+3x14",
                },
                minutes(12),
            ),
        ],
    };
}

/** The standard error of the difference between two ratios, if both were one. */
function standardError(scope: Scope, part: string, whole: string): string {
    const [partCandidate, partStable] = [select(part, ofCandidate(scope)), select(part, ofStable(scope))];
    const [wholeCandidate, wholeStable] = [select(whole, ofCandidate(scope)), select(whole, ofStable(scope))];
    const pooled = `(${partCandidate} + ${withStable} ${partStable}) / (${wholeCandidate} + ${withStable} ${wholeStable})`;
    return `sqrt((${pooled}) * (1 - (${pooled})) * (1 / ${wholeCandidate} + ${withStable} 1 / ${wholeStable}))`;
}
