import type { DoctorFinding } from "../finding.ts";
import { definitions } from "./definitions.ts";
import type { DoctorContext, DoctorObjects } from "./context.ts";
import { features, gateway, gatewayClass, listener, route } from "./gateway-objects.ts";
import { gatewayMetrics } from "./gateway-metrics.ts";
import { podLabels } from "./pod-labels.ts";
import { testersWay } from "./testers-way.ts";

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
    { name: "gateway", about: "the Gateway is accepted, and its data plane is set up", look: gateway },
    { name: "class", about: "which controller serves it", look: gatewayClass },
    { name: "listener", about: "a listener takes the host name and the namespace", look: listener },
    { name: "features", about: "the gateway does what the route's fields say", look: features },
    { name: "route", about: "the route is accepted, and its Services are there", look: route },
    { name: "testers", about: "testers reach the candidate and users do not, by real requests: a dry split", look: testersWay },
    { name: "gateway-metrics", about: "Prometheus has the gateway's counts of each revision apart", look: gatewayMetrics },
    { name: "pod-labels", about: "Prometheus scrapes the pods under the labels that gates ask for", look: podLabels },
];
