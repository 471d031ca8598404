import { gone } from "../mutation.ts";
import type { Case, Manifest } from "./case.ts";
import { deployment, having, labelsOf, object, service, signed, statefulSet, template } from "./small.ts";

/** A Deployment that the surroundings' budget does not protect. */
const unprotected = (replicas = 3): Manifest =>
    object("apps/v1", "Deployment", "own", {
        spec: {
            replicas,
            selector: { matchLabels: { "app.kubernetes.io/name": "own" } },
            template: template("own", {}, { labels: labelsOf("own"), annotations: signed }),
        },
    });

const own = { matchLabels: { "app.kubernetes.io/name": "own" } };

/** A budget with these bounds, for the Deployment above. */
const budget = (spec: object, name = "own"): Manifest =>
    object("policy/v1", "PodDisruptionBudget", name, { spec: { unhealthyPodEvictionPolicy: "AlwaysAllow", selector: own, ...spec } });

const budgeted = (spec: object, replicas?: number): Case["objects"] => [unprotected(replicas), budget(spec)];

/** An autoscaler of a Deployment that leaves its number of pods to it. */
const scaled = (spec: object, apiVersion = "autoscaling/v2"): Case["objects"] => [
    having(deployment("own"), { "spec.replicas": gone }),
    object(apiVersion, "HorizontalPodAutoscaler", "own", {
        spec: {
            scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "own" },
            minReplicas: 3,
            maxReplicas: 6,
            ...(apiVersion === "autoscaling/v2"
                ? { metrics: [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 70 } } }] }
                : {}),
            ...spec,
        },
    }),
];
const aimedAt = (averageUtilization: number) => ({
    metrics: [{ type: "ContainerResource", containerResource: { name: "cpu", target: { averageUtilization } } }],
});

const claim = (spec: object, metadata: object = {}): Case["objects"] => [
    object("v1", "PersistentVolumeClaim", "data", { spec: { accessModes: ["ReadWriteOncePod"], ...spec } }, metadata),
];
const store = (spec: object): Case["objects"] => [
    having(statefulSet("store"), {
        "spec.volumeClaimTemplates": [{ metadata: { name: "data" }, spec }],
        "metadata.annotations": { "nova.example.com/without-backup": "it holds what others can compute again" },
    }),
];

const budgets: readonly Case[] = [
    { title: "a budget of one pod", objects: budgeted({ maxUnavailable: 1 }), finds: [] },
    { title: "a budget that keeps two of three", objects: budgeted({ minAvailable: 2 }), finds: [] },
    { title: "a budget of a third", objects: budgeted({ maxUnavailable: "34%" }), finds: [] },
    { title: "a budget of half", objects: budgeted({ maxUnavailable: "50%" }), finds: [] },
    {
        title: "a budget of one pod of one",
        objects: [having(statefulSet("own"), { "spec.replicas": 1, "spec.template.metadata.labels": labelsOf("own") }), budget({ maxUnavailable: 1 })],
        finds: [],
    },
    { title: "a budget of more than half", objects: budgeted({ maxUnavailable: "51%" }), finds: ["disruption-budget-protects"] },
    { title: "a budget of all", objects: budgeted({ maxUnavailable: "100%" }), finds: ["disruption-budget-protects"] },
    { title: "a budget of two pods of three", objects: budgeted({ maxUnavailable: 2 }), finds: ["disruption-budget-protects"] },
    { title: "a budget of two pods of six", objects: budgeted({ maxUnavailable: 2 }, 6), finds: [] },
    { title: "a budget that keeps none", objects: budgeted({ minAvailable: 0 }), finds: ["disruption-budget-protects"] },
    { title: "a budget that keeps 0 %", objects: budgeted({ minAvailable: "0%" }), finds: ["disruption-budget-protects"] },
    { title: "a budget without a bound", objects: budgeted({}), finds: ["disruption-budget-protects"] },
    { title: "a budget of a part that can't be read", objects: budgeted({ maxUnavailable: "a few" }), finds: ["disruption-budget-protects"] },
    {
        title: "a budget without a selector",
        objects: [unprotected(), budget({ maxUnavailable: 1, selector: null })],
        finds: ["disruption-budget-exists", "disruption-budget-protects"],
    },
    { title: "a budget of pods that are not there", objects: [budget({ maxUnavailable: 1 })], finds: ["disruption-budget-protects"] },
    {
        title: "two budgets of the same pods",
        objects: [unprotected(), budget({ maxUnavailable: 1 }), budget({ maxUnavailable: 1 }, "twin")],
        finds: ["disruption-budget-protects"],
    },
    ...["toString", "constructor", "hasOwnProperty", "__proto__", "valueOf"].map((key): Case => ({
        title: `a budget for pods with the label ${key}, which every JavaScript object seems to have`,
        objects: [unprotected(), budget({ maxUnavailable: 1, selector: { matchExpressions: [{ key, operator: "Exists" }] } })],
        finds: ["disruption-budget-exists", "disruption-budget-protects"],
    })),
    {
        title: "a network policy for pods with the label constructor",
        objects: [
            object("networking.k8s.io/v1", "NetworkPolicy", "lost", {
                spec: { podSelector: { matchExpressions: [{ key: "constructor", operator: "Exists" }] }, policyTypes: ["Ingress"] },
            }),
        ],
        finds: ["network-policy-has-pods"],
    },
    { title: "a Service of pods whose label is null", objects: [service("lost", { selector: { tier: null } })], finds: ["service-has-pods"] },
];

