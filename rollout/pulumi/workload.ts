import type { types } from "@pulumi/kubernetes";
import type { CustomTimeouts } from "@pulumi/pulumi";

/** The await limit as Pulumi wants it. */
export function timeoutsOf(seconds: number): CustomTimeouts {
    const limit = `${String(seconds)}s`;
    return { create: limit, update: limit, delete: limit };
}

/** Requests and limits of a container. No CPU limit: throttling a store hurts more than a busy neighbour. */
export function resourcesOf(cpu: string, memory: { readonly requestMi: number; readonly limitMi: number }): types.input.core.v1.ResourceRequirements {
    return {
        requests: { cpu, memory: `${String(memory.requestMi)}Mi`, "ephemeral-storage": "64Mi" },
        limits: { memory: `${String(memory.limitMi)}Mi`, "ephemeral-storage": "512Mi" },
    };
}

/** A disruption budget that lets one pod go at a time, and never keeps a broken one from being evicted. */
export function oneAtATime(matchLabels: Record<string, string>): types.input.policy.v1.PodDisruptionBudgetSpec {
    return { maxUnavailable: 1, unhealthyPodEvictionPolicy: "AlwaysAllow", selector: { matchLabels } };
}
