import { boundIn, madeOf, standingOn } from "../bounds.ts";
import { fires, quiet } from "../cases.ts";
import { example, exampleCandidate } from "../example.ts";
import type { Criterion } from "../../rollout/gate/criterion.ts";
import { type Matchers, minutes, number, percent, select } from "../../rollout/gate/gateway-series/promql.ts";
import { recorded } from "../recorded.ts";
import type { View } from "../request-recordings.ts";
import type { Alert } from "../rule.ts";
import { type Scope, ofCandidate, ofStable } from "../scope.ts";
import { enoughRequests } from "./enough-requests.ts";
import { got } from "./traffic-cases.ts";

/** How many standard errors two shares must lie apart, as for failed requests: the more users ask for what is not there, the more chance plays with it. */
const significance = 3;
/** Answers of the candidate with one status from which the comparison holds. */
const fewestAnswers = 5;
/**
 * Answers of 400 to 499, each status by itself: a candidate that turns users away fails none of their requests. The share follows what users ask, which is the
 * same of both revisions in the same minutes.
 */
export function clientErrorsAgainstStable(scope: Scope): readonly Alert[] {
    // How much more may be answered with one status: the share of errors from which the plan holds a step to look into it.
    return madeOf(standingOn(scope, "investigate", "client-errors-against-stable"), (criterion) =>
        madeOf(standingOn(scope, "investigate", "error-ratio"), (errors) => clientErrors(scope, criterion, boundIn(errors).value)),
    ).flat();
}

function clientErrors(scope: Scope, criterion: Criterion, clientErrorMargin: number): Alert {
    const share = (matchers: Matchers): string =>
        `${select(recorded.clientErrorCount, matchers)} / on (namespace, service, revision, view) group_left () ${select(recorded.requestCount, matchers)}`;
    const ofOne = "on (namespace, service, revision, view) group_left ()";
    const withStable = "on (namespace, service, view) group_left ()";
    const withSameOfStable = "on (namespace, service, view, status) group_left ()";
    const ofBoth = (record: string) => [select(record, ofCandidate(scope)), select(record, ofStable(scope))] as const;
    const [answers, requests] = [ofBoth(recorded.clientErrorCount), ofBoth(recorded.requestCount)];
    const pooled = `((${answers.join(` + ${withSameOfStable} `)}) / ${ofOne} (${requests.join(` + ${withStable} `)}))`;
    const standardError = `sqrt(${pooled} * (1 - ${pooled}) * ${ofOne} (1 / ${requests.join(` + ${withStable} 1 / `)}))`;
    const more = `(${share(ofCandidate(scope))}) - ${withSameOfStable} (${share(ofStable(scope))})`;
    const text = (measured: string, revision: string, status: string, view: string): string =>
        `${revision} answers ${measured} more of its requests with the status ${status} than ${scope.stable}, as the ${view} counted them ('other': any of 400 to 499 but 401, 403 and 404). Chance does not explain it, and it is more than ${percent(clientErrorMargin)}.`;
    const ofStatus = (status: string, view: View) => ({ revision: exampleCandidate, status, view });
    return {
        name: "CandidateClientErrorsWorseThanStable",
        severity: "warning",
        expression: [
            `(${more}) > ${number(clientErrorMargin)}`,
            `and (${more}) > ${String(significance)} * ${standardError}`,
            `and on (namespace, service, revision, view, status) ${select(recorded.clientErrorCount, ofCandidate(scope))} >= ${String(fewestAnswers)}`,
            enoughRequests(scope),
        ].join(" "),
        forSeconds: minutes(5),
        labels: { rollout_scope: "canary" },
        summary: "The candidate turns away more requests than the stable revision.",
        description: text("{{ $value | humanizePercentage }}", "{{ $labels.revision }}", "{{ $labels.status }}", "{{ $labels.view }}"),
        dashboard: "canary",
        criteria: [criterion.id],
        cases: [
            fires(
                "when it answers 30 % with 400, and the stable revision has no such answer",
                { ...got(example.stable, { "200": 9_000 }, 20), ...got(exampleCandidate, { "200": 700, "400": 300 }, 20) },
                minutes(18),
                [{ labels: ofStatus("other", "gateway"), description: text("30%", exampleCandidate, "other", "gateway") }],
            ),
            fires(
                "when it finds nothing at 5 % of the addresses, and the stable revision at 1 %",
                {
                    ...got(example.stable, { "200": 8_910, "404": 90 }, 20),
                    ...got(exampleCandidate, { "200": 950, "404": 50 }, 20),
                },
                minutes(18),
                [{ labels: ofStatus("404", "gateway"), description: text("4%", exampleCandidate, "404", "gateway") }],
            ),
            fires(
                "when it knows 2 % of the callers no more, and as many fewer addresses are missing",
                {
                    ...got(example.stable, { "200": 8_820, "404": 180 }, 20),
                    ...got(exampleCandidate, { "200": 980, "401": 20 }, 20),
                },
                minutes(18),
                [{ labels: ofStatus("401", "gateway"), description: text("2%", exampleCandidate, "401", "gateway") }],
            ),
            quiet(
                "when both turn away a tenth, as users ask for what is not there",
                {
                    ...got(example.stable, { "200": 8_100, "404": 900 }, 20),
                    ...got(exampleCandidate, { "200": 900, "404": 100 }, 20),
                },
                minutes(18),
            ),
            quiet(
                "when a few hundred requests make it a matter of chance",
                { ...got(example.stable, { "200": 8_100, "404": 900 }, 20), ...got(exampleCandidate, { "200": 26.4, "404": 3.6 }, 20) },
                minutes(18),
            ),
            quiet(
                "when it is one of twenty requests",
                { ...got(example.stable, { "200": 900 }, 20), ...got(exampleCandidate, { "200": 0.95, "403": 0.05 }, 20) },
                minutes(18),
            ),
        ],
    };
}
