import type { types } from "@pulumi/kubernetes";

/** What the release watchdog reaches by name. */
export interface WatchdogReach {
    /** The HTTPRoute whose weights it may set back. */
    readonly routeName: string;
    /** The Lease by which only one of several watchers watches. */
    readonly leaseName: string;
    /** The Secret with the tester key, which functional probes carry. If omitted, none is read. */
    readonly testerSecretName?: string;
    /** The HTTPRoute of testers with a host name of their own, which ends with a rollback. Defaults to none. */
    readonly testersRouteName?: string;
}

/** Name of the Lease of a service's watchers, whether they run as the watchdog in the cluster or from an engineer's machine. */
export function watchLeaseName(service: string): string {
    return `${service}-rollout-watch`;
}

/**
 * What the release watchdog may do, and no more: move the weights of one route, see how pods and autoscalers do, read the tester key or end the testers' own route, and write down what it decided.
 *
 * A name can't be given for `create` (Kubernetes doesn't know it yet) nor for `list`, so those reach every object of their kind in this namespace. ConfigMaps hold no secrets
 * here. It can neither change nor delete what was written down.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources
 */
export function watchdogRules({ routeName, leaseName, testerSecretName, testersRouteName }: WatchdogReach): types.input.rbac.v1.PolicyRule[] {
    return [
        { apiGroups: ["gateway.networking.k8s.io"], resources: ["httproutes"], resourceNames: [routeName], verbs: ["get", "patch"] },
        ...(testersRouteName === undefined
            ? []
            : [{ apiGroups: ["gateway.networking.k8s.io"], resources: ["httproutes"], resourceNames: [testersRouteName], verbs: ["get", "delete"] }]),
        { apiGroups: [""], resources: ["pods"], verbs: ["get", "list"] },
        { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["get", "list"] },
        { apiGroups: ["autoscaling"], resources: ["horizontalpodautoscalers"], verbs: ["get", "list"] },
        { apiGroups: [""], resources: ["configmaps"], verbs: ["create", "get", "list"] },
        { apiGroups: ["coordination.k8s.io"], resources: ["leases"], resourceNames: [leaseName], verbs: ["get", "update"] },
        { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["create"] },
        ...(testerSecretName === undefined ? [] : [{ apiGroups: [""], resources: ["secrets"], resourceNames: [testerSecretName], verbs: ["get"] }]),
    ];
}
