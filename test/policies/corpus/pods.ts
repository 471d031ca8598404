import { gone } from "../mutation.ts";
import { unknownText } from "../runtime.ts";
import type { Case, Manifest } from "./case.ts";
import { container, cronJob, deployment, having, image, job, namespace, object, patch, podSpec, resource, signed, statefulSet, template } from "./small.ts";

/** A container with these fields of its security context beside the usual ones. */
function containerWith(securityContext: object): object {
    return container({
        securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            runAsNonRoot: true,
            capabilities: { drop: ["ALL"] },
            ...securityContext,
        },
    });
}

const privileged = { containers: [containerWith({ privileged: true })] };
const once = { restartPolicy: "Never" };
const bare = { name: "extra", image };
/** What a container without a security context, probes and resources lacks. */
const bareFinds = ["capabilities", "liveness-probe", "memory-limit", "no-privilege-escalation", "read-only-root-filesystem", "resource-requests"];

/** Objects of kinds that the pack doesn't know, with a pod template in each. */
const holders: Readonly<Record<string, (spec: object) => Manifest>> = {
    "a KEDA ScaledJob": (spec) =>
        object("keda.sh/v1alpha1", "ScaledJob", "jobs", { spec: { jobTargetRef: { template: template("jobs", { ...once, ...spec }) } } }),
    "a JobSet": (spec) =>
        object("jobset.x-k8s.io/v1alpha2", "JobSet", "jobs", {
            spec: { replicatedJobs: [{ name: "workers", template: { spec: { template: template("jobs", { ...once, ...spec }) } } }] },
        }),
    "the job of an AnalysisTemplate": (spec) =>
        object("argoproj.io/v1alpha1", "ClusterAnalysisTemplate", "smoke", {
            spec: {
                metrics: [
                    {
                        name: "smoke",
                        count: 2,
                        interval: "60s",
                        failureLimit: 0,
                        consecutiveErrorLimit: 1,
                        provider: { job: { spec: { template: template("smoke", { ...once, ...spec }) } } },
                    },
                ],
            },
        }),
    "a RayCluster's workers": (spec) =>
        object("ray.io/v1", "RayCluster", "rays", { spec: { workerGroupSpecs: [{ groupName: "small", template: template("rays", spec) }] } }),
    "an AdvancedCronJob": (spec) =>
        object("apps.kruise.io/v1alpha1", "AdvancedCronJob", "nightly", {
            spec: { template: { jobTemplate: { spec: { template: template("nightly", { ...once, ...spec }) } } } },
        }),
    "a kind with a hyphen": (spec) => object("example.com/v1", "Batch-Worker", "workers", { spec: { template: template("workers", spec) } }),
    "a Knative Service": (spec) => object("serving.knative.dev/v1", "Service", "api", { spec: { template: template("api", spec) } }),
    "a list of lists": (spec) => ({ apiVersion: "v1", kind: "List", items: [{ apiVersion: "v1", kind: "List", items: [deployment("api", spec)] }] }),
    "a list that is not called so": (spec) => ({
        apiVersion: "example.com/v1",
        kind: "Things",
        metadata: { name: "a", namespace },
        items: [deployment("api", spec)],
    }),
    "the second of two templates": (spec) =>
        object("ray.io/v1", "RayCluster", "rays", {
            spec: { headGroupSpec: { template: template("rays") }, workerGroupSpecs: [{ template: template("rays", spec) }] },
        }),
};

const workflow = (spec: object): Manifest =>
    object("argoproj.io/v1alpha1", "Workflow", "build", {
        spec: {
            entrypoint: "main",
            serviceAccountName: "web",
            securityContext: { runAsNonRoot: true, runAsUser: 10_001, runAsGroup: 10_001, seccompProfile: { type: "RuntimeDefault" } },
            templates: [{ name: "main", container: container() }],
            ...spec,
        },
    });

const prometheus = (spec: object): Manifest => object("monitoring.coreos.com/v1", "Prometheus", "main", { spec: { replicas: 2, ...spec } });

