import type { V2HorizontalPodAutoscaler, V2HorizontalPodAutoscalerCondition } from "@kubernetes/client-node";

import type { AutoscalerState } from "../gate/evidence.ts";

/**
 * An autoscaler's state, from its status. One that its controller has not looked at yet has a problem: nothing is known of it.
 *
 * @see https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale-walkthrough/#appendix-horizontal-pod-autoscaler-status-conditions
 */
export function autoscalerState({ metadata, spec, status }: V2HorizontalPodAutoscaler): AutoscalerState {
    const conditions = status?.conditions ?? [];
    const desired = status?.desiredReplicas ?? 0;
    const stale = status?.observedGeneration !== undefined && status.observedGeneration < (metadata?.generation ?? 0);
    return {
        minimum: spec.minReplicas ?? 1,
        maximum: spec.maxReplicas,
        current: status?.currentReplicas ?? 0,
        desired,
        problems: [
            ...["AbleToScale", "ScalingActive"].flatMap((type) => shouldBeTrue(type, conditions)),
            ...conditions.flatMap(({ type, status: value, reason }) =>
                type === "ScalingLimited" && value === "True" && reason === "TooManyReplicas" && desired >= spec.maxReplicas
                    ? [`it is at its maximum, ${String(spec.maxReplicas)}, and wants more`]
                    : [],
            ),
            ...(stale ? ["its status is from before its last change"] : []),
        ],
    };
}

function shouldBeTrue(type: string, conditions: readonly V2HorizontalPodAutoscalerCondition[]): readonly string[] {
    const condition = conditions.find((candidate) => candidate.type === type);
    if (condition === undefined) {
        return [`${type} is not known yet`];
    }
    const why = [condition.reason, condition.message].filter((text) => text !== undefined && text !== "").join(": ");
    return condition.status === "True" ? [] : [`${type} is ${condition.status}${why === "" ? "" : ` (${why})`}`];
}
