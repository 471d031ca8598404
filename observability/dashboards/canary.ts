import { defined } from "../../rollout/defined.ts";
import { gatewaySeries } from "../../rollout/gate/gateway-series/series.ts";
import type { Scope } from "../scope.ts";
import { candidateRows } from "./canary-rows.ts";
import type { DashboardSpec, PanelSpec } from "./panel.ts";
import { own } from "./queries.ts";
import { verdict, verdictWords } from "./verdict.ts";
import { viewRows } from "./canary-views.ts";
import { revisionVariables, serviceVariables } from "./variables.ts";

/** The candidate beside the stable revision, on one axis, with the lines of the plan. */
export function canary(scope: Pick<Scope, "gateway" | "profile">): DashboardSpec {
    return {
        name: "canary",
        title: "candidate and stable revision",
        description:
            "The candidate beside the stable revision in the same minutes: what users got at the gateway, beside what the pods say. Lines are the plan's: where a candidate holds, and where it is rolled back.",
        from: "now-1h",
        variables: [...serviceVariables("http_requests_total", "up"), ...revisionVariables],
        marksSteps: true,
        rows: [
            {
                title: "Where it stands",
                panels: [
                    stat("Weight", "Share of the requests that the live route gives to the candidate.", "percent", "rollout_step_weight_percent"),
                    {
                        kind: "stat",
                        title: "Verdict",
                        description: "What the watcher's latest look led to. Without a word the watcher is silent.",
                        unit: "none",
                        queries: [verdict],
                        words: verdictWords,
                        runbook: "RolloutGateHolds",
                    },
                    stat(
                        "Share that arrives",
                        "Share of the requests that reached the candidate. It has to lie near the weight.",
                        "percentunit",
                        "rollout_observed_share_ratio",
                        "RolloutShareDiffersFromWeight",
                    ),
                    {
                        ...stat("Soak", "How much of the step's soak is over.", "percentunit", "rollout_soak_seconds", "RolloutStuck"),
                        queries: [{ expression: `max(${own("rollout_soak_seconds")}) / max(${own("rollout_soak_required_seconds")})`, legend: "soak" }],
                    },
                    stat(
                        "Hold",
                        "How long the gate has held after the soak. At its limit the watcher rolls back.",
                        "s",
                        "rollout_hold_seconds",
                        "RolloutHoldEndsSoon",
                    ),
                    stat("Approvals missing", "Roles whose word the next step still needs.", "short", "rollout_approvals_missing", "RolloutApprovalWaits"),
                ],
            },
            ...viewRows(scope, gatewaySeries(scope.gateway)),
            ...candidateRows(scope),
        ],
    };
}

function stat(title: string, description: string, unit: PanelSpec["unit"], metric: string, runbook?: string): PanelSpec {
    return {
        kind: "stat",
        title,
        description,
        unit,
        queries: [{ expression: `max(${own(metric)})`, legend: title }],
        ...defined({ runbook }),
    };
}
