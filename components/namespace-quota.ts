import type { types } from "@pulumi/kubernetes";

/** What a namespace may use in all. Memory in MiB, CPU in cores. */
export interface NamespaceQuota {
    readonly pods: number;
    readonly requestsCpuCores: number;
    readonly requestsMemoryMi: number;
    readonly limitsMemoryMi: number;
    readonly persistentVolumeClaims: number;
    readonly storageGi: number;
}

/**
 * Room for a rollout at its widest and for every store in the namespace.
 *
 * - Pods: 10 of the stable revision and 10 of the candidate (the autoscaler's maximum in the rollout plan), one more each while a Deployment is updated, 3 Redis, 4 ClickHouse,
 *   3 Keepers; a migration, a backup with its restore check, the watchdog; the rest is air.
 * - Memory: the same pods by their limits (400 MiB, 1.1 GiB, 4 GiB, 1 GiB), with a quarter on top.
 * - Volumes: 3 x 4 GiB, 4 x 100 GiB, 3 x 10 GiB, two backup volumes of up to 100 GiB, each once more while its restore is checked, with a seventh on top.
 */
export const defaultNamespaceQuota: NamespaceQuota = {
    pods: 48,
    requestsCpuCores: 20,
    requestsMemoryMi: 32 * 1024,
    limitsMemoryMi: 40 * 1024,
    persistentVolumeClaims: 16,
    storageGi: 960,
};

/** `quota` as Kubernetes wants it. @see https://kubernetes.io/docs/concepts/policy/resource-quotas/ */
export function quotaSpec(quota: NamespaceQuota): types.input.core.v1.ResourceQuotaSpec {
    return {
        hard: {
            pods: String(quota.pods),
            "requests.cpu": String(quota.requestsCpuCores),
            "requests.memory": `${String(quota.requestsMemoryMi)}Mi`,
            "limits.memory": `${String(quota.limitsMemoryMi)}Mi`,
            persistentvolumeclaims: String(quota.persistentVolumeClaims),
            "requests.storage": `${String(quota.storageGi)}Gi`,
            // Users come through the gateway: nothing in the namespace opens a door of its own.
            "services.loadbalancers": "0",
            "services.nodeports": "0",
        },
    };
}

/**
 * What a container gets that says nothing, so that the quota can count it, and the most that one may ask for.
 *
 * @see https://kubernetes.io/docs/concepts/policy/limit-range/
 */
export const containerLimits: types.input.core.v1.LimitRangeSpec = {
    limits: [
        {
            type: "Container",
            default: { memory: "256Mi", "ephemeral-storage": "256Mi" },
            defaultRequest: { cpu: "50m", memory: "128Mi", "ephemeral-storage": "64Mi" },
            max: { memory: "16Gi" },
        },
    ],
};
