import type { types } from "@pulumi/kubernetes";
import type { Input } from "@pulumi/pulumi";
import { defined } from "../rollout/defined.ts";

/** Where a store is reached, whether this program runs it or another team does. */
export interface StoreEndpoint {
    readonly host: Input<string>;
    readonly port: number;
    /** Where the host is a Sentinel: the name to ask it for. If omitted, the host is the store itself. */
    readonly sentinelPrimaryName?: string;
    readonly encryption: StoreEncryption;
}

/** How a client's connection to a store is encrypted, and whom it trusts. */
export type StoreEncryption =
    /** Not at all: for a trial only. */
    | { readonly kind: "none" }
    /** TLS, with a certificate of an authority that every image trusts. */
    | { readonly kind: "public" }
    /** TLS, with a certificate of an authority of one's own: `ca.crt` in the Secret `secretName`. */
    | { readonly kind: "private"; readonly secretName: Input<string> };

/** The certificate of a store that is run here, to be ordered from cert-manager. */
export interface StoreCertificate {
    /**
     * Who signs it. It must be able to sign names of the cluster's own, such as `*.redis-pods.nova.svc`, and leave its own certificate in `ca.crt`: cert-manager's CA and Vault
     * issuers do, ACME ones do not.
     */
    readonly issuer: { readonly kind: "ClusterIssuer" | "Issuer"; readonly name: string };
}

/** What every component that holds data asks for. */
export interface StoreArgs {
    /** Namespace of everything. Take it from ServiceNamespace, so that its network policies and quota come first. */
    readonly namespace: Input<string>;
    /** The service that the store belongs to: `app.kubernetes.io/name` of its pods. */
    readonly service: string;
    /** Service account of the pods. They hold no token: it only keeps them off the namespace's default account. */
    readonly serviceAccountName: Input<string>;
    /** Encryption of every connection. Defaults to plain text, for a trial only. */
    readonly certificate?: StoreCertificate;
    /**
     * StorageClass of the volumes. Production wants one with reclaim policy Retain and encryption.
     *
     * @default the cluster's default class
     */
    readonly storageClassName?: string;
    /** How long a workload may take to become ready, in seconds. */
    readonly awaitTimeoutSeconds: number;
    /** Refuse to delete or replace what holds data: true in production. */
    readonly protect: boolean;
}

/** {@link StoreArgs} for a part of a store, which uses the certificate that the store has: the name of its Secret, with `tls.crt`, `tls.key` and `ca.crt`. */
export interface StorePartArgs extends Omit<StoreArgs, "certificate"> {
    /** Defaults to no TLS. */
    readonly certificateName?: Input<string>;
}

/**
 * Spread of a store's pods: never two on a node, and zones filled evenly, so that losing a zone loses one copy.
 *
 * @see https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/
 */
export function spreadOverZones(matchLabels: Record<string, string>): Pick<types.input.core.v1.PodSpec, "affinity" | "topologySpreadConstraints"> {
    return {
        affinity: {
            podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector: { matchLabels }, topologyKey: "kubernetes.io/hostname" }] },
        },
        topologySpreadConstraints: [
            { labelSelector: { matchLabels }, maxSkew: 1, topologyKey: "topology.kubernetes.io/zone", whenUnsatisfiable: "DoNotSchedule" },
        ],
    };
}

/** A volume for each pod, named `data`. It outlives the pod and the StatefulSet: deleting data is a decision of its own. */
export function dataVolumeClaim(size: string, storageClassName: string | undefined): types.input.core.v1.PersistentVolumeClaim {
    return {
        metadata: { name: "data" },
        spec: {
            accessModes: ["ReadWriteOnce"],
            resources: { requests: { storage: size } },
            ...defined({ storageClassName }),
        },
    };
}
