import { criteriaOn, everyCriterion } from "../bounds.ts";
import { fires, ofObject, quiet, steady } from "../cases.ts";
import { example, exampleCandidate } from "../example.ts";
import { like, minutes, not, select } from "../../rollout/gate/gateway-series/promql.ts";
import type { Alert, RuleGroup } from "../rule.ts";
import type { Scope } from "../scope.ts";
import { said } from "./rollout-series.ts";
import { atWeight } from "./traffic-cases.ts";

/** Whether each revision has the pods that the plan counts on, and can get more. */
export function capacityAlerts(scope: Scope): RuleGroup {
    return {
        name: "capacity",
        title: "Pods that the plan counts on",
        intervalSeconds: 30,
        recordings: [],
        alerts: [stableCapacity(scope), candidateCapacity(scope), autoscalerAtMaximum(scope), autoscalerCannotScale(scope), disruptionBudget(scope)],
    };
}

function stableCapacity(scope: Scope): Alert {
    const { fullReplicas } = scope.profile.plan;
    const deployment = `${scope.service}-${scope.stable}`;
    const available = `max by (namespace, deployment) (${select("kube_deployment_status_replicas_available", { namespace: scope.namespace, deployment })})`;
    const weight = `scalar(${said(scope, "rollout_step_weight_percent")})`;
    const text = (measured: string): string =>
        `${measured} pods of ${scope.stable} are available, and ${String(fullReplicas)} must be there to take over all traffic. Do not go on.`;
    const pods = (count: string): Record<string, string> => ({
        [ofObject("kube_deployment_status_replicas_available", { deployment: `${example.service}-${example.stable}` })]: count,
    });
    return {
        name: "StableCapacityBelowPlan",
        severity: "critical",
        expression: `${available} < ${String(fullReplicas)} and on () vector(${weight}) > 0`,
        forSeconds: minutes(3),
        labels: { rollout_scope: "stable" },
        summary: "A rollback would not find its capacity.",
        description: text("{{ $value }}"),
        dashboard: "canary",
        criteria: criteriaOn(scope, "ready-pods", "stable"),
        cases: [
            fires("when four of six are left at 25 %", { ...atWeight(25, 10), ...pods("6x2 4x10") }, minutes(8), [
                { labels: { deployment: `${example.service}-${example.stable}` }, description: text("4") },
            ]),
            quiet("when no rollout is under way", { ...atWeight(0, 10), ...pods("3x10") }, minutes(8)),
            quiet("when no watcher runs, since then no step is known", pods("3x10"), minutes(8)),
        ],
    };
}

function candidateCapacity(scope: Scope): Alert {
    const deployments = { namespace: scope.namespace, deployment: [like(`${scope.service}-.+`), not(`${scope.service}-${scope.stable}`)] } as const;
    const text = (deployment: string, measured: string): string =>
        `${deployment} lacks ${measured} pods. Its share of the requests is carried by the rest, or fails.`;
    const deployment = `${example.service}-${exampleCandidate}`;
    const pods = (wanted: number, available: string): Record<string, string> => ({
        [ofObject("kube_deployment_spec_replicas", { deployment })]: steady(wanted, 20),
        [ofObject("kube_deployment_status_replicas_available", { deployment })]: available,
    });
    return {
        name: "CandidateReplicasMissing",
        severity: "warning",
        expression: [
            `max by (deployment) (${select("kube_deployment_spec_replicas", deployments)})`,
            `- max by (deployment) (${select("kube_deployment_status_replicas_available", deployments)}) > 0`,
        ].join(" "),
        forSeconds: minutes(10),
        labels: { rollout_scope: "canary" },
        summary: "The candidate lacks pods.",
        description: text("{{ $labels.deployment }}", "{{ $value }}"),
        dashboard: "canary",
        criteria: criteriaOn(scope, "ready-pods", "candidate"),
        cases: [
            fires("when one of three does not become available", pods(3, "2x20"), minutes(15), [
                { labels: { deployment }, description: text(deployment, "1") },
            ]),
            quiet("when a new pod takes five minutes", pods(3, "2x5 3x15"), minutes(15)),
        ],
    };
}

