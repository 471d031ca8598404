import { labelKeysOf } from "../../rollout/route/label-keys.ts";
import type { Scope } from "../scope.ts";
import { type Runbooks, bothViews, commandsFor, rollbackDoesNotHelp, rollbackMayHelp } from "./runbook.ts";

/** The revision that users have, by the numbers of the baseline. */
export function stableRunbooks(scope: Scope): Runbooks {
    const labelKeys = labelKeysOf(scope.profile);
    const { kubectl, stableLog } = commandsFor(scope);
    const own = `namespace="${scope.namespace}",service="${scope.service}",revision="${scope.stable}"`;
    const justFinished =
        "If this revision was the candidate until a day or two ago, bring the one before it back as a candidate, step by step: its image and settings are in the history of the stack's file.";
    return {
        StableErrorsAboveBaseline: {
            meaning:
                "The revision that users have fails more requests than the baseline allows. No rollout may begin on it, and a finished one is not yet a success.",
            impact: "The error budget burns, too slowly for a page.",
            diagnosis: [
                bothViews(scope),
                ["Find the route.", `sum by (route, code) (rate(http_requests_total{${own},code=~"5.."}[15m]))`],
                ["Read the errors, by message.", `${stableLog} | jq -r 'select(.level=="error") | .message' | sort | uniq -c | sort -rn | head`],
            ],
            mitigation: ["Most of these are a dependency that fails now and then: find it by the message, and raise it with its owners.", justFinished],
            rollback: rollbackDoesNotHelp,
        },
        StableCpuAboveBaseline: {
            meaning: "The stable revision has used more than half of the CPU that it requests for half an hour, although the autoscaler aims below that.",
            impact: "A peak finds no room. If a rollout begins now, the candidate's pods compete for the same nodes.",
            diagnosis: [
                ["See whether the autoscaler is at its end.", `${kubectl} get hpa ${scope.service}-${scope.stable}`],
                ["See whether there are more requests than usual.", `sum(rate(http_requests_total{${own}}[5m]))`],
            ],
            mitigation: [
                "At its maximum: raise `steadyReplicas` in service/plan.ts, in review.",
                "Not at its maximum and not scaling: see AutoscalerCannotScale.",
            ],
            rollback: rollbackMayHelp,
        },
        StableMemoryAboveBaseline: {
            meaning: "A pod of the stable revision uses more memory than the baseline allows.",
            impact: "The limit is near; at the limit the pod is killed with its requests.",
            diagnosis: [
                ["See which pods, and since when.", `process_resident_memory_bytes{${own}}`],
                [
                    "See their ages: memory that goes with age is a leak.",
                    `${kubectl} get pods -l ${labelKeys.revision}=${scope.stable} --sort-by=.status.startTime`,
                ],
            ],
            mitigation: [
                "Delete the fullest pod: its replacement takes over before it goes, within the disruption budget.",
                "Then look for the leak (StableMemoryGrows), or raise request and limit in review.",
            ],
            rollback: justFinished,
        },
        StableMemoryGrows: {
            meaning: "The memory of a pod of the stable revision has grown for hours, with no end.",
            impact: "Pods will be killed, at a time of their own choosing.",
            diagnosis: [
                ["See growth by pod, in bytes an hour.", `deriv(process_resident_memory_bytes{${own}}[1h]) * 3600`],
                "Compare a heap profile of an old pod with one of a young one.",
            ],
            mitigation: ["Replace pods one by one at a quiet hour, oldest first, until a new revision fixes it."],
            rollback: justFinished,
        },
        StableRestarted: {
            meaning: "A container of the stable revision ended and was started again.",
            impact: "Its requests failed. A rollout may not begin until there was a soak without a restart.",
            diagnosis: [
                ["See why it ended.", `${kubectl} get pod $POD -o jsonpath='{.status.containerStatuses[0].lastState.terminated}'`],
                ["Read its last words.", `${kubectl} logs $POD -c api --previous --tail=100`],
            ],
            mitigation: [
                "OOMKilled: see ContainerOutOfMemory. A failed liveness probe: see whether the pod was short of CPU.",
                "A crash of code that has run for weeks is mostly an input that no user had sent before: find it in the last lines.",
            ],
            rollback: rollbackMayHelp,
        },
        StableLogsCriticalLines: {
            meaning: "The stable revision has written lines of the level critical to its log.",
            impact: "Something failed that its authors hold for serious. A rollout that was finished within two days is reviewed by it.",
            diagnosis: [
                ["Read the lines.", `${kubectl} logs -l ${labelKeys.revision}=${scope.stable} -c api --since=15m --prefix | grep '"level":"critical"'`],
                ["See which pods write them.", `sum by (pod) (increase(log_messages_total{${own},level="critical"}[15m]))`],
            ],
            mitigation: [
                "One pod: delete it, and keep its last lines.",
                "All pods: look at what they depend on first, the stores and the brokers; their own alerts have runbooks.",
            ],
            rollback: justFinished,
        },
    };
}