const inPatch = (spec: object): Case["objects"] => [patch("apps/v1", "Deployment", "elsewhere", { spec: { template: { spec } } })];

const places: readonly Case[] = [
    { title: "a clean Deployment", objects: [deployment("api")], finds: [] },
    { title: "a clean StatefulSet", objects: [statefulSet("api")], finds: [] },
    { title: "a clean Job", objects: [job("once")], finds: [] },
    { title: "a clean CronJob", objects: [cronJob("nightly")], finds: [] },
    { title: "a privileged Deployment", objects: [deployment("api", privileged)], finds: ["no-privileged-container"] },
    { title: "a privileged CronJob", objects: [cronJob("nightly", privileged)], finds: ["no-privileged-container"] },
    { title: "a Pod by itself", objects: [object("v1", "Pod", "api", { spec: podSpec() }, { annotations: signed })], finds: ["no-naked-pod"] },
    {
        title: "two privileged containers",
        objects: [deployment("api", { containers: [...privileged.containers, { ...privileged.containers[0], name: "two" }] })],
        finds: ["no-privileged-container x2"],
    },
    ...Object.entries(holders).flatMap(([title, holder]): readonly Case[] => [
        { title: `${title}, clean`, objects: [holder({})], finds: [] },
        { title: `${title}, privileged`, objects: [holder(privileged)], finds: ["no-privileged-container"] },
        { title: `${title}, on the node's network`, objects: [holder({ hostNetwork: true })], finds: ["no-host-namespace"] },
    ]),
    { title: "a clean Workflow of Argo", objects: [workflow({})], finds: [] },
    {
        title: "a Workflow whose second template is privileged",
        objects: [
            workflow({
                templates: [
                    { name: "main", container: container() },
                    { name: "two", container: privileged.containers[0] },
                ],
            }),
        ],
        finds: ["no-privileged-container"],
    },
    {
        title: "a Workflow with a privileged script and sidecar",
        objects: [workflow({ templates: [{ name: "main", script: privileged.containers[0], sidecars: privileged.containers }] })],
        finds: ["no-privileged-container x2"],
    },
    {
        title: "a Workflow as root",
        objects: [workflow({ securityContext: { runAsNonRoot: true, runAsUser: 0, seccompProfile: { type: "RuntimeDefault" } } })],
        finds: ["no-root-user"],
    },
    { title: "a Prometheus as its operator makes it", objects: [prometheus({})], finds: [] },
    {
        title: "a Prometheus with a clean sidecar",
        objects: [prometheus({ containers: [containerWith({ seccompProfile: { type: "RuntimeDefault" } })] })],
        finds: [],
    },
    {
        title: "a Prometheus that completes its operator's container",
        objects: [prometheus({ containers: [{ name: "prometheus", args: ["--web.enable-lifecycle"] }] })],
        finds: [],
    },
    {
        title: "a Prometheus with a privileged sidecar",
        objects: [prometheus({ containers: [containerWith({ privileged: true, seccompProfile: { type: "RuntimeDefault" } })] })],
        finds: ["no-privileged-container"],
    },
    { title: "a Prometheus with a bare sidecar", objects: [prometheus({ containers: [bare] })], finds: [...bareFinds, "run-as-non-root", "seccomp-profile"] },
    { title: "a Prometheus on the node's network", objects: [prometheus({ hostNetwork: true })], finds: ["no-host-namespace"] },
    {
        title: "an Alertmanager as root with a path of the node",
        objects: [
            object("monitoring.coreos.com/v1", "Alertmanager", "main", {
                spec: { securityContext: { runAsUser: 0 }, volumes: [{ name: "a", hostPath: { path: "/" } }] },
            }),
        ],
        finds: ["no-host-path", "no-root-user"],
    },
    {
        title: "a container's security context by itself in a custom resource",
        objects: [object("example.com/v1", "Store", "main", { spec: { servers: [{ securityContext: { privileged: true } }] } })],
        finds: ["no-privileged-container"],
    },
    {
        title: "a custom resource whose containers are only names",
        objects: [object("example.com/v1", "Budget", "main", { spec: { containers: ["web"], policy: { containers: [{ name: "web", weight: 1 }] } } })],
        finds: [],
    },
    {
        title: "a custom resource definition with a pod in its example",
        objects: [
            object(
                "apiextensions.k8s.io/v1",
                "CustomResourceDefinition",
                "stores.example.com",
                { spec: { example: { spec: { containers: [bare] } } } },
                { namespace: undefined },
            ),
        ],
        finds: [],
    },
    {
        title: "a policy of Kyverno whose pattern looks like a pod",
        objects: [
            object("kyverno.io/v1", "ClusterPolicy", "tags", {
                spec: { rules: [{ validate: { pattern: { spec: { containers: [{ image: "!*:latest" }] } } } }] },
            }),
        ],
        finds: [],
    },
    {
        title: "an unknown template in a custom resource",
        objects: [object("jobset.x-k8s.io/v1alpha2", "JobSet", "jobs", { spec: { replicatedJobs: [{ template: unknownText }] } })],
        finds: ["manifest-readable"],
    },
];