function autoscalerAtMaximum(scope: Scope): Alert {
    const autoscalers = { namespace: scope.namespace, horizontalpodautoscaler: like(`${scope.service}-.+`) };
    const of = (metric: string): string => `max by (horizontalpodautoscaler) (${select(metric, autoscalers)})`;
    const name = `${example.service}-${example.stable}`;
    const text = (autoscaler: string, measured: string): string => `${autoscaler} runs ${measured} pods, as many as it may: more load makes it slow.`;
    const pods = (current: string): Record<string, string> => ({
        [ofObject("kube_horizontalpodautoscaler_status_current_replicas", { horizontalpodautoscaler: name })]: current,
        [ofObject("kube_horizontalpodautoscaler_spec_max_replicas", { horizontalpodautoscaler: name })]: steady(10, 30),
    });
    return {
        name: "AutoscalerAtMaximum",
        severity: "warning",
        expression: `${of("kube_horizontalpodautoscaler_status_current_replicas")} >= ${of("kube_horizontalpodautoscaler_spec_max_replicas")}`,
        forSeconds: minutes(15),
        labels: { rollout_scope: "service" },
        summary: "A revision can't get more pods.",
        description: text("{{ $labels.horizontalpodautoscaler }}", "{{ $value }}"),
        dashboard: "overview",
        cases: [
            fires("when ten of ten run for twenty minutes", pods("10x30"), minutes(20), [
                { labels: { horizontalpodautoscaler: name }, description: text(name, "10") },
            ]),
            quiet("when a spike takes ten minutes", pods("6x5 10x10 7x15"), minutes(25)),
        ],
    };
}

function autoscalerCannotScale(scope: Scope): Alert {
    const conditions = {
        namespace: scope.namespace,
        horizontalpodautoscaler: like(`${scope.service}-.+`),
        condition: like("AbleToScale|ScalingActive"),
        status: "false",
    };
    const at = { horizontalpodautoscaler: `${example.service}-${exampleCandidate}`, condition: "ScalingActive", status: "false" };
    const text = (autoscaler: string, condition: string): string =>
        `The condition ${condition} of ${autoscaler} is false: it neither adds nor removes pods, mostly because it gets no metrics.`;
    return {
        name: "AutoscalerCannotScale",
        severity: "warning",
        expression: `max by (horizontalpodautoscaler, condition) (${select("kube_horizontalpodautoscaler_status_condition", conditions)}) == 1`,
        forSeconds: minutes(10),
        labels: { rollout_scope: "service" },
        summary: "An autoscaler does not work.",
        description: text("{{ $labels.horizontalpodautoscaler }}", "{{ $labels.condition }}"),
        dashboard: "overview",
        criteria: everyCriterion(scope)
            .filter(({ measure }) => measure.kind === "autoscaling")
            .map(({ id }) => id),
        cases: [
            fires("when it gets no metrics", { [ofObject("kube_horizontalpodautoscaler_status_condition", at)]: steady(1, 20) }, minutes(15), [
                {
                    labels: { horizontalpodautoscaler: at.horizontalpodautoscaler, condition: at.condition },
                    description: text(at.horizontalpodautoscaler, at.condition),
                },
            ]),
            quiet(
                "when the first metrics of a new revision take five minutes",
                { [ofObject("kube_horizontalpodautoscaler_status_condition", at)]: "1x5 0x20" },
                minutes(15),
            ),
        ],
    };
}

function disruptionBudget(scope: Scope): Alert {
    const of = (metric: string): string => `max by (poddisruptionbudget) (${select(metric, { namespace: scope.namespace })})`;
    const budget = { poddisruptionbudget: "video-ranking-stores-redis" };
    const text = (name: string, measured: string): string => `${name} lacks ${measured} healthy pods: no node that holds its pods can be drained.`;
    const pods = (healthy: string): Record<string, string> => ({
        [ofObject("kube_poddisruptionbudget_status_current_healthy", budget)]: healthy,
        [ofObject("kube_poddisruptionbudget_status_desired_healthy", budget)]: steady(2, 30),
    });
    return {
        name: "DisruptionBudgetBroken",
        severity: "warning",
        expression: `${of("kube_poddisruptionbudget_status_desired_healthy")} - ${of("kube_poddisruptionbudget_status_current_healthy")} > 0`,
        forSeconds: minutes(15),
        summary: "Fewer pods are healthy than must be.",
        description: text("{{ $labels.poddisruptionbudget }}", "{{ $value }}"),
        dashboard: "on-call",
        cases: [
            fires("when one of two is healthy", pods("1x30"), minutes(20), [{ labels: budget, description: text(budget.poddisruptionbudget, "1") }]),
            quiet("when a pod is replaced within ten minutes", pods("2x3 1x10 2x15"), minutes(20)),
        ],
    };
}
