import { type CoreV1Api, ApiException } from "@kubernetes/client-node";

import { hubAddress } from "./plan.ts";

/** What runs beside the nodes in this lab and in a pod elsewhere: the gateway and Prometheus. */
const outsidePods = [
    { namespace: "gateway-system", name: "envoy" },
    { namespace: "monitoring", name: "prometheus" },
] as const;

/**
 * Stands in for the pods of the gateway and of Prometheus: pods that no scheduler places and no kubelet starts, with the address from which both really call. Network policies allow a gateway and a
 * monitoring namespace by their labels, and what enforces them looks for pods there. The two can't be told apart, since they have one address.
 *
 * @throws Error while a namespace has no service account yet.
 */
export async function standInForOutsidePods(api: CoreV1Api): Promise<void> {
    for (const { namespace, name } of outsidePods) {
        await existing(api.createNamespace({ body: { metadata: { name: namespace } } }));
        const labels = { "app.kubernetes.io/name": name };
        const spec = { schedulerName: "none", automountServiceAccountToken: false, containers: [{ name, image: "none" }] };
        await existing(api.createNamespacedPod({ namespace, body: { metadata: { name, labels }, spec } }));
        const status = { phase: "Running", podIP: hubAddress, podIPs: [{ ip: hubAddress }] };
        await api.patchNamespacedPodStatus({ namespace, name, body: [{ op: "replace", path: "/status", value: status }] });
    }
}

/** Waits for a request that makes an object, which may be there already. */
async function existing(making: Promise<unknown>): Promise<void> {
    try {
        await making;
    } catch (error) {
        if (!(error instanceof ApiException && error.code === 409)) {
            throw error;
        }
    }
}