const patches: readonly Case[] = [
    { title: "a patch that says nothing of the pod", objects: [patch("apps/v1", "Deployment", "api", { spec: { replicas: 3 } })], finds: [] },
    {
        title: "a patch that makes a container privileged",
        objects: inPatch({ containers: [{ name: "web", securityContext: { privileged: true } }] }),
        finds: ["no-privileged-container"],
    },
    { title: "a patch with a bare sidecar", objects: inPatch({ containers: [bare] }), finds: ["patched-containers"] },
    { title: "a patch with a bare init container", objects: inPatch({ initContainers: [bare] }), finds: ["patched-containers"] },
    { title: "a patch with a whole sidecar", objects: inPatch({ containers: [container()] }), finds: [] },
    {
        title: "a patch with another image for a container of the stack",
        objects: [deployment("api"), patch("apps/v1", "Deployment", "api", { spec: { template: { spec: { containers: [{ name: "web", image }] } } } })],
        finds: [],
    },
    {
        title: "a patch that adds a container to a Deployment of the stack",
        objects: [deployment("api"), patch("apps/v1", "Deployment", "api", { spec: { template: { spec: { containers: [bare] } } } })],
        finds: ["patched-containers"],
    },
    {
        title: "a patch that takes a container's security context away",
        objects: inPatch({ containers: [{ name: "web", securityContext: null }] }),
        finds: ["capabilities", "no-privilege-escalation", "read-only-root-filesystem", "run-as-non-root", "seccomp-profile"],
    },
    {
        title: "a patch that takes the pod's security context away",
        objects: inPatch({ securityContext: null }),
        finds: ["high-user-id x2", "run-as-non-root", "seccomp-profile"],
    },
    {
        title: "a patch that takes one field of a security context away",
        objects: inPatch({ containers: [{ name: "web", securityContext: { allowPrivilegeEscalation: null } }] }),
        finds: ["no-privilege-escalation"],
    },
    { title: "a patch that takes a volume away", objects: inPatch({ volumes: null, hostNetwork: null }), finds: [] },
    {
        title: "a patch that takes the memory limit away",
        objects: inPatch({ containers: [{ name: "web", resources: { limits: { memory: null } } }] }),
        finds: ["memory-limit"],
    },
    {
        title: "a patch that takes the enforced standard away",
        objects: [patch("v1", "Namespace", namespace, {}, { namespace: undefined, labels: { "pod-security.kubernetes.io/enforce": null } })],
        finds: ["namespace-pod-security"],
    },
    {
        title: "a patch that takes all labels of a namespace away",
        objects: [patch("v1", "Namespace", namespace, {}, { namespace: undefined, labels: null })],
        finds: ["namespace-pod-security"],
    },
    {
        title: "a patch that adds a label to a namespace",
        objects: [patch("v1", "Namespace", namespace, {}, { namespace: undefined, labels: { team: "shop" } })],
        finds: [],
    },
    {
        title: "a patch that enforces an unknown standard",
        objects: [patch("v1", "Namespace", namespace, {}, { namespace: undefined, labels: { "pod-security.kubernetes.io/enforce": unknownText } })],
        finds: ["namespace-pod-security"],
    },
    {
        title: "a patch of a custom resource",
        objects: [
            resource("kubernetes:apiextensions.k8s.io/v1:CustomResourcePatch", "main", {
                apiVersion: "monitoring.coreos.com/v1",
                kind: "Prometheus",
                metadata: { name: "main", namespace },
                spec: { hostNetwork: true },
            }),
        ],
        finds: ["no-host-namespace"],
    },
];

