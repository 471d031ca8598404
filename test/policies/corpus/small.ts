import { isRecord } from "../../helpers/mocks.ts";
import { changed } from "../mutation.ts";
import type { AnalyzedResource } from "../runtime.ts";
import type { Manifest } from "./case.ts";

/** The namespace of all cases. */
export const namespace = "shop";

/** The image of clean containers. */
export const image = `registry.example.com/shop/web@sha256:${"a".repeat(64)}`;

/** The labels of a clean object called `name`. */
export function labelsOf(name: string): Readonly<Record<string, string>> {
    return {
        "app.kubernetes.io/name": name,
        "app.kubernetes.io/instance": name,
        "app.kubernetes.io/component": "web",
        "app.kubernetes.io/part-of": "shop",
        "app.kubernetes.io/managed-by": "pulumi",
    };
}

/** An object of any kind, in the cases' namespace. `metadata` is added to its name, namespace and labels; `namespace: undefined` leaves it out. */
export function object(apiVersion: string, kind: string, name: string, body: object = {}, metadata: object = {}): Manifest {
    return { apiVersion, kind, metadata: { name, namespace, labels: labelsOf(name), ...metadata }, ...body };
}

/** A resource of any Pulumi type. */
export function resource(type: string, name: string, properties: object, options: Pick<AnalyzedResource, "protect" | "provider"> = {}): AnalyzedResource {
    return { type, name, properties, ...options };
}

/** A patch of an object, as Pulumi's `<Kind>Patch` resources declare it. It says only what it changes. */
export function patch(apiVersion: string, kind: string, name: string, body: object, metadata: object = {}): AnalyzedResource {
    const token = apiVersion.includes("/") ? apiVersion : `core/${apiVersion}`;
    return resource(`kubernetes:${token}:${kind}Patch`, name, { apiVersion, kind, metadata: { name, namespace, ...metadata }, ...body });
}

/** `manifest` with values set by path, in the way of `mutation.ts`: `{ "spec.template.spec.hostNetwork": true }`; `gone` takes a key away. */
export function having(manifest: Manifest, set: Readonly<Record<string, unknown>>): Manifest {
    const { differing } = changed([resource(`manifest:${manifest.kind}`, "", manifest)], { on: manifest.kind, set });
    const properties = differing[0]?.properties;
    return { ...(isRecord(properties) ? properties : {}), apiVersion: manifest.apiVersion, kind: manifest.kind };
}

/** A container that no rule objects to. */
export function container(change: object = {}): object {
    return {
        name: "web",
        image,
        ports: [{ name: "http", containerPort: 8080 }],
        resources: { requests: { cpu: "100m", memory: "100Mi", "ephemeral-storage": "10Mi" }, limits: { memory: "100Mi" } },
        securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, runAsNonRoot: true, capabilities: { drop: ["ALL"] } },
        readinessProbe: { httpGet: { path: "/ready", port: "http" } },
        livenessProbe: { httpGet: { path: "/live", port: "http" } },
        lifecycle: { preStop: { sleep: { seconds: 10 } } },
        ...change,
    };
}

/** The spec of a pod that no rule objects to. */
export function podSpec(change: object = {}): object {
    return {
        serviceAccountName: "web",
        automountServiceAccountToken: false,
        priorityClassName: "production-services",
        terminationGracePeriodSeconds: 40,
        securityContext: { runAsNonRoot: true, runAsUser: 10_001, runAsGroup: 10_001, seccompProfile: { type: "RuntimeDefault" } },
        topologySpreadConstraints: [{ maxSkew: 1, topologyKey: "kubernetes.io/hostname", whenUnsatisfiable: "ScheduleAnyway" }],
        containers: [container()],
        ...change,
    };
}

/** The label of pods that the surroundings' budget protects. A case about budgets leaves it out: `template("own", {}, { labels: labelsOf("own") })`. */
export const budgeted = { "shop.example.com/budget": "shared" };

/** The annotations of pods that say who signed their images. */
export const signed = { "nova.example.com/image-signer": "release-pipeline", "nova.example.com/image-sbom": "registry.example.com/shop/web:sbom" };