const autoscalers: readonly Case[] = [
    { title: "an autoscaler", objects: scaled({}), finds: [] },
    { title: "an autoscaler at 100 %", objects: scaled(aimedAt(100)), finds: [] },
    { title: "an autoscaler at 500 %", objects: scaled(aimedAt(500)), finds: ["autoscaler-scales-up"] },
    { title: "an autoscaler that may not add pods", objects: scaled({ behavior: { scaleUp: { selectPolicy: "Disabled" } } }), finds: ["autoscaler-scales-up"] },
    { title: "an autoscaler that may not take pods away", objects: scaled({ behavior: { scaleDown: { selectPolicy: "Disabled" } } }), finds: [] },
    { title: "an autoscaler of version 1 with its default metric", objects: scaled({}, "autoscaling/v1"), finds: ["api-version"] },
    {
        title: "an autoscaler of version 1 at 500 %",
        objects: scaled({ targetCPUUtilizationPercentage: 500 }, "autoscaling/v1"),
        finds: ["api-version", "autoscaler-scales-up"],
    },
    { title: "an autoscaler of version 2 without metrics", objects: scaled({ metrics: [] }), finds: ["autoscaler-bounds"] },
    {
        title: "a ScaledObject of KEDA at 300 %",
        objects: [
            object("keda.sh/v1alpha1", "ScaledObject", "web", {
                spec: { scaleTargetRef: { name: "web" }, triggers: [{ type: "cpu", metricType: "Utilization", metadata: { value: "300" } }] },
            }),
        ],
        finds: ["autoscaler-scales-up"],
    },
    {
        title: "a ScaledObject of KEDA that counts messages",
        objects: [
            object("keda.sh/v1alpha1", "ScaledObject", "web", {
                spec: { scaleTargetRef: { name: "web" }, triggers: [{ type: "kafka", metadata: { lagThreshold: "300" } }] },
            }),
        ],
        finds: [],
    },
];

const claims: readonly Case[] = [
    { title: "a claim without a class", objects: claim({}), finds: ["claim-class"] },
    { title: "a claim with a class", objects: claim({ storageClassName: "encrypted" }), finds: [] },
    { title: "a claim of one volume", objects: claim({ storageClassName: "", volumeName: "disk" }), finds: [] },
    { title: "a claim whose class is null", objects: claim({ storageClassName: null }), finds: ["claim-class"] },
    { title: "a claim with the older annotation", objects: claim({}, { annotations: { "volume.beta.kubernetes.io/storage-class": "encrypted" } }), finds: [] },
    { title: "a store whose claims have no class", objects: store({ accessModes: ["ReadWriteOnce"] }), finds: ["claim-class"] },
    { title: "a store whose claims have a class", objects: store({ accessModes: ["ReadWriteOnce"], storageClassName: "encrypted" }), finds: [] },
];

const cluster = object("postgresql.cnpg.io/v1", "Cluster", "orders", { spec: { instances: 3 } });
const prometheus = object("monitoring.coreos.com/v1", "Prometheus", "main", { spec: { replicas: 2 } });
const kafka = object("kafka.strimzi.io/v1beta2", "Kafka", "events", { spec: { kafka: { authorization: { type: "simple" } } } });
const ofCluster = { "cnpg.io/cluster": "orders" };

const operators: readonly Case[] = [
    { title: "a Service of pods that an operator makes", objects: [cluster, service("orders", { selector: ofCluster })], finds: [] },
    {
        title: "a Service of pods that an operator names after the resource",
        objects: [prometheus, service("main", { selector: { prometheus: "main" } })],
        finds: [],
    },
    {
        title: "a Service of pods that an operator names after the resource and their part",
        objects: [kafka, service("events", { selector: { "strimzi.io/name": "events-kafka" } })],
        finds: [],
    },
    {
        title: "a Service of another cluster's pods",
        objects: [cluster, service("lost", { selector: { "cnpg.io/cluster": "order" } })],
        finds: ["service-has-pods"],
    },
    {
        title: "a Service of an operator's pods whose resource is not there",
        objects: [service("orders", { selector: ofCluster })],
        finds: ["service-has-pods"],
    },
    {
        title: "a Service with a typing mistake beside a monitor of the same name",
        objects: [object("cert-manager.io/v1", "Certificate", "api"), service("api", { selector: { app: "api" } })],
        finds: ["service-has-pods"],
    },
    {
        title: "a network policy and a budget for pods that an operator makes",
        objects: [
            cluster,
            object("networking.k8s.io/v1", "NetworkPolicy", "orders", { spec: { podSelector: { matchLabels: ofCluster }, policyTypes: ["Ingress"] } }),
            object("policy/v1", "PodDisruptionBudget", "orders", {
                spec: { maxUnavailable: 1, unhealthyPodEvictionPolicy: "AlwaysAllow", selector: { matchLabels: ofCluster } },
            }),
        ],
        finds: [],
    },
];