const chart = resource("kubernetes:helm.sh/v4:Chart", "redis", { chart: "redis" });
const mutating = (mutation: object): Manifest =>
    object("admissionregistration.k8s.io/v1", "MutatingAdmissionPolicy", "change", { spec: { mutations: [mutation] } }, { namespace: undefined });
const applying = (expression: string) => mutating({ patchType: "ApplyConfiguration", applyConfiguration: { expression } });
const patching = (expression: string) => mutating({ patchType: "JSONPatch", jsonPatch: { expression } });

const opaque: readonly Case[] = [
    { title: "a release of Helm, version 3", objects: [resource("kubernetes:helm.sh/v3:Release", "redis", { chart: "redis" })], finds: ["no-opaque-release"] },
    { title: "a release of Helm, version 4", objects: [resource("kubernetes:helm.sh/v4:Release", "redis", { chart: "redis" })], finds: ["no-opaque-release"] },
    { title: "a component package", objects: [resource("kubernetes-cert-manager:index:CertManager", "certificates", {})], finds: ["no-opaque-release"] },
    { title: "a command", objects: [resource("command:local:Command", "apply", { create: "kubectl apply -f x.yaml" })], finds: ["no-opaque-release"] },
    { title: "a resource that runs the program's own code", objects: [resource("pulumi-nodejs:dynamic:Resource", "apply", {})], finds: ["no-opaque-release"] },
    { title: "a chart without objects", objects: [chart], finds: ["package-has-objects"] },
    {
        title: "a chart whose objects are resources",
        objects: [
            chart,
            {
                ...resource("kubernetes:core/v1:ConfigMap", "redis", { ...object("v1", "ConfigMap", "redis") }),
                parent: "urn:pulumi:prod::shop::kubernetes:helm.sh/v4:Chart::redis",
            },
        ],
        finds: [],
    },
    { title: "a release of Flux", objects: [object("helm.toolkit.fluxcd.io/v2", "HelmRelease", "redis", { spec: {} })], finds: ["no-opaque-object"] },
    { title: "an application of Argo CD", objects: [object("argoproj.io/v1alpha1", "Application", "redis", { spec: {} })], finds: ["no-opaque-object"] },
    {
        title: "a custom resource in the group of Helm",
        objects: [object("helm.sh/v4", "Thing", "redis", { spec: { template: template("redis", privileged) } })],
        finds: ["no-privileged-container"],
    },
    { title: "a mutating policy that sets hostNetwork", objects: [applying("Object{spec: Object.spec{hostNetwork: true}}")], finds: ["no-pod-mutation"] },
    {
        title: "a mutating policy with a sidecar",
        objects: [patching('[JSONPatch{op: "add", path: "/spec/initContainers/-", value: Object.spec.initContainers{name: "a"}}]')],
        finds: ["no-pod-mutation"],
    },
    {
        title: "a mutating policy that puts its path together",
        objects: [patching('[JSONPatch{op: "add", path: "/spec/host" + "PID", value: true}]')],
        finds: ["no-pod-mutation"],
    },
    {
        title: "a mutating policy that replaces the whole spec",
        objects: [patching('[JSONPatch{op: "replace", path: "/spec", value: params.data}]')],
        finds: ["no-pod-mutation"],
    },
    {
        title: "a mutating policy that escapes letters",
        objects: [patching(String.raw`[JSONPatch{op: "add", path: "/spec/\u0068ostPID", value: true}]`)],
        finds: ["no-pod-mutation"],
    },
    {
        title: "a mutating policy that weakens a namespace",
        objects: [patching('[JSONPatch{op: "add", path: "/metadata/labels/pod-security.kubernetes.io~1enforce", value: "privileged"}]')],
        finds: ["no-pod-mutation"],
    },
    { title: "a mutating policy that adds a label", objects: [applying('Object{metadata: Object.metadata{labels: {"env": "prod"}}}')], finds: [] },
    {
        title: "a mutating policy that adds a label whose key is escaped",
        objects: [patching('[JSONPatch{op: "add", path: "/metadata/labels/" + jsonpatch.escapeKey("example.com/env"), value: "prod"}]')],
        finds: [],
    },
    {
        title: "a policy of Kyverno that mutates containers",
        objects: [
            object("kyverno.io/v1", "ClusterPolicy", "change", {
                spec: { rules: [{ mutate: { patchStrategicMerge: { spec: { "+(hostNetwork)": true } } } }] },
            }),
        ],
        finds: ["no-pod-mutation"],
    },
];

