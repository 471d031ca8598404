import { labelKeysOf } from "../../rollout/route/label-keys.ts";
import type { Scope } from "../scope.ts";
import { type Runbooks, commandsFor, rollbackHelps, rollbackMayHelp } from "./runbook.ts";

/** Pods that the plan counts on. */
export function capacityRunbooks(scope: Scope): Runbooks {
    const labelKeys = labelKeysOf(scope.profile);
    const { kubectl, candidatePods, rollBack, podsOf } = commandsFor(scope);
    const { service, stable } = scope;
    const { fullReplicas } = scope.profile.plan;
    return {
        StableCapacityBelowPlan: {
            meaning: `A candidate has traffic, and the stable revision has fewer than the ${String(fullReplicas)} pods that it needs to take over all traffic.`,
            impact: "Nothing yet. A rollback now would send all users to too few pods.",
            diagnosis: [
                ["See the stable pods.", `${kubectl} get pods -l ${labelKeys.revision}=${stable} -o wide`],
                ["See what the autoscaler holds as its minimum.", `${kubectl} get hpa ${service}-${stable}`],
                ["See why pods do not start.", `${kubectl} get events --sort-by=.lastTimestamp | tail -20`],
            ],
            mitigation: [
                "Take no step forward: the gate of every step asks for these pods and holds.",
                ["If the minimum was lowered by hand, let the program set it again.", "pulumi up --refresh"],
                "If nodes are full, have nodes added before anything else: a rollback may be needed at any moment.",
            ],
            rollback: `Roll back only if the candidate is worse than too few stable pods. Then expect errors until the autoscaler has caught up: about two minutes. The command is \`${rollBack}\`.`,
        },
        CandidateReplicasMissing: {
            meaning: "The candidate has fewer available pods than its Deployment asks for, for longer than a start takes.",
            impact: "Its share is carried by fewer pods, which makes it look worse than it is. The step is not left.",
            diagnosis: [
                ["See which pods are missing.", candidatePods],
                [
                    "Read why: image, quota, volume, probe.",
                    `${kubectl} describe pods -l ${labelKeys.revision}!=${stable},app.kubernetes.io/component=api | grep -A10 Events`,
                ],
                ["See whether the quota of the namespace is used up.", `${kubectl} describe resourcequota`],
            ],
            mitigation: [
                "ImagePullBackOff: the digest or the pull secret is wrong, so withdraw the candidate.",
                "Readiness fails: read the pod's log, a store that it can't reach is the usual cause.",
                "Quota: raise it in `NamespaceQuota`, in review.",
            ],
            rollback: rollbackHelps,
        },
        AutoscalerAtMaximum: {
            meaning: "A revision runs as many pods as its autoscaler may give it.",
            impact: "More load makes answers slower from here on.",
            diagnosis: [
                ["See load and pods over the day.", `sum(rate(http_requests_total{namespace="${scope.namespace}",service="${service}"}[5m]))`],
                ["See what the autoscaler sees.", `${kubectl} describe hpa -l app.kubernetes.io/name=${service}`],
                "A revision that needs more pods for the same load than the one before it costs more a request: compare them on the canary dashboard.",
            ],
            mitigation: [
                "For tonight: raise the maximum with `kubectl edit hpa`, and put the number into the program in review tomorrow.",
                "If load is abnormal, find who sends it: the gateway's log has the clients.",
            ],
            rollback: rollbackMayHelp,
        },
        AutoscalerCannotScale: {
            meaning: "An autoscaler says by its own conditions that it can't work: no metrics of the pods, no target, or an error of the API server.",
            impact: "The number of pods stays where it is, whatever the load.",
            diagnosis: [
                [
                    "Read the condition's message.",
                    `${kubectl} get hpa -l app.kubernetes.io/name=${service} -o jsonpath='{range .items[*]}{.metadata.name}: {.status.conditions[?(@.status=="False")].message}{"\\n"}{end}'`,
                ],
                ["See whether metrics-server answers.", "kubectl get apiservice v1beta1.metrics.k8s.io"],
                ["See whether pods have CPU metrics.", `${kubectl} top pods`],
            ],
            mitigation: ["Restart metrics-server if its APIService is not available.", "Until it works, set the minimum to what the hour needs."],
            rollback: "It is no reason to roll back. The gate of 50 % holds until autoscaling works.",
        },
        DisruptionBudgetBroken: {
            meaning: "Fewer pods of a part are healthy than its disruption budget wants.",
            impact: "Nodes with its pods can't be drained, so upgrades of the cluster wait. One pod more lost may be an outage.",
            diagnosis: [
                ["See the budgets.", `${kubectl} get pdb`],
                ["See the pods behind the one that the alert names.", podsOf("<component>")],
                ["Read the events.", `${kubectl} get events --field-selector type=Warning --sort-by=.lastTimestamp | tail -20`],
            ],
            mitigation: [
                "Fix the pods: the alerts on the part itself say what is wrong with it.",
                "A drain of a node has to wait, or needs the team's consent first.",
            ],
            rollback: rollbackMayHelp,
        },
    };
}
