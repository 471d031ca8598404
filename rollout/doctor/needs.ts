/** A kind of objects that a program declares, where it declares them. */
export interface NeededKind {
    /** Such as `apps/v1`; `v1` for the core group. */
    readonly apiVersion: string;
    readonly kind: string;
    /** The resource's name in rights and paths: `deployments`. */
    readonly plural: string;
    /** Namespace of the objects. Undefined where they belong to the whole cluster. */
    readonly namespace?: string;
    /** The one object of this kind, where it is there before the program is, such as the namespace: a deployer needs no right to make another. @default any number of them, of any name */
    readonly name?: string;
}

/** What a program needs of a cluster before its first deployment. The doctor looks for all of it. */
export interface ClusterNeeds {
    /** Every kind of objects that the program declares. */
    readonly kinds: readonly NeededKind[];
    /** ClusterIssuers of cert-manager that sign the program's certificates. @default none */
    readonly issuers?: readonly string[];
    /** The volumes that the program claims: their StorageClass, if it names one. @default no volumes */
    readonly volumes?: { readonly storageClassName?: string };
    /** Networks of pods that the program's objects name, in CIDR form. @default none */
    readonly podNetworks?: readonly string[];
    /** Labels by which Prometheus must select the program's rules and monitors. @default the program declares none */
    readonly monitorLabels?: Readonly<Record<string, string>>;
}

/** The group of an `apiVersion`; empty for the core group. */
export function groupOf(apiVersion: string): string {
    return apiVersion.includes("/") ? (apiVersion.split("/")[0] ?? "") : "";
}

/** What `ProgressiveRollout` declares in the namespace of a service: all that a program needs which declares a rollout alone. */
export function rolloutKinds(namespace: string): readonly NeededKind[] {
    return [
        { apiVersion: "gateway.networking.k8s.io/v1", kind: "HTTPRoute", plural: "httproutes", namespace },
        { apiVersion: "apps/v1", kind: "Deployment", plural: "deployments", namespace },
        { apiVersion: "v1", kind: "Service", plural: "services", namespace },
        { apiVersion: "v1", kind: "ConfigMap", plural: "configmaps", namespace },
        { apiVersion: "v1", kind: "Secret", plural: "secrets", namespace },
        { apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler", plural: "horizontalpodautoscalers", namespace },
        { apiVersion: "policy/v1", kind: "PodDisruptionBudget", plural: "poddisruptionbudgets", namespace },
    ];
}