const volume = (source: object): Case["objects"] => [deployment("api", { volumes: [{ name: "a", ...source }] })];
const sysctl = (name: string, value: string): Case["objects"] => [
    deployment("api", {
        securityContext: { runAsNonRoot: true, runAsUser: 10_001, runAsGroup: 10_001, seccompProfile: { type: "RuntimeDefault" }, sysctls: [{ name, value }] },
    }),
];
const sources = (...list: object[]): Case["objects"] => volume({ projected: { sources: list } });
const imageNamed = (digest: string): Case["objects"] => [deployment("api", { containers: [container({ image: `registry.example.com/shop/web@${digest}` })] })];
const requests = (resources: object): Case["objects"] => [deployment("api", { containers: [container({ resources })] })];
const spaceLabels = (labels: object): Case["objects"] => [
    object("v1", "ResourceQuota", "other", {}, { namespace: "other" }),
    object("v1", "LimitRange", "other", {}, { namespace: "other" }),
    object("v1", "Namespace", "other", {}, { namespace: undefined, labels }),
];
const enforced = { "pod-security.kubernetes.io/enforce": "restricted" };
const persistent = (spec: object): Case["objects"] => [
    object("v1", "PersistentVolume", "disk", { spec: { capacity: { storage: "1Gi" }, ...spec } }, { namespace: undefined }),
];