/** A pod template that no rule objects to. Network policies of the surroundings name its pods, and their budget protects them. */
export function template(name: string, spec: object = {}, metadata: object = {}): object {
    return {
        metadata: {
            labels: { ...labelsOf(name), ...budgeted },
            annotations: signed,
            ...metadata,
        },
        spec: podSpec(spec),
    };
}

/** A Deployment that no rule objects to. `spec` changes its pods' spec; other parts are changed with {@link having}. */
export function deployment(name: string, spec: object = {}): Manifest {
    return object("apps/v1", "Deployment", name, {
        spec: { replicas: 3, selector: { matchLabels: { "app.kubernetes.io/name": name } }, template: template(name, spec) },
    });
}

/** A StatefulSet without volumes that no rule objects to. */
export function statefulSet(name: string, spec: object = {}): Manifest {
    return object("apps/v1", "StatefulSet", name, {
        spec: { replicas: 3, serviceName: name, selector: { matchLabels: { "app.kubernetes.io/name": name } }, template: template(name, spec) },
    });
}

/** A Job that no rule objects to. */
export function job(name: string, spec: object = {}): Manifest {
    return object("batch/v1", "Job", name, { spec: { template: template(name, { restartPolicy: "Never", ...spec }) } });
}

/** A CronJob that no rule objects to. */
export function cronJob(name: string, spec: object = {}): Manifest {
    return object("batch/v1", "CronJob", name, {
        spec: {
            schedule: "0 3 * * *",
            concurrencyPolicy: "Forbid",
            startingDeadlineSeconds: 600,
            successfulJobsHistoryLimit: 1,
            failedJobsHistoryLimit: 1,
            jobTemplate: { spec: { activeDeadlineSeconds: 3600, template: template(name, { restartPolicy: "Never", ...spec }) } },
        },
    });
}

/** A Service in front of the pods called `name`. */
export function service(name: string, spec: object = {}): Manifest {
    return object("v1", "Service", name, { spec: { selector: { "app.kubernetes.io/name": name }, ports: [{ port: 80, targetPort: "http" }], ...spec } });
}

/** A ConfigMap. */
export function configMap(name: string, data: Readonly<Record<string, unknown>>): Manifest {
    return object("v1", "ConfigMap", name, { data });
}

/** A NetworkPolicy for all pods of the application, with these parts of its spec. */
export function networkPolicy(name: string, spec: object): Manifest {
    return object("networking.k8s.io/v1", "NetworkPolicy", name, {
        spec: { podSelector: { matchLabels: { "app.kubernetes.io/part-of": "shop" } }, policyTypes: ["Ingress", "Egress"], ...spec },
    });
}

/** A role with these rules. */
export function role(name: string, ...rules: readonly object[]): Manifest {
    return object("rbac.authorization.k8s.io/v1", "Role", name, { rules });
}

const self = { podSelector: { matchLabels: { "app.kubernetes.io/part-of": "shop" } } };

/** What stands around each case, in which clean objects have no finding: the namespace with its limits, its network policies, an account, and one workload with its Service. */
export const surroundings: readonly Manifest[] = [
    object("v1", "Namespace", namespace, {}, { namespace: undefined, labels: { ...labelsOf(namespace), "pod-security.kubernetes.io/enforce": "restricted" } }),
    object("v1", "ResourceQuota", "quota", { spec: { hard: { pods: "1000" } } }),
    object("v1", "LimitRange", "limits", { spec: { limits: [] } }),
    object("v1", "ServiceAccount", "web", { automountServiceAccountToken: false }),
    networkPolicy("default-deny", { podSelector: {} }),
    networkPolicy("within", { ingress: [{ from: [self] }], egress: [{ to: [self] }] }),
    object("policy/v1", "PodDisruptionBudget", "shared", {
        spec: { maxUnavailable: 1, unhealthyPodEvictionPolicy: "AlwaysAllow", selector: { matchLabels: budgeted } },
    }),
    deployment("web"),
    service("web"),
];
