/** Addresses of Services. With simulated nodes nothing routes them; with real ones, kube-proxy does, and the hub has a way to it over every node. */
export const serviceAddresses = "10.96.0.0/16";

/** Address of the Service by which pods know the API server: the first of the range. */
export const apiServerAddress = "10.96.0.1";

/** Address of the Service by which pods look names up. */
export const dnsAddress = "10.96.0.10";

/** Address of the Service of the second gateway's Envoy: manifests/envoy-gateway.yaml has it too. */
export const secondGatewayAddress = "10.96.0.80";

/** Address of the Service of that Envoy's statistics: manifests/envoy-gateway-pods.yaml has it too. */
export const secondGatewayStatisticsAddress = "10.96.0.81";

/** Ports at which pods reach the API server in the hub: the one of its endpoints. Network policies of clusters allow this one and 443. */
export const apiServerPodPort = 6443;
