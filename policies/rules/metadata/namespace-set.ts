import { missing, objectRule, wrong } from "../../engine/rule.ts";
import { cis, nsa } from "../../shapes/references.ts";

const clusterWide =
    /^(core\/(Namespace|Node|PersistentVolume)|rbac\.authorization\.k8s\.io\/ClusterRole(Binding)?|storage\.k8s\.io\/(StorageClass|CSIDriver|VolumeAttachment)|scheduling\.k8s\.io\/.*|admissionregistration\.k8s\.io\/.*|apiextensions\.k8s\.io\/.*|apiregistration\.k8s\.io\/.*|gateway\.networking\.k8s\.io\/GatewayClass|networking\.k8s\.io\/IngressClass|cert-manager\.io\/ClusterIssuer|policy\.networking\.k8s\.io\/.*|certificates\.k8s\.io\/.*|node\.k8s\.io\/.*|flowcontrol\.apiserver\.k8s\.io\/.*)$/;

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
