import { fires, growing, ofBackend, ofPod, quiet } from "../cases.ts";
import { example, exampleCandidate } from "../example.ts";
import { ofUsers } from "../../rollout/gate/gateway-series/backend.ts";
import { gatewaySeries } from "../../rollout/gate/gateway-series/series.ts";
import { minutes, number, percent, select } from "../../rollout/gate/gateway-series/promql.ts";
import { recorded, rateWindowSeconds } from "../recorded.ts";
import type { View } from "../request-recordings.ts";
import type { Alert, RuleGroup } from "../rule.ts";
import { type Scope, ofService } from "../scope.ts";
import { type Objective, errorBudget, madeOfObjective } from "../slo.ts";
import { fewestRequests } from "./enough-requests.ts";
import { answered, got } from "./traffic-cases.ts";
import type { GatewaySeries } from "../../rollout/gate/gateway-series/counter.ts";

/** Requests that failed by one view and not by the other from which the difference counts: fewer may lie between two scrapes. */
const fewestFailures = 5;
/**
 * Share of the requests that one view may have more of than the other, as a ratio: counts over ten minutes of sources that are scraped at different moments
 * differ by up to a scrape of 15 s at each end where the load changes at once.
 */
const missedShare = 0.05;

/** Whether the gateway is seen, and says the same as the pods. Without a gateway there is one view only, and no group. */
export function viewAlerts(scope: Scope): readonly RuleGroup[] {
    const series = gatewaySeries(scope.gateway);
    return series === undefined
        ? []
        : [
              {
                  name: "views",
                  title: "What users got, and what the pods say",
                  intervalSeconds: 30,
                  recordings: [],
                  alerts: [gatewayMissing(scope, series), ...madeOfObjective(scope, "availability", (objective) => viewsDiffer(scope, objective))],
              },
          ];
}

function gatewayMissing(scope: Scope, { presence, requests: [answers] }: GatewaySeries): Alert {
    const there = `sum(${ofUsers(presence, scope)})`;
    const answered5m = `sum(rate(${ofUsers(answers, scope, {}, rateWindowSeconds)}))`;
    const byPods = `sum(${select(recorded.requests, { ...ofService(scope), view: "pods" })})`;
    const stable = example.stable;
    return {
        name: "GatewayMetricsMissing",
        severity: "critical",
        expression: `absent(${there}) or (${byPods} > 0 unless ${answered5m})`,
        forSeconds: minutes(5),
        labels: { rollout_scope: "service" },
        summary: "Prometheus has no data of what users get.",
        description:
            "Prometheus has had no series of the gateway about the service for five minutes. The objective of availability is blind, alerts see what the pods say of themselves alone, and no step of a rollout passes.",
        dashboard: "overview",
        onAbsence: [{ labels: {} }],
        cases: [
            fires("when the gateway was never scraped", answered(stable, 600, 0, 10), minutes(8), [{ labels: {} }]),
            fires("when its scrape stopped a quarter of an hour ago", { ...answered(stable, 600, 0, 20), ...got(stable, { "200": 600 }, 3) }, minutes(18), [
                { labels: {} },
            ]),
            fires(
                "when its scrape drops the answers and keeps the rest",
                { ...answered(stable, 600, 0, 12), [ofBackend("envoy_cluster_upstream_rq_total", stable)]: growing(600, 12) },
                minutes(10),
                [{ labels: {} }],
            ),
            fires("when it has testers' requests alone", { ...answered(stable, 600, 0, 12), ...got(`${stable}-testers`, { "200": 600 }, 12) }, minutes(10), [
                { labels: {} },
            ]),
            fires("when it has another service's requests alone", { ...answered(stable, 600, 0, 12), [otherService]: growing(600, 12) }, minutes(10), [
                { labels: {} },
            ]),
            quiet("when users are answered", { ...answered(stable, 600, 0, 12), ...got(stable, { "200": 600 }, 12) }, minutes(10)),
            quiet(
                "when all of them have the candidate",
                { ...answered(exampleCandidate, 600, 0, 12), ...got(exampleCandidate, { "200": 600 }, 12) },
                minutes(10),
            ),
            quiet("when no user sent a request since the gateway started", { [ofBackend("envoy_cluster_upstream_rq_total", stable)]: "0x12" }, minutes(10)),
        ],
    };
}

