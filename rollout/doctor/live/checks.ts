import type { DoctorFinding } from "../finding.ts";
import { definitions } from "./definitions.ts";
import type { DoctorContext, DoctorObjects } from "./context.ts";
import { features, gateway, gatewayClass, listener, route } from "./gateway-objects.ts";
import { gatewayMetrics } from "./gateway-metrics.ts";
import { identities } from "./identities.ts";
import { issuers } from "./issuers.ts";
import { kinds } from "./kinds.ts";
import { metricsApi } from "./metrics-api.ts";
import { monitors } from "./monitors.ts";
import { networkPolicies } from "./network-policies.ts";
import { podLabels } from "./pod-labels.ts";
import { podNetworks } from "./pod-networks.ts";
import { prometheusSeries } from "./prometheus.ts";
import { rights } from "./rights.ts";
import { storage } from "./storage.ts";
import { testersWay } from "./testers-way.ts";
import { traffic } from "./traffic.ts";
import { watchdogImage } from "./watchdog-image.ts";

/** One look at a cluster. It changes nothing. It may throw: that is `unknown`, since it could not read. */
export interface DoctorCheck {
    readonly name: string;
    /** What it is about, for the list of checks. */
    readonly about: string;
    readonly look: (context: DoctorContext, objects: DoctorObjects, signal: AbortSignal) => Promise<DoctorFinding>;
}

/** Every check, in the order in which things are needed. To add one: a file with its look, and a line here. */
export const doctorChecks: readonly DoctorCheck[] = [
    { name: "definitions", about: "the Gateway API is installed, with the fields that the program writes", look: definitions },
    { name: "kinds", about: "the API server serves every kind that the program declares, in the version that it writes", look: kinds },
    { name: "gateway", about: "the Gateway is accepted, and its data plane is set up", look: gateway },
    { name: "class", about: "which controller serves it", look: gatewayClass },
    { name: "listener", about: "a listener takes the host name and the namespace", look: listener },
    { name: "features", about: "the gateway does what the route's fields say", look: features },
    { name: "issuers", about: "the issuers that sign the program's certificates are ready", look: issuers },
    { name: "metrics-api", about: "autoscalers learn how busy pods are", look: metricsApi },
    { name: "network-policies", about: "an agent enforces network policies, as far as that can be seen without a pod", look: networkPolicies },
    { name: "pod-networks", about: "pods are in the networks that the config names", look: podNetworks },
    { name: "storage", about: "volumes find a StorageClass, and can grow", look: storage },
    { name: "rights", about: "the user that asks may do all that a deployer does", look: rights },
    { name: "identities", about: "deployers, operators, approvers and the watchdog may do what the stack expects of them", look: identities },
    { name: "watchdog-image", about: "the watchdog's image is named by digest and can be pulled", look: watchdogImage },
    { name: "monitors", about: "Prometheus' operator takes the program's monitors and rules", look: monitors },
    { name: "route", about: "the route is accepted, and its Services are there", look: route },
    { name: "testers", about: "testers reach the candidate and users do not, by real requests: a dry split", look: testersWay },
    { name: "prometheus", about: "Prometheus answers, and has fresh series under the labels that gates read", look: prometheusSeries },
    { name: "gateway-metrics", about: "Prometheus has the gateway's counts of each revision apart", look: gatewayMetrics },
    { name: "pod-labels", about: "Prometheus scrapes the pods under the labels that gates ask for", look: podLabels },
    { name: "traffic", about: "there are enough users for each step's gate: the forecast", look: traffic },
];
