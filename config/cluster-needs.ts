import { type ClusterNeeds, type NeededKind, rolloutKinds } from "../rollout/doctor/needs.ts";
import { defined } from "../rollout/defined.ts";
import type { StackConfig } from "./schema.ts";

/** What a stack with this config needs of a cluster. A test compares it with what the program registers. */
export function needsOf(config: StackConfig): ClusterNeeds {
    const { namespace, gateway, stores, cluster, observability, watchdog } = config;
    const { redis, clickhouse } = stores;
    const inCluster = [redis, clickhouse].flatMap((store) => (store.kind === "in-cluster" ? [store.tlsIssuer] : []));
    return {
        kinds: [
            ...rolloutKinds(namespace),
            ...always(namespace),
            { ...certificate, namespace: gateway.namespace },
            ...(inCluster.length > 0
                ? [
                      { ...certificate, namespace },
                      { ...statefulSet, namespace },
                  ]
                : []),
            ...(stores.postgres.migration !== undefined || clickhouse.kind === "in-cluster" ? [{ ...job, namespace }] : []),
            ...(watchdog === undefined ? [] : rights.map((kind) => ({ ...kind, namespace }))),
            ...(observability === undefined ? [] : monitoring.map((kind) => ({ ...kind, namespace }))),
            ...(observability?.podLogs === undefined ? [] : [{ ...podLogs, namespace }]),
        ],
        issuers: [gateway.tlsIssuer, ...inCluster],
        volumes: defined({ storageClassName: cluster.storageClassName }),
        podNetworks: cluster.podNetworks,
        ...defined({ monitorLabels: observability?.selectLabels }),
    };
}

type Kind = Omit<NeededKind, "namespace">;

function always(namespace: string): readonly NeededKind[] {
    return [
        { apiVersion: "v1", kind: "Namespace", plural: "namespaces", name: namespace },
        ...(
            [
                { apiVersion: "v1", kind: "ResourceQuota", plural: "resourcequotas" },
                { apiVersion: "v1", kind: "LimitRange", plural: "limitranges" },
                { apiVersion: "v1", kind: "ServiceAccount", plural: "serviceaccounts" },
                { apiVersion: "v1", kind: "PersistentVolumeClaim", plural: "persistentvolumeclaims" },
                { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", plural: "networkpolicies" },
                { apiVersion: "batch/v1", kind: "CronJob", plural: "cronjobs" },
            ] satisfies readonly Kind[]
        ).map((kind) => ({ ...kind, namespace })),
        { apiVersion: "admissionregistration.k8s.io/v1", kind: "ValidatingAdmissionPolicy", plural: "validatingadmissionpolicies" },
        { apiVersion: "admissionregistration.k8s.io/v1", kind: "ValidatingAdmissionPolicyBinding", plural: "validatingadmissionpolicybindings" },
    ];
}

const certificate: Kind = { apiVersion: "cert-manager.io/v1", kind: "Certificate", plural: "certificates" };
const statefulSet: Kind = { apiVersion: "apps/v1", kind: "StatefulSet", plural: "statefulsets" };
const job: Kind = { apiVersion: "batch/v1", kind: "Job", plural: "jobs" };
const podLogs: Kind = { apiVersion: "monitoring.grafana.com/v1alpha2", kind: "PodLogs", plural: "podlogs" };

/** The watchdog's role. */
const rights: readonly Kind[] = [
    { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", plural: "roles" },
    { apiVersion: "rbac.authorization.k8s.io/v1", kind: "RoleBinding", plural: "rolebindings" },
];

const monitoring: readonly Kind[] = [
    { apiVersion: "monitoring.coreos.com/v1", kind: "PodMonitor", plural: "podmonitors" },
    { apiVersion: "monitoring.coreos.com/v1", kind: "ServiceMonitor", plural: "servicemonitors" },
    { apiVersion: "monitoring.coreos.com/v1", kind: "PrometheusRule", plural: "prometheusrules" },
    { apiVersion: "monitoring.coreos.com/v1alpha1", kind: "AlertmanagerConfig", plural: "alertmanagerconfigs" },
];