/** Another service whose backend is called alike. */
const otherService = ofBackend("envoy_cluster_upstream_rq_total", example.stable, {
    envoy_cluster_name: `${example.namespace}_other-${example.service}-${example.stable}_80`,
});

/** Failures that only one view has, or requests: either way one of the two is wrong about users, and a gate holds. */
function viewsDiffer(scope: Scope, objective: Objective): Alert {
    const of = (record: string, view: View): string => select(record, { ...ofService(scope), view });
    const difference = (record: string): string => `abs(${of(record, "gateway")} - on (namespace, service, revision) ${of(record, "pods")})`;
    const more = errorBudget(objective);
    const enough = `and on (namespace, service, revision) ${select(recorded.requestCount, ofService(scope))} >= ${String(fewestRequests)}`;
    const most = `max by (namespace, service, revision) (${select(recorded.requestCount, ofService(scope))})`;
    const text = (measured: string, revision: string): string =>
        `What users got from ${revision} and what its pods say differ by ${measured} of its requests: in how many failed (up to ${percent(more)} may be chance), or in how many there were (up to ${percent(missedShare)}).`;
    const ofRevision = { revision: exampleCandidate } as const;
    return {
        name: "GatewayAndPodsDisagree",
        severity: "warning",
        expression: [
            `(${difference(recorded.failedCount)} / ${most} > ${number(more)} and ${difference(recorded.failedCount)} >= ${String(fewestFailures)}`,
            `or ${difference(recorded.requestCount)} / ${most} > ${number(missedShare)}) ${enough}`,
        ].join(" "),
        forSeconds: minutes(5),
        labels: { rollout_scope: "service" },
        summary: "The gateway and the pods count differently.",
        description: text("{{ $value | humanizePercentage }}", "{{ $labels.revision }}"),
        dashboard: "canary",
        cases: [
            fires(
                "when users get 1 of 100 answers from no pod",
                { ...answered(exampleCandidate, 990, 0, 20), ...got(exampleCandidate, { "200": 990, "503": 10 }, 20) },
                minutes(18),
                [{ labels: ofRevision, description: text("1%", exampleCandidate) }],
            ),
            fires(
                "when the gateway repeats what fails, so that users see none of it",
                { ...answered(exampleCandidate, 1_000, 20, 20), ...got(exampleCandidate, { "200": 1_000 }, 20) },
                minutes(18),
                [{ labels: ofRevision, description: text("1.961%", exampleCandidate) }],
            ),
            fires(
                "when a tenth of the requests does not come by the gateway",
                { ...answered(exampleCandidate, 1_000, 0, 20), ...got(exampleCandidate, { "200": 900 }, 20) },
                minutes(18),
                [{ labels: ofRevision, description: text("10%", exampleCandidate) }],
            ),
            fires(
                "when the pods count more than the gateway sent, as after a restart that was none",
                { ...answered(exampleCandidate, 60_000, 0, 20), ...got(exampleCandidate, { "200": 1_000 }, 20) },
                minutes(18),
                [{ labels: ofRevision, description: text("98.33%", exampleCandidate) }],
            ),
            quiet(
                "when both count the same failures",
                { ...answered(exampleCandidate, 900, 100, 20), ...got(exampleCandidate, { "200": 900, "500": 100 }, 20) },
                minutes(18),
            ),
            quiet(
                "when one of 5,000 is a difference",
                { ...answered(exampleCandidate, 5_000, 0, 20), ...got(exampleCandidate, { "200": 4_999, "503": 1 }, 20) },
                minutes(18),
            ),
            quiet(
                "when a handful of requests differs",
                { ...answered(exampleCandidate, 2, 0, 20), ...got(exampleCandidate, { "200": 1, "503": 1 }, 20) },
                minutes(18),
            ),
            quiet("when the load doubles between two scrapes", doubled, minutes(18), { intervalSeconds: 15 }),
        ],
    };
}

/** Twice the load from one scrape to the next, which the gateway's scrape sees a quarter of a minute later than the pods'. */
const doubled = {
    [ofPod("http_requests_total", exampleCandidate, { route: "feed", code: "200", cache: "hit" })]: "0+250x40 10500+500x40",
    [ofBackend("envoy_cluster_upstream_rq_total", exampleCandidate)]: "0+250x41 10750+500x39",
    [ofBackend("envoy_cluster_upstream_rq_xx", exampleCandidate, { envoy_response_code_class: "2" })]: "0+250x41 10750+500x39",
};