const fields: readonly Case[] = [
    { title: "a volume with only a name", objects: volume({}), finds: ["empty-dir-limit"] },
    { title: "an emptyDir that is null beside nfs", objects: volume({ emptyDir: null, nfs: { server: "a", path: "/" } }), finds: ["volume-types"] },
    { title: "a configMap that is null beside flexVolume", objects: volume({ configMap: null, flexVolume: { driver: "a/b" } }), finds: ["volume-types"] },
    { title: "an emptyDir beside nfs", objects: volume({ emptyDir: { sizeLimit: "1Mi" }, nfs: { server: "a", path: "/" } }), finds: ["volume-types"] },
    { title: "nfs that is null beside a configMap", objects: volume({ nfs: null, configMap: { name: "a" } }), finds: [] },
    { title: "a hostPath that is null beside a secret", objects: volume({ hostPath: null, secret: { secretName: "a" } }), finds: [] },
    { title: "an emptyDir limited to 0, which is no limit", objects: volume({ emptyDir: { sizeLimit: "0" } }), finds: ["empty-dir-limit"] },
    { title: "a claim of its own without a class", objects: volume({ ephemeral: { volumeClaimTemplate: { spec: {} } } }), finds: ["claim-class"] },
    { title: "a projected token of the API server", objects: sources({ serviceAccountToken: { path: "token" } }), finds: ["no-token-mounted"] },
    {
        title: "a projected token for the API server by name",
        objects: sources({ serviceAccountToken: { path: "token", audience: "https://kubernetes.default.svc" } }),
        finds: ["no-token-mounted"],
    },
    { title: "a projected token for a vault", objects: sources({ serviceAccountToken: { path: "token", audience: "vault" } }), finds: [] },
    { title: "a token mounted by the pod", objects: [deployment("api", { automountServiceAccountToken: true })], finds: ["no-token-mounted"] },
    {
        title: "the older name of the account's field",
        objects: [having(deployment("api", { serviceAccount: "web" }), { "spec.template.spec.serviceAccountName": gone })],
        finds: [],
    },
    {
        title: "the older name of the field for an account that is not there",
        objects: [having(deployment("api", { serviceAccount: "lost" }), { "spec.template.spec.serviceAccountName": gone })],
        finds: ["service-account-exists"],
    },
    { title: "an account that is an empty text", objects: [deployment("api", { serviceAccountName: "" })], finds: ["own-service-account"] },
    {
        title: "an account that is an empty text beside the older name",
        objects: [deployment("api", { serviceAccountName: "", serviceAccount: "web" })],
        finds: [],
    },
    { title: "a volume of the node's root in the cluster", objects: persistent({ hostPath: { path: "/" } }), finds: ["no-host-volume"] },
    { title: "a local volume in a folder of the system", objects: persistent({ local: { path: "/mnt/../etc/kubernetes" } }), finds: ["no-host-volume"] },
    { title: "a local volume on a disk", objects: persistent({ local: { path: "/mnt/disks/one" } }), finds: [] },
    { title: "a volume of a driver", objects: persistent({ csi: { driver: "ebs.csi.aws.com", volumeHandle: "a" } }), finds: [] },
    {
        title: "an enforced standard of version 1.0",
        objects: spaceLabels({ ...enforced, "pod-security.kubernetes.io/enforce-version": "v1.0" }),
        finds: ["namespace-pod-security"],
    },
    {
        title: "an enforced standard of a version that can't be read",
        objects: spaceLabels({ ...enforced, "pod-security.kubernetes.io/enforce-version": "1.36" }),
        finds: ["namespace-pod-security"],
    },
    { title: "an enforced standard of version 1.36", objects: spaceLabels({ ...enforced, "pod-security.kubernetes.io/enforce-version": "v1.36" }), finds: [] },
    {
        title: "an enforced standard of the latest version",
        objects: spaceLabels({ ...enforced, "pod-security.kubernetes.io/enforce-version": "latest" }),
        finds: [],
    },
    {
        title: "an ephemeral container that writes to its root",
        objects: [
            deployment("api", {
                ephemeralContainers: [{ name: "debug", image, securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } } }],
            }),
        ],
        finds: ["read-only-root-filesystem"],
    },
    {
        title: "an ephemeral container that does not write",
        objects: [
            deployment("api", {
                ephemeralContainers: [
                    {
                        name: "debug",
                        image,
                        securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } },
                    },
                ],
            }),
        ],
        finds: [],
    },
    { title: "a sysctl whose value sets another one", objects: sysctl("kernel.shm_rmid_forced", "1+kernel.core_pattern=|/evil"), finds: ["safe-sysctls"] },
    { title: "a sysctl whose value has a second line", objects: sysctl("net.ipv4.tcp_syncookies", "1\nkernel.core_pattern=|/evil"), finds: ["safe-sysctls"] },
    { title: "a sysctl of the kernel", objects: sysctl("kernel.core_pattern", "1"), finds: ["safe-sysctls"] },
    { title: "a sysctl that is called like a method", objects: sysctl("constructor", "1"), finds: ["safe-sysctls"] },
    { title: "a sysctl with a range", objects: sysctl("net.ipv4.ip_local_port_range", "1024 65535"), finds: [] },
    { title: "a sysctl with a list", objects: sysctl("net.ipv4.ip_local_reserved_ports", "8080,9000-9010"), finds: [] },
    { title: "shared processes", objects: [deployment("api", { shareProcessNamespace: true })], finds: ["no-shared-processes"] },
    { title: "processes that are not shared", objects: [deployment("api", { shareProcessNamespace: false })], finds: [] },
    {
        title: "the priority of the node's own pods",
        objects: [deployment("api", { priorityClassName: "system-node-critical" })],
        finds: ["no-system-priority"],
    },
    { title: "the number of such a priority", objects: [deployment("api", { priority: 2_000_001_000 })], finds: ["no-system-priority"] },
    { title: "a toleration of everything", objects: [deployment("api", { tolerations: [{ operator: "Exists" }] })], finds: ["no-blanket-toleration"] },
    {
        title: "a toleration of everything that evicts",
        objects: [deployment("api", { tolerations: [{ key: "", operator: "Exists", effect: "NoExecute" }] })],
        finds: ["no-blanket-toleration"],
    },
    {
        title: "a toleration of the control plane",
        objects: [deployment("api", { tolerations: [{ key: "node-role.kubernetes.io/control-plane", operator: "Exists" }] })],
        finds: ["no-blanket-toleration"],
    },
    {
        title: "a toleration of one taint",
        objects: [deployment("api", { tolerations: [{ key: "disk", operator: "Equal", value: "fast", effect: "NoSchedule" }] })],
        finds: [],
    },
    {
        title: "requests of 0",
        objects: requests({ requests: { cpu: 0, memory: "0Mi", "ephemeral-storage": "1Mi" }, limits: { memory: "100Mi" } }),
        finds: ["resource-requests"],
    },
    {
        title: "requests that the limits give",
        objects: requests({ requests: { cpu: "1m" }, limits: { memory: "100Mi", "ephemeral-storage": "1Mi" } }),
        finds: [],
    },
    {
        title: "a memory limit of 0, which is none",
        objects: requests({ requests: { cpu: "1m", memory: "1Mi", "ephemeral-storage": "1Mi" }, limits: { memory: "0" } }),
        finds: ["memory-limit"],
    },
    {
        title: "a memory limit just above twice the request",
        objects: requests({ requests: { cpu: "1m", memory: "100Mi", "ephemeral-storage": "1Mi" }, limits: { memory: "204Mi" } }),
        finds: ["limit-ratio"],
    },
    {
        title: "a memory limit of twice the request, in fractions",
        objects: requests({ requests: { cpu: "1m", memory: "1.1G", "ephemeral-storage": "1Mi" }, limits: { memory: "2.2G" } }),
        finds: [],
    },
    { title: "a digest by sha512", objects: imageNamed(`sha512:${"a".repeat(128)}`), finds: [] },
    { title: "a digest by blake3", objects: imageNamed(`blake3:${"a".repeat(64)}`), finds: [] },
    { title: "a digest by sha512 that is too short", objects: imageNamed(`sha512:${"a".repeat(64)}`), finds: ["image-digest"] },
    { title: "a digest by md5", objects: imageNamed(`md5:${"a".repeat(32)}`), finds: ["image-digest"] },
    {
        title: "user 0 in a user namespace",
        objects: [
            deployment("api", {
                hostUsers: false,
                securityContext: { runAsUser: 0, runAsGroup: 10_001, seccompProfile: { type: "RuntimeDefault" } },
                containers: [containerWith({ runAsNonRoot: undefined })],
            }),
        ],
        finds: [],
    },
    { title: "user 0", objects: [deployment("api", { containers: [containerWith({ runAsUser: 0 })] })], finds: ["no-root-user"] },
];

/** Pods: where they stand, how they are patched, what hides them, and what they may do on their node. */
export const podCases: readonly Case[] = [...places, ...patches, ...opaque, ...fields];
