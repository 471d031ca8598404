import { number } from "../../rollout/gate/gateway-series/promql.ts";
import { partByRevision, rateBy, rateByRevision } from "./gateway.ts";
import { baselineLines } from "./lines.ts";
import type { Scope } from "../scope.ts";
import type { PanelSpec } from "./panel.ts";
import type { GatewaySeries } from "../../rollout/gate/gateway-series/counter.ts";

/** What users got of every revision, as the gateway counted it. */
export function usersPanels(scope: Pick<Scope, "profile">, gateway: GatewaySeries): readonly PanelSpec[] {
    const { requests, answers, failed, timedOut, unanswered, retries, latency } = gateway;
    const lost = [
        { expression: partByRevision(gateway, timedOut), legend: "{{revision}} time limit" },
        ...(unanswered.length === 0 ? [] : [{ expression: rateByRevision(unanswered), legend: "{{revision}} refused or reset" }]),
        ...(retries === undefined ? [] : [{ expression: rateByRevision([retries]), legend: "{{revision}} repeated" }]),
    ] as const;
    return [
        {
            kind: "timeseries",
            title: "Answers at the gateway, by status",
            description: "Answers each second that users got, those included that the gateway gave in a pod's place.",
            unit: "reqps",
            width: 12,
            queries: [{ expression: rateBy(answers, answers.statusLabel), legend: `{{${answers.statusLabel}}}` }],
            runbook: "ServiceReceivesNoRequests",
        },
        {
            kind: "timeseries",
            title: "Failed at the gateway, by revision",
            description:
                "Share of requests that failed for users: answers of 500 to 599, time limits, connections that were refused or reset. The objective of availability counts these.",
            unit: "percentunit",
            width: 12,
            lines: baselineLines(scope, "error-ratio"),
            queries: [{ expression: `${partByRevision(gateway, failed)} / ${rateByRevision(requests)}`, legend: "{{revision}}" }],
            runbook: "AvailabilityBudgetBurnsFast",
        },
        {
            kind: "timeseries",
            title: "p95 at the gateway, by revision",
            description: "How long the gateway waited for 95 of 100 answers. Its buckets are wide, so the curve is rough between two of their bounds.",
            unit: "s",
            width: 12,
            queries: [
                {
                    expression: `histogram_quantile(0.95, ${rateByRevision([latency], "le")}) * ${number(latency.unitSeconds)}`,
                    legend: "{{revision}}",
                },
            ],
            runbook: "CandidateLatencyCallsForRollback",
        },
        {
            kind: "timeseries",
            title: "What never reached the pods' counters",
            description:
                "Requests each second that ran into a time limit of the route, connections that were refused or reset, and attempts that the gateway repeated.",
            unit: "reqps",
            width: 12,
            queries: lost,
            runbook: "GatewayAndPodsDisagree",
        },
    ];
}
