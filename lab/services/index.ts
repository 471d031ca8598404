import type { NodeKind, ServiceName } from "../state.ts";
import { serviceNames } from "../state.ts";
import { alertmanager } from "./alertmanager.ts";
import { certManager } from "./cert-manager.ts";
import { contour } from "./contour.ts";
import { kubeControllerManager, kubeScheduler } from "./controllers.ts";
import { crossing } from "./crossing.ts";
import { envoy } from "./envoy.ts";
import { envoyGateway } from "./envoy-gateway.ts";
import { envoyGatewayProxy } from "./envoy-gateway-proxy.ts";
import { etcd } from "./etcd.ts";
import { kafka } from "./kafka.ts";
import { kubeApiserver } from "./kube-apiserver.ts";
import { kwok } from "./kwok.ts";
import { metricsServer } from "./metrics-server.ts";
import { nodeService } from "./node.ts";
import { postgres } from "./postgres.ts";
import { prometheus } from "./prometheus.ts";
import { workload } from "../workload/service.ts";
import { resourceMetrics } from "./resource-metrics.ts";
import type { Service } from "./service.ts";
import { volumes } from "./volumes.ts";

/** Every process of the lab by its name. */
export const services: Readonly<Record<ServiceName, Service>> = {
    etcd,
    "kube-apiserver": kubeApiserver,
    "kube-controller-manager": kubeControllerManager,
    "kube-scheduler": kubeScheduler,
    kwok,
    postgres,
    kafka,
    contour,
    "cert-manager": certManager,
    alertmanager,
    crossing,
    envoy,
    prometheus,
    "resource-metrics": resourceMetrics,
    workload,
    "node-a": nodeService("node-a"),
    "node-b": nodeService("node-b"),
    "node-c": nodeService("node-c"),
    "metrics-server": metricsServer,
    volumes,
    "envoy-gateway": envoyGateway,
    "envoy-gateway-proxy": envoyGatewayProxy,
};

/** The processes of a lab with nodes of that kind, in the order in which they need each other; without those that are started on demand. */
export function servicesOf(nodes: NodeKind): readonly ServiceName[] {
    return serviceNames.filter((name) => fits(name, nodes) && services[name].onDemand === undefined);
}

/** Services that a lab with nodes of that kind has, besides those of {@link servicesOf}, once they were started by their names. */
export function servicesOnDemand(nodes: NodeKind): readonly ServiceName[] {
    return serviceNames.filter((name) => fits(name, nodes) && services[name].onDemand !== undefined);
}

function fits(name: ServiceName, nodes: NodeKind): boolean {
    return (services[name].nodes ?? nodes) === nodes;
}
