import { ofUsers } from "../../rollout/gate/gateway-series/backend.ts";
import { gatewaySeries } from "../../rollout/gate/gateway-series/series.ts";
import type { Scope } from "../scope.ts";
import { type Runbooks, type Step, bothViews, commandsFor, rollbackHelps } from "./runbook.ts";

/** Where what users got is not known, or not what the pods say. Empty where the stack has no gateway to read. */
export function viewRunbooks(scope: Scope): Runbooks {
    const { kubectl, candidatePods } = commandsFor(scope);
    const series = gatewaySeries(scope.gateway);
    if (series === undefined) {
        return {};
    }
    const route: Step = ["See whether the gateway has accepted the route, and which Services it names.", `${kubectl} describe httproute ${scope.service}`];
    return {
        GatewayMetricsMissing: {
            meaning:
                "Prometheus has no series of the gateway about the users' backends of this service, or none of its answers although the pods count requests. Its scrape is gone, drops what is needed, or names the backends in another way than the stack's config says.",
            impact: "What users get is unknown: the alerts on availability can't fire, failed connections and time limits are invisible, and every gate holds. During a rollout the watcher is blind, and rolls back at its limit.",
            diagnosis: [
                ["See which series of the gateway there are about the service.", `sum by (job, instance) (${ofUsers(series.presence, scope)})`],
                ["See whether its answers are among them.", `sum(rate(${ofUsers(series.requests[0], scope)}[5m]))`],
                route,
                "In Prometheus, Status > Targets shows whether the gateway is scraped, and why a scrape fails. 'What the platform must scrape' in docs/observability.md lists the series and labels.",
            ],
            mitigation: [
                "The scrape is the platform's: have it restored, with the series in the list.",
                "If the backends have other names now (another gateway, another port), correct `metrics.gateway` in the stack config.",
            ],
            rollback:
                "If users are served well, a rollback changes nothing. If you can't tell, and the gateway was changed with the latest step, `rollout rollback` first.",
        },
        GatewayAndPodsDisagree: {
            meaning:
                "The gateway and the pods of one revision differ in how many requests failed, or in how many there were. Failures that only the gateway has: connections that were refused or reset, time limits, no pod that is ready. Failures that only the pods have: the gateway repeated the request. Requests that only the pods have: callers that go past the gateway, or counters that jumped. Requests that only the gateway has: pods that are not scraped, or that hang before they count.",
            impact: "One of the two is wrong about users, so the worse of them judges the candidate.",
            diagnosis: [
                bothViews(scope),
                [
                    "See how many requests each counted.",
                    `sum by (revision, view) (revision:http_requests:increase10m{namespace="${scope.namespace}",service="${scope.service}"})`,
                ],
                [
                    "See whether connections fail, requests run into a time limit or are repeated: the row 'At the gateway' of the canary dashboard.",
                    candidatePods,
                ],
                ["See whether every pod is scraped.", `up{namespace="${scope.namespace}",service="${scope.service}",job="${scope.service}"} == 0`],
            ],
            mitigation: [
                "Failures at the gateway alone are real: treat them as CandidateErrorsCallForRollback does, whatever the pods say.",
                "Callers within the cluster that go past the gateway are no users: have them call the host name, or leave them out of the service's counters.",
            ],
            rollback: rollbackHelps,
        },
    };
}
