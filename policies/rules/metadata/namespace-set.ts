import { missing, objectRule, wrong } from "../../engine/rule.ts";
import { cis, nsa } from "../../shapes/references.ts";

/** Kinds without a namespace: the API's own, and those of custom resources by their name, such as ClusterIssuer; Cluster API's kinds are the exception. */
const clusterWide = new RegExp(
    `^(${[
        "core/(Namespace|Node|PersistentVolume)",
        "rbac\\.authorization\\.k8s\\.io/ClusterRole(Binding)?",
        "(snapshot\\.)?storage\\.k8s\\.io/(StorageClass|CSIDriver|VolumeAttachment|VolumeSnapshotClass)",
        "networking\\.k8s\\.io/IngressClass",
        "gateway\\.networking\\.k8s\\.io/GatewayClass",
        "(scheduling|admissionregistration|apiextensions|apiregistration|policy\\.networking|certificates|node|flowcontrol\\.apiserver)\\.k8s\\.io/.*",
        "(constraints|templates|mutations)\\.gatekeeper\\.sh/.*",
        "cilium\\.io/CiliumClusterwide.*",
        ".*projectcalico\\.org/Global.*",
        "(?!(.*\\.)?cluster\\.x-k8s\\.io).*/Cluster[A-Z]\\w*",
    ].join("|")})$`,
);

/** All programs share the default namespace, and kube-system is the cluster's own. */
export const namespaceSet = objectRule({
    name: "namespace-set",
    title: "Each object lives in a namespace of the service's own.",
    severity: "medium",
    level: "mandatory",
    references: [cis("5.7.4"), nsa("Network separation and hardening: namespaces")],
    settings: {
        forbidden: {
            type: "array",
            items: { type: "string" },
            default: ["default", "kube-system", "kube-public", "kube-node-lease"],
            description: "Namespaces that are not the service's",
        },
    },
    kinds: "*",
    *check(object, { settings }) {
        if (clusterWide.test(`${object.group}/${object.kind}`)) {
            return;
        }
        if (object.namespace === "") {
            yield missing("metadata.namespace", "it has no namespace, and lands in the default one", "name the service's namespace");
        } else if (settings.forbidden.includes(object.namespace)) {
            yield wrong("metadata.namespace", `it lives in ${object.namespace}`, "name the service's namespace");
        }
    },
});
