/** Addresses of Services. With simulated nodes nothing routes them; with real ones, kube-proxy does. */
export const serviceAddresses = "10.96.0.0/16";

/** Address of the Service by which pods know the API server: the first of the range. */
export const apiServerAddress = "10.96.0.1";

/** Address of the Service by which pods look names up. */
export const dnsAddress = "10.96.0.10";

/** Ports at which pods reach the API server in the hub: the one of its endpoints. Network policies of clusters allow this one and 443. */
export const apiServerPodPort = 6443;