/** A namespace of its own, in which nothing but the objects say what traffic is allowed. */
function alone(...policies: readonly Manifest[]): Case["objects"] {
    const moved = (one: Manifest): Manifest => having(one, { "metadata.namespace": "alone" });
    return [
        object("v1", "Namespace", "alone", {}, { namespace: undefined, labels: { "pod-security.kubernetes.io/enforce": "restricted" } }),
        ...[object("v1", "ResourceQuota", "quota"), object("v1", "LimitRange", "limits"), object("v1", "ServiceAccount", "web"), statefulSet("own")].map(moved),
        moved(object("policy/v1", "PodDisruptionBudget", "own", { spec: { maxUnavailable: 1, unhealthyPodEvictionPolicy: "AlwaysAllow", selector: own } })),
        ...policies.map((policy) => (policy.kind === "CiliumClusterwideNetworkPolicy" ? having(policy, { "metadata.namespace": gone }) : moved(policy))),
    ];
}
const cilium = (name: string, body: object, kind = "CiliumNetworkPolicy"): Manifest => object("cilium.io/v2", kind, name, body);
const all = { endpointSelector: {} };
const within = [{ fromEndpoints: [{ matchLabels: { "k8s:app.kubernetes.io/part-of": "shop" } }] }];
const named = {
    endpointSelector: { matchLabels: { "k8s:app.kubernetes.io/name": "own" } },
    ingress: within,
    egress: [{ toEndpoints: [{ matchLabels: { "app.kubernetes.io/part-of": "shop" } }] }],
};

const ciliumCases: readonly Case[] = [
    { title: "a namespace without any policy", objects: alone(), finds: ["default-deny x2", "pods-governed x2"] },
    {
        title: "a namespace with Cilium's policies",
        objects: alone(cilium("deny", { spec: { ...all, ingress: [{}], egress: [{}] } }), cilium("own", { spec: named })),
        finds: [],
    },
    {
        title: "a namespace with Cilium's policies in a list of specifications",
        objects: alone(cilium("both", { specs: [{ ...all, ingress: [{}], egress: [{}] }, named] })),
        finds: [],
    },
    {
        title: "a namespace with a policy of Cilium's whole cluster",
        objects: alone(
            cilium("deny", { spec: { ...all, enableDefaultDeny: { ingress: true, egress: true } } }, "CiliumClusterwideNetworkPolicy"),
            cilium("own", { spec: named }),
        ),
        finds: [],
    },
    {
        title: "a namespace with a policy of Cilium's whole cluster for it",
        objects: alone(
            cilium(
                "deny",
                { spec: { endpointSelector: { matchLabels: { "k8s:io.kubernetes.pod.namespace": "alone" } }, ingress: [{}], egress: [{}] } },
                "CiliumClusterwideNetworkPolicy",
            ),
            cilium("own", { spec: named }),
        ),
        finds: [],
    },
    {
        title: "a namespace with a policy of Cilium's whole cluster for another one",
        objects: alone(
            cilium(
                "deny",
                { spec: { endpointSelector: { matchLabels: { "k8s:io.kubernetes.pod.namespace": "other" } }, ingress: [{}], egress: [{}] } },
                "CiliumClusterwideNetworkPolicy",
            ),
            cilium("own", { spec: named }),
        ),
        finds: ["default-deny x2"],
    },
    {
        title: "a namespace whose policy of Cilium denies what comes in only",
        objects: alone(cilium("deny", { spec: { ...all, ingress: [{}] } }), cilium("own", { spec: named })),
        finds: ["default-deny"],
    },
    {
        title: "a namespace whose policy of Cilium isolates nothing",
        objects: alone(
            cilium("deny", { spec: { ...all, ingress: [{}], egress: [{}], enableDefaultDeny: { ingress: false } } }),
            cilium("own", { spec: named }),
        ),
        finds: ["default-deny"],
    },
    {
        title: "a namespace whose policy of Cilium has no rules",
        objects: alone(cilium("deny", { spec: { ...all, ingress: [], egress: [] } }), cilium("own", { spec: named })),
        finds: ["default-deny x2"],
    },
    {
        title: "a namespace whose pods no policy of Cilium names",
        objects: alone(cilium("deny", { spec: { ...all, ingress: [{}], egress: [{}] } })),
        finds: ["pods-governed x2"],
    },
    {
        title: "a namespace with a policy of Cilium for nodes",
        objects: alone(
            cilium("deny", { spec: { nodeSelector: {}, ingress: [{}], egress: [{}] } }, "CiliumClusterwideNetworkPolicy"),
            cilium("own", { spec: named }),
        ),
        finds: ["default-deny x2"],
    },
];

/** Availability: budgets, autoscalers, claims; pods that others make; and the policies of Cilium, as default deny and as pods' own. */
export const availabilityCases: readonly Case[] = [...budgets, ...autoscalers, ...claims, ...operators, ...ciliumCases];
