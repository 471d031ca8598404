import type { types } from "@pulumi/kubernetes";

/**
 * What the release watchdog may do, and no more: move the weights of one route, see whether pods are ready, and write down what it decided.
 *
 * A name can't be given for `create` (Kubernetes doesn't know it yet) nor for `list`, so those reach every object of their kind in this namespace. ConfigMaps hold no secrets
 * here. It can neither change nor delete what was written.
 *
 * @param routeName the HTTPRoute whose weights it may set back.
 * @see https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-resources
 */
export function watchdogRules(routeName: string): types.input.rbac.v1.PolicyRule[] {
    return [
        { apiGroups: ["gateway.networking.k8s.io"], resources: ["httproutes"], resourceNames: [routeName], verbs: ["get", "patch"] },
        { apiGroups: [""], resources: ["pods"], verbs: ["get", "list"] },
        { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["get", "list"] },
        { apiGroups: [""], resources: ["configmaps"], verbs: ["create", "get", "list"] },
    ];
}
