import { hubAddress } from "./plan.ts";

/** What runs beside the nodes in this lab and in a pod elsewhere: the gateway and Prometheus. */
export const outsidePods = [
    { namespace: "gateway-system", name: "envoy" },
    { namespace: "monitoring", name: "prometheus" },
] as const;

/**
 * Stand in for the pods of the gateway and of Prometheus: pods that no scheduler places and no kubelet starts, with the address from which both really call ({@link outsideStatus}). Network policies
 * allow a gateway and a monitoring namespace by their labels, and what enforces them looks for pods there. The two can't be told apart, since they have one address.
 */
export const outsideObjects: readonly object[] = outsidePods.flatMap(({ namespace, name }) => [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
    {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { namespace, name, labels: { "app.kubernetes.io/name": name } },
        spec: { schedulerName: "none", automountServiceAccountToken: false, containers: [{ name, image: "none" }] },
    },
]);

/** What a kubelet would say of them. */
export const outsideStatus = { phase: "Running", podIP: hubAddress, podIPs: [{ ip: hubAddress }] };
