import { kubernetes } from "./extras.ts";
import { type Change, gone } from "./mutation.ts";

const deployment = "Deployment v1-1-0";
const pod = "spec.template.spec";
const api = `${pod}.containers.0`;
const job = "spec.jobTemplate.spec.template.spec";
const route = "HTTPRoute traffic-route";
const users = "spec.rules.1.backendRefs";
const recorded = (key: string) => `metadata.annotations[nova.example.com/${key}]`;
const canary = "spec.strategy.canary";
/** The gate alone at 50 %: the route still says 25, which is a mistake of its own. */
const halfway = (annotations: Readonly<Record<string, unknown>>) => ({
    [recorded("rollout-percent")]: "50",
    ...Object.fromEntries(Object.entries(annotations).map(([key, value]) => [recorded(key), value])),
});
const jumped = ["rollout-gate"];
const ruleOf = (rule: object): object => ({ apiGroups: ["", "rbac.authorization.k8s.io"], ...rule });

const container = (extra: object) => ({ name: "extra", image: `registry.example.com/extra@sha256:${"e".repeat(64)}`, ...extra });
const hardened = { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } };
const resources = { requests: { cpu: "1m", memory: "1Mi", "ephemeral-storage": "1Mi" }, limits: { memory: "1Mi" } };
const initContainer = (securityContext: object) => ({
    [`${pod}.initContainers`]: [container({ resources, securityContext: { ...hardened, ...securityContext } })],
});

/**
 * For each rule, unsafe changes to a stack that is as it should be: after each, that rule speaks up, and no other.
 *
 * `also` names the rules that rightly speak up too, where one edit is two mistakes.
 */
export const changes: Readonly<Record<string, readonly Change[]>> = {
    "no-privileged-container": [
        { on: deployment, set: { [`${api}.securityContext.privileged`]: true } },
        { on: deployment, set: initContainer({ privileged: true }) },
    ],
    "no-host-namespace": [
        { on: deployment, set: { [`${pod}.hostNetwork`]: true } },
        { on: "CronJob backup-dump", set: { [`${job}.hostPID`]: true } },
    ],
    "no-host-path": [
        { on: deployment, set: { [`${pod}.volumes.0`]: { name: "settings", hostPath: { path: "/var/run/docker.sock" } } } },
        { on: "StatefulSet redis-servers", set: { [`${pod}.volumes.0`]: { name: "configuration", hostPath: { path: "/" } } } },
    ],
    "no-host-port": [
        { on: deployment, set: { [`${api}.ports.0.hostPort`]: 8080 } },
        { on: "Rollout argo", set: { [`${api}.ports.0.hostPort`]: 80 } },
    ],
    "no-windows-host-process": [
        { on: deployment, set: { [`${pod}.securityContext.windowsOptions`]: { hostProcess: true } } },
        { on: deployment, set: { [`${api}.securityContext.windowsOptions`]: { hostProcess: true } } },
    ],
    "no-probe-host": [
        { on: deployment, set: { [`${api}.livenessProbe.httpGet.host`]: "169.254.169.254" } },
        { on: deployment, set: { [`${api}.lifecycle.postStart`]: { httpGet: { host: "example.com", port: 80 } } } },
    ],
    "no-privilege-escalation": [
        { on: deployment, set: { [`${api}.securityContext.allowPrivilegeEscalation`]: gone } },
        { on: deployment, set: initContainer({ allowPrivilegeEscalation: true }) },
    ],
    "run-as-non-root": [
        { on: deployment, set: { [`${api}.securityContext.runAsNonRoot`]: false } },
        { on: "Rollout argo", set: { [`${pod}.securityContext.runAsNonRoot`]: gone, [`${api}.securityContext.runAsNonRoot`]: gone } },
    ],
    "no-root-user": [
        { on: deployment, set: { [`${pod}.securityContext.runAsUser`]: 0 } },
        { on: deployment, set: initContainer({ runAsUser: 0 }) },
    ],
    capabilities: [
        { on: deployment, set: { [`${api}.securityContext.capabilities.add`]: ["SYS_ADMIN"] } },
        { on: deployment, set: initContainer({ capabilities: { drop: ["NET_RAW"] } }) },
    ],
    "seccomp-profile": [
        { on: deployment, set: { [`${pod}.securityContext.seccompProfile`]: gone } },
        { on: deployment, set: { [`${api}.securityContext.seccompProfile`]: { type: "Unconfined" } } },
    ],
    "apparmor-profile": [
        { on: deployment, set: { [`${api}.securityContext.appArmorProfile`]: { type: "Unconfined" } } },
        { on: deployment, set: { "spec.template.metadata.annotations[container.apparmor.security.beta.kubernetes.io/api]": "unconfined" } },
    ],
    "selinux-options": [
        { on: deployment, set: { [`${api}.securityContext.seLinuxOptions`]: { type: "spc_t" } } },
        { on: deployment, set: { [`${pod}.securityContext.seLinuxOptions`]: { user: "system_u" } } },
    ],
    "proc-mount": [
        { on: deployment, set: { [`${api}.securityContext.procMount`]: "Unmasked" } },
        { on: deployment, set: initContainer({ procMount: "Unmasked" }) },
    ],
    "safe-sysctls": [
        { on: deployment, set: { [`${pod}.securityContext.sysctls`]: [{ name: "kernel.msgmax", value: "1" }] } },
        { on: deployment, set: { [`${pod}.securityContext.sysctls`]: [{ name: "net.core.somaxconn", value: "1" }] } },
    ],
    "volume-types": [
        { on: deployment, set: { [`${pod}.volumes.0`]: { name: "settings", nfs: { server: "a", path: "/" } } } },
        { on: deployment, set: { [`${pod}.volumes.0`]: { name: "settings", gitRepo: { repository: "a" } } } },
    ],
    "read-only-root-filesystem": [
        { on: deployment, set: { [`${api}.securityContext.readOnlyRootFilesystem`]: false } },
        { on: deployment, set: initContainer({ readOnlyRootFilesystem: false }) },
    ],
    "high-user-id": [
        { on: deployment, set: { [`${pod}.securityContext.runAsUser`]: 1000 } },
        { on: deployment, set: { [`${pod}.securityContext.runAsGroup`]: gone } },
    ],
    "image-tag": [
        { on: deployment, set: { [`${api}.image`]: "registry.example.com/api:latest" }, also: ["image-digest", "pull-policy"] },
        { on: deployment, set: { [`${api}.image`]: "registry.example.com/api" }, also: ["image-digest", "pull-policy"] },
    ],
    "image-digest": [
        { on: deployment, set: { [`${api}.image`]: "registry.example.com/api:1.0", [`${api}.imagePullPolicy`]: "Always" } },
        { on: "CronJob backup-dump", set: { [`${job}.containers.0.image`]: "registry.example.com/api@sha256:abc" } },
    ],
    "image-registry": [
        { on: deployment, set: { [`${api}.image`]: `redis@sha256:${"a".repeat(64)}` } },
        { on: deployment, set: { [`${api}.image`]: `library/redis@sha256:${"a".repeat(64)}` } },
    ],
    "pull-policy": [
        { on: deployment, set: { [`${api}.image`]: "registry.example.com/api:1.0" }, also: ["image-digest"] },
        { on: "Rollout argo", set: { [`${api}.image`]: "registry.example.com/api:1.0" }, also: ["image-digest"] },
    ],
    "resource-requests": [
        { on: deployment, set: { [`${api}.resources.requests.cpu`]: gone } },
        { on: "CronJob backup-dump", set: { [`${job}.containers.0.resources`]: { limits: { memory: "1Gi" } } } },
    ],
    "memory-limit": [
        { on: deployment, set: { [`${api}.resources.limits.memory`]: gone } },
        { on: "StatefulSet redis-servers", set: { [`${pod}.containers.1.resources.limits.memory`]: gone } },
    ],
    "limit-ratio": [
        { on: deployment, set: { [`${api}.resources.limits.memory`]: "4Gi" } },
        { on: deployment, set: { [`${api}.resources.requests.memory`]: "1Mi" } },
    ],
    "namespace-quota": [
        { on: "ResourceQuota namespace-quota", remove: true },
        { on: "LimitRange namespace-limits", remove: true },
    ],
    "empty-dir-limit": [
        { on: deployment, set: { [`${pod}.volumes.2.emptyDir.sizeLimit`]: gone } },
        { on: "Rollout argo", set: { [`${pod}.volumes`]: [{ name: "scratch", emptyDir: {} }] } },
    ],
    "readiness-probe": [
        { on: deployment, set: { [`${api}.readinessProbe`]: gone } },
        { on: "StatefulSet redis-servers", set: { [`${pod}.containers.2.readinessProbe`]: gone } },
    ],
    "liveness-probe": [
        { on: deployment, set: { [`${api}.livenessProbe`]: gone } },
        { on: "Rollout argo", set: { [`${api}.livenessProbe`]: gone } },
    ],
    "startup-probe": [
        { on: deployment, set: { [`${api}.startupProbe`]: gone, [`${api}.livenessProbe.initialDelaySeconds`]: 120 } },
        { on: "Rollout argo", set: { [`${api}.livenessProbe.initialDelaySeconds`]: 31 } },
    ],
    "probes-differ": [
        { on: "Rollout argo", set: { [`${api}.livenessProbe.httpGet.path`]: "/ready" } },
        { on: deployment, set: { [`${api}.livenessProbe`]: { httpGet: { path: "/health/ready", port: "http" }, periodSeconds: 5, failureThreshold: 2 } } },
    ],
    "probe-port": [
        { on: deployment, set: { [`${api}.livenessProbe.httpGet.port`]: "htp" } },
        { on: deployment, set: { [`${api}.readinessProbe.httpGet.port`]: 8081 } },
    ],
    "graceful-shutdown": [
        { on: deployment, set: { [`${api}.lifecycle`]: gone } },
        { on: deployment, set: { [`${pod}.terminationGracePeriodSeconds`]: 5 } },
    ],
    "replica-minimum": [
        { on: "Rollout argo", set: { "spec.replicas": 1 }, also: ["weight-expressible"] },
        { on: "HorizontalPodAutoscaler v1-0-0", set: { "spec.minReplicas": 1 }, also: ["stable-floor"] },
    ],
    "rolling-update": [
        { on: deployment, set: { "spec.strategy": { type: "Recreate" } } },
        { on: deployment, set: { "spec.strategy.rollingUpdate": { maxUnavailable: "100%", maxSurge: 0 } } },
    ],
    "no-replicas-with-autoscaler": [
        { on: deployment, set: { "spec.replicas": 6 } },
        { on: "Deployment v1-0-0", set: { "spec.replicas": 0 } },
    ],
    "autoscaler-bounds": [
        { on: "HorizontalPodAutoscaler v1-1-0", set: { "spec.minReplicas": 10 } },
        { on: "HorizontalPodAutoscaler v1-1-0", set: { "spec.metrics": [] } },
    ],
    "autoscaler-target": [
        {
            add: kubernetes("autoscaling/v2", "HorizontalPodAutoscaler", "lost", {
                spec: {
                    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "nobody" },
                    minReplicas: 2,
                    maxReplicas: 4,
                    metrics: [{ type: "Resource" }],
                },
            }),
        },
        { on: "HorizontalPodAutoscaler v1-1-0", set: { "spec.scaleTargetRef.name": "v1-1-0" }, also: ["revision-scales", "candidate-capacity"] },
    ],
    "one-autoscaler": [
        {
            add: kubernetes("autoscaling/v2", "HorizontalPodAutoscaler", "second", {
                spec: {
                    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "video-ranking-v1-0-0" },
                    minReplicas: 6,
                    maxReplicas: 8,
                    metrics: [{ type: "Resource" }],
                },
            }),
        },
        { on: "ResourceQuota namespace-quota", set: { "spec.hard.pods": "10" } },
    ],
    "disruption-budget-exists": [
        { on: "PodDisruptionBudget v1-1-0", remove: true },
        { on: "PodDisruptionBudget redis", set: { "spec.selector.matchLabels.nobody": "here" }, also: ["disruption-budget-protects"] },
    ],
    "disruption-budget-moves": [
        { on: "PodDisruptionBudget v1-1-0", set: { "spec.maxUnavailable": "0%" } },
        { on: "PodDisruptionBudget v1-1-0", set: { "spec.maxUnavailable": gone, "spec.minAvailable": "100%" } },
    ],
    "disruption-budget-below-minimum": [
        { on: "PodDisruptionBudget v1-0-0", set: { "spec.maxUnavailable": gone, "spec.minAvailable": 6 } },
        { on: "PodDisruptionBudget argo", set: { "spec.maxUnavailable": gone, "spec.minAvailable": "99%" } },
    ],
    "disruption-budget-eviction": [
        { on: "PodDisruptionBudget v1-0-0", set: { "spec.unhealthyPodEvictionPolicy": gone } },
        { on: "PodDisruptionBudget argo", set: { "spec.unhealthyPodEvictionPolicy": gone } },
    ],
    spread: [
        { on: deployment, set: { [`${pod}.topologySpreadConstraints`]: gone } },
        { on: "Rollout argo", set: { [`${pod}.topologySpreadConstraints`]: [] } },
    ],
    "cron-job": [
        { on: "CronJob backup-dump", set: { "spec.concurrencyPolicy": "Allow" } },
        { on: "CronJob restore-check", set: { "spec.startingDeadlineSeconds": gone } },
    ],
    "no-naked-pod": [
        { add: kubernetes("apps/v1", "ReplicaSet", "bare", { spec: { replicas: 2 } }) },
        { add: kubernetes("v1", "ReplicationController", "old", { spec: { replicas: 2 } }) },
    ],
    "no-plain-secret": [
        { on: deployment, set: { [`${api}.env`]: [{ name: "DATABASE_PASSWORD", value: "correct-horse-battery" }] } },
        { on: deployment, set: { [`${api}.args`]: ["--api-key=f3Kd92mXq0ZrT7vB1nLs"] } },
    ],
    "no-secret-in-config-map": [
        { on: "ConfigMap client", set: { "data.DB_PASSWORD": "correct-horse" } },
        { on: "ConfigMap client", set: { "metadata.annotations.note": "-----BEGIN RSA PRIVATE KEY-----" } },
    ],
    "secrets-as-files": [
        { on: deployment, set: { [`${api}.env`]: [{ name: "PASSWORD", valueFrom: { secretKeyRef: { name: "a", key: "b" } } }] } },
        { on: "Rollout argo", set: { [`${api}.envFrom`]: [{ secretRef: { name: "a" } }] } },
    ],
    "unique-environment": [
        {
            on: deployment,
            set: {
                [`${api}.env`]: [
                    { name: "A", value: "1" },
                    { name: "A", value: "2" },
                ],
            },
        },
        { on: "StatefulSet redis-servers", set: { [`${pod}.containers.0.env`]: [{ name: "B", value: "1" }, { name: "C" }, { name: "B" }] } },
    ],
    "rbac-wildcard": [
        { on: "Role reader", set: { rules: [ruleOf({ resources: ["pods"], verbs: ["*"] })] } },
        { on: "Role reader", set: { rules: [ruleOf({ resources: ["*"], verbs: ["get"] })] } },
    ],
    "rbac-secrets": [
        { on: "Role reader", set: { rules: [ruleOf({ resources: ["secrets"], verbs: ["get"] })] } },
        { on: "Role reader", set: { rules: [ruleOf({ resources: ["configmaps", "secrets"], verbs: ["list"] })] } },
    ],
    "rbac-escalation": [
        { on: "Role reader", set: { rules: [ruleOf({ resources: ["clusterroles"], verbs: ["escalate"] })] } },
        { on: "Role reader", set: { rules: [ruleOf({ resources: ["pods/exec"], verbs: ["create"] })] } },
    ],
    "rbac-webhooks": [
        { on: "Role reader", set: { rules: [ruleOf({ resources: ["mutatingwebhookconfigurations"], verbs: ["patch"] })] } },
        { on: "Role reader", set: { rules: [ruleOf({ resources: ["validatingwebhookconfigurations"], verbs: ["delete"] })] } },
    ],
    "rbac-aggregation": [
        {
            add: kubernetes(
                "rbac.authorization.k8s.io/v1",
                "ClusterRole",
                "more",
                { rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get"] }] },
                { labels: { "rbac.authorization.k8s.io/aggregate-to-view": "true" } },
            ),
        },
        { add: kubernetes("rbac.authorization.k8s.io/v1", "ClusterRole", "all", { aggregationRule: { clusterRoleSelectors: [{}] } }) },
    ],
    "rbac-binding": [
        { on: "RoleBinding reader", set: { "roleRef.kind": "ClusterRole", "roleRef.name": "cluster-admin" } },
        { on: "RoleBinding reader", set: { subjects: [{ kind: "Group", name: "system:unauthenticated" }] } },
    ],
    "own-service-account": [
        { on: "Rollout argo", set: { [`${pod}.serviceAccountName`]: gone } },
        { on: deployment, set: { [`${pod}.serviceAccountName`]: "default" } },
    ],
    "service-account-exists": [
        { on: deployment, set: { [`${pod}.serviceAccountName`]: "nobody" } },
        { on: "CronJob backup-dump", set: { [`${job}.serviceAccountName`]: "nobody" } },
    ],
    "no-token-mounted": [
        { on: deployment, set: { [`${pod}.automountServiceAccountToken`]: true } },
        { on: "CronJob backup-dump", set: { [`${job}.automountServiceAccountToken`]: true } },
    ],
    "default-deny": [
        { on: "NetworkPolicy deny-all", remove: true },
        { on: "NetworkPolicy deny-all", set: { "spec.policyTypes": ["Ingress"] } },
    ],
    "pods-governed": [
        { on: "NetworkPolicy allow-redis", remove: true },
        { on: "NetworkPolicy allow-redis", set: { "spec.policyTypes": ["Ingress"] } },
    ],
    "no-open-peer": [
        { on: "NetworkPolicy allow-api", set: { "spec.ingress": [{}] } },
        { on: "NetworkPolicy allow-api", set: { "spec.egress": [{ to: [{ ipBlock: { cidr: "0.0.0.0/0" } }] }] } },
    ],
    "no-metadata-access": [
        { on: "NetworkPolicy allow-api", set: { "spec.egress": [{ to: [{ ipBlock: { cidr: "169.254.169.254/32" } }] }] } },
        { on: "NetworkPolicy allow-api", set: { "spec.egress": [{ to: [{ ipBlock: { cidr: "169.254.0.0/16" } }], ports: [{ port: 443 }] }] } },
    ],
    "no-special-address": [
        { on: "Service v1-1-0", set: { "spec.externalName": "Metadata.Google.Internal." } },
        { add: kubernetes("discovery.k8s.io/v1", "EndpointSlice", "own", { addressType: "IPv4", endpoints: [{ addresses: ["127.0.0.1"] }] }) },
    ],
    "no-edge-snippet": [
        { on: "Ingress admin", set: { "metadata.annotations[nginx.ingress.kubernetes.io/configuration-snippet]": "return 200;" } },
        { on: route, set: { "metadata.annotations[nginx.org/server-snippets]": "location / {}" } },
    ],
    "service-exposure": [
        { on: "Service v1-1-0", set: { "spec.type": "LoadBalancer" } },
        { on: "Service v1-1-0", set: { "spec.externalIPs": ["192.0.2.1"] } },
    ],
    "edge-tls": [
        { on: "Ingress admin", set: { "spec.tls": gone } },
        { on: "Gateway edge", set: { "spec.listeners.0.protocol": "HTTP" } },
        { on: "Gateway edge", set: { "spec.listeners.0.tls": {} } },
        { on: "Ingress admin", set: { "spec.tls": [{}] } },
    ],
    "edge-hosts": [
        { on: route, set: { "spec.hostnames": ["*.example.com"] } },
        { on: "Ingress admin", set: { "spec.defaultBackend": { service: { name: "argo-stable", port: { number: 80 } } } } },
    ],
    "unique-route": [
        {
            add: kubernetes("networking.k8s.io/v1", "Ingress", "twin", {
                spec: {
                    tls: [{ hosts: ["admin.example.com"] }],
                    rules: [
                        { host: "admin.example.com", http: { paths: [{ path: "/", backend: { service: { name: "argo-stable", port: { number: 80 } } } }] } },
                    ],
                },
            }),
        },
        { on: "Ingress admin", set: { "spec.rules.0.host": "ranking.example.com", "spec.tls.0.hosts.0": "ranking.example.com" } },
    ],
    "service-has-pods": [
        { on: "Service argo-canary", set: { "spec.selector": { app: "nobody" } } },
        { add: kubernetes("v1", "Service", "lost", { spec: { selector: { app: "lost" }, ports: [{ port: 80 }] } }) },
    ],
    "service-ports": [
        { on: "Service v1-1-0", set: { "spec.ports.0.targetPort": "web" } },
        { on: "Service argo-canary", set: { "spec.ports.0.targetPort": "grpc" } },
    ],
    "backend-exists": [
        { on: "Ingress admin", set: { "spec.rules.0.http.paths.0.backend.service.name": "nobody" } },
        { on: "Service v1-1-0", remove: true },
    ],
    "network-policy-has-pods": [
        {
            add: kubernetes("networking.k8s.io/v1", "NetworkPolicy", "lost", {
                spec: { podSelector: { matchLabels: { app: "lost" } }, policyTypes: ["Ingress"] },
            }),
        },
        {
            add: kubernetes("networking.k8s.io/v1", "NetworkPolicy", "lost", {
                spec: { podSelector: { matchExpressions: [{ key: "app", operator: "Exists" }] }, policyTypes: ["Egress"] },
            }),
        },
    ],
    "monitor-has-service": [
        { on: "ServiceMonitor service", set: { "spec.selector.matchLabels": { app: "nobody" } } },
        { on: "ServiceMonitor service", set: { "spec.namespaceSelector": { matchNames: ["elsewhere"] } } },
    ],
    "namespace-set": [
        { on: "ConfigMap client", set: { "metadata.namespace": gone } },
        { on: "ConfigMap client", set: { "metadata.namespace": "default" } },
    ],
    "namespace-pod-security": [
        { on: "Namespace namespace-namespace", set: { "metadata.labels[pod-security.kubernetes.io/enforce]": "baseline" } },
        { on: "Namespace namespace-namespace", set: { "metadata.labels[pod-security.kubernetes.io/enforce]": gone } },
    ],
    "recommended-labels": [
        { on: deployment, set: { "metadata.labels[app.kubernetes.io/part-of]": gone } },
        { on: "Service v1-1-0", set: { "metadata.labels[app.kubernetes.io/name]": "" } },
    ],
    "api-version": [{ add: kubernetes("autoscaling/v1", "Scale", "old", {}) }, { add: kubernetes("batch/v1beta1", "JobTemplate", "old", {}) }],
    "no-opaque-release": [
        { add: { type: "kubernetes:helm.sh/v3:Release", name: "redis", properties: { chart: "redis" } } },
        { add: { type: "kubernetes:helm.sh/v3:Release", name: "kafka", properties: { chart: "kafka", values: {} } } },
    ],
    "no-opaque-object": [
        { add: kubernetes("helm.toolkit.fluxcd.io/v2", "HelmRelease", "redis", { spec: { chart: { spec: { chart: "redis" } } } }) },
        { add: kubernetes("argoproj.io/v1alpha1", "Application", "redis", { spec: { source: { repoURL: "https://example.com" } } }) },
    ],
    "no-pod-mutation": [
        {
            add: kubernetes("admissionregistration.k8s.io/v1", "MutatingAdmissionPolicy", "net", {
                spec: {
                    mutations: [{ patchType: "ApplyConfiguration", applyConfiguration: { expression: "Object{spec: Object.spec{hostNetwork: true}}" } }],
                },
            }),
        },
        {
            add: kubernetes("admissionregistration.k8s.io/v1", "MutatingAdmissionPolicy", "net", {
                spec: {
                    mutations: [{ patchType: "JSONPatch", jsonPatch: { expression: '[JSONPatch{op: "add", path: "/spec/host" + "Network", value: true}]' } }],
                },
            }),
        },
    ],
    "package-has-objects": [
        { add: { type: "kubernetes:helm.sh/v4:Chart", name: "redis", properties: { chart: "redis" } } },
        { add: { type: "kubernetes:yaml/v2:ConfigFile", name: "redis", properties: { file: "redis.yaml" } } },
    ],
    "no-host-volume": [
        { add: kubernetes("v1", "PersistentVolume", "node", { spec: { hostPath: { path: "/" } } }) },
        { add: kubernetes("v1", "PersistentVolume", "node", { spec: { local: { path: "/mnt/../etc" } } }) },
    ],
    "no-shared-processes": [
        { on: deployment, set: { [`${pod}.shareProcessNamespace`]: true } },
        { on: "CronJob backup-dump", set: { [`${job}.shareProcessNamespace`]: true } },
    ],
    "patched-containers": [
        {
            add: {
                type: "kubernetes:apps/v1:DeploymentPatch",
                name: "sidecar",
                properties: {
                    apiVersion: "apps/v1",
                    kind: "Deployment",
                    metadata: { name: "elsewhere", namespace: "nova-prod" },
                    spec: { template: { spec: { containers: [container({})] } } },
                },
            },
        },
        {
            add: {
                type: "kubernetes:apps/v1:StatefulSetPatch",
                name: "sidecar",
                properties: {
                    apiVersion: "apps/v1",
                    kind: "StatefulSet",
                    metadata: { name: "elsewhere", namespace: "nova-prod" },
                    spec: { template: { spec: { initContainers: [container({ securityContext: { allowPrivilegeEscalation: false } })] } } },
                },
            },
        },
    ],
    "autoscaler-scales-up": [
        { on: "HorizontalPodAutoscaler v1-1-0", set: { "spec.behavior.scaleUp": { selectPolicy: "Disabled" } } },
        { on: "HorizontalPodAutoscaler v1-1-0", set: { "spec.metrics.0.resource.target.averageUtilization": 500 } },
    ],
    "disruption-budget-protects": [
        { on: "PodDisruptionBudget v1-0-0", set: { "spec.maxUnavailable": "51%" } },
        { on: "PodDisruptionBudget argo", set: { "spec.maxUnavailable": gone } },
    ],
    "no-blanket-toleration": [
        { on: deployment, set: { [`${pod}.tolerations`]: [{ operator: "Exists" }] } },
        { on: "Rollout argo", set: { [`${pod}.tolerations`]: [{ key: "node-role.kubernetes.io/control-plane", operator: "Exists" }] } },
    ],
    "no-system-priority": [
        { on: deployment, set: { [`${pod}.priorityClassName`]: "system-node-critical" } },
        { on: "Rollout argo", set: { [`${pod}.priority`]: 2_000_000_000 } },
    ],
    "claim-class": [
        { add: kubernetes("v1", "PersistentVolumeClaim", "data", { spec: { accessModes: ["ReadWriteOncePod"] } }), also: ["protected-data"] },
        {
            on: deployment,
            set: { [`${pod}.volumes.0`]: { name: "settings", ephemeral: { volumeClaimTemplate: { spec: { accessModes: ["ReadWriteOncePod"] } } } } },
        },
    ],
    "store-open": [
        { on: deployment, set: { [`${api}.env`]: [{ name: "POSTGRES_HOST_AUTH_METHOD", value: "trust" }] } },
        { on: "Rollout argo", set: { [`${api}.args`]: ["redis-server", "--protected-mode", "no", "--aclfile", "/users/acl"] } },
    ],
    "operator-stores": [
        { add: kubernetes("postgresql.cnpg.io/v1", "Cluster", "orders", { spec: { enableSuperuserAccess: true } }) },
        { add: kubernetes("databases.spotahome.com/v1", "RedisFailover", "cache", { spec: {} }) },
    ],
    "manifest-readable": [
        { on: "Role reader", set: { "metadata.labels": ["a"] } },
        { on: deployment, set: { [`${pod}.containers`]: "none" }, also: ["service-has-pods", "disruption-budget-protects"] },
    ],
    "waiver-valid": [
        { on: "ConfigMap client", set: { "metadata.annotations[waiver.nova.example.com/no-such-rule]": "{}" } },
        {
            on: "ConfigMap client",
            set: {
                "metadata.annotations[waiver.nova.example.com/namespace-set]": JSON.stringify({
                    reason: "we had no time for it",
                    owner: "tech-lead",
                    expires: "2026-11-30",
                }),
            },
        },
    ],
    "rollout-backends": [
        { on: route, set: { [`${users}.1.name`]: "video-ranking-v0-9-0" }, also: ["backend-exists", "rollout-weights"] },
        { on: route, set: { [`${users}.1.namespace`]: "elsewhere" } },
    ],
    "rollout-share": [
        { on: route, set: { "metadata.annotations": {} } },
        { on: "Service v1-1-0-service", set: { "spec.selector[nova.example.com/revision]": "v1-0-0" } },
        {
            add: kubernetes("gateway.networking.k8s.io/v1", "GRPCRoute", "shortcut", {
                spec: { rules: [{ backendRefs: [{ name: "video-ranking-v1-1-0", port: 80 }] }] },
            }),
        },
    ],
    "rollout-weights": [
        { on: route, set: { [`${users}.0.weight`]: gone } },
        { on: route, set: { [`${users}.0.weight`]: 50, [`${users}.1.weight`]: 50 } },
    ],
    "rollout-step": [
        { on: route, set: { [recorded("previous-percent")]: "0" } },
        { on: route, set: { [recorded("previous-percent")]: gone } },
        { on: route, set: { [recorded("previous-percent")]: "" } },
        { on: "Rollout argo", set: { [`${canary}.steps.0.setWeight`]: 30 } },
    ],
    "rollout-gate": [
        { on: "ConfigMap gate-record", remove: true },
        { on: "Rollout argo", set: { [`${canary}.steps.1`]: gone } },
    ],
    "rollout-approval": [
        { on: "ConfigMap gate-record", set: halfway({ "required-approvals": "tech-lead" }), also: jumped },
        { on: "ConfigMap gate-record", set: halfway({ "required-approvals": gone }), also: jumped },
        { on: "Rollout argo", set: { [`${canary}.steps.3.pause`]: { duration: "30m" } } },
        { on: "Rollout argo", set: { [`${canary}.steps.2.setWeight`]: 50 } },
    ],
    "rollout-strategy": [
        { on: "Rollout argo", set: { "spec.strategy.blueGreen": { activeService: "argo-stable" } } },
        { on: "Rollout argo", set: { [`${canary}.canaryService`]: "argo-stable" } },
    ],
    "rollout-services": [
        { on: "Rollout argo", set: { [`${canary}.canaryService`]: "nobody" } },
        { on: "Rollout argo", set: { [`${canary}.stableService`]: "argo-live" } },
    ],
    "analysis-guarded": [
        { on: "AnalysisTemplate errors", set: { "spec.metrics.0.failureLimit": gone } },
        { on: "AnalysisTemplate errors", set: { "spec.metrics.0.successCondition": "result[0] < 0.01" } },
    ],
    "analysis-exists": [
        { on: "AnalysisTemplate errors", remove: true },
        { on: "Rollout argo", set: { [`${canary}.analysis.templates.0.templateName`]: "latency" } },
    ],
    "bake-time": [
        { on: "Rollout argo", set: { [`${canary}.steps.1.pause.duration`]: "30s" } },
        { on: "ConfigMap gate-record", set: { [recorded("soak-minutes")]: "29" } },
        { on: "ConfigMap gate-record", set: { [recorded("soak-minutes")]: gone } },
        { on: "ConfigMap gate-record", set: { [recorded("soak-minutes")]: "long" } },
    ],
    "way-back": [
        { on: deployment, set: { "spec.revisionHistoryLimit": 0 } },
        { on: "Rollout argo", set: { "spec.progressDeadlineAbort": gone } },
    ],
    "weight-expressible": [
        { on: "Rollout argo", set: { "spec.replicas": 3 } },
        { on: "Rollout argo", set: { "spec.replicas": 4 } },
    ],
    "candidate-capacity": [
        { on: "HorizontalPodAutoscaler v1-1-0", set: { "spec.minReplicas": 2 } },
        { on: "HorizontalPodAutoscaler v1-1-0", set: { "spec.minReplicas": 1 } },
    ],
    "stable-floor": [
        { on: "HorizontalPodAutoscaler v1-0-0", set: { "spec.minReplicas": 3 } },
        { on: "HorizontalPodAutoscaler v1-0-0", set: { "spec.minReplicas": 5 } },
    ],
    "revision-scales": [
        { on: "HorizontalPodAutoscaler v1-1-0", set: { "spec.maxReplicas": 5 } },
        { on: "HorizontalPodAutoscaler v1-0-0", remove: true, also: ["stable-floor", "replica-minimum"] },
    ],
    "stable-kept": [
        { on: "Rollout argo", set: { [`${canary}.dynamicStableScale`]: true } },
        { on: "Rollout argo", set: { [`${canary}.maxUnavailable`]: "50%" } },
    ],
    "immutable-config": [
        { on: "ConfigMap v1-1-0-config-settings", set: { immutable: gone } },
        { on: "Secret v1-0-0-config-connections", set: { immutable: false } },
    ],
    "kafka-replication": [
        { on: "index/topic:Topic engagement", set: { replicationFactor: 1 }, also: [] },
        { on: "index/topic:Topic dead-letter", set: { replicationFactor: gone } },
    ],
    "kafka-in-sync": [
        { on: "index/topic:Topic engagement", set: { "config[min.insync.replicas]": "1" } },
        { on: "index/topic:Topic engagement", set: { "config[min.insync.replicas]": "3" } },
    ],
    "kafka-clean-election": [
        { on: "index/topic:Topic engagement", set: { "config[unclean.leader.election.enable]": "true" } },
        { on: "index/topic:Topic dead-letter", set: { "config[unclean.leader.election.enable]": "true" } },
    ],
    "kafka-retention": [
        { on: "index/topic:Topic engagement", set: { "config[retention.ms]": gone } },
        { on: "index/topic:Topic dead-letter", set: { "config[retention.ms]": gone } },
    ],
    "kafka-access": [
        { on: "index/acl:Acl producer", set: { aclPrincipal: "User:*" } },
        { on: "index/acl:Acl consumer", set: { aclOperation: "All" } },
    ],
    "kafka-encrypted": [
        { on: "index/topic:Topic engagement", provider: { tlsEnabled: "false" } },
        { on: "index/acl:Acl producer", provider: { tlsEnabled: "true", skipTlsVerify: "true" } },
    ],
    "kafka-clients": [
        { on: "ConfigMap client", replace: { path: "data[producer.properties]", from: "acks=all", to: "acks=1" } },
        { on: "ConfigMap client", replace: { path: "data[broker.properties]", from: "SASL_SSL", to: "PLAINTEXT" } },
    ],
    "postgres-role": [
        { on: "index/role:Role application", set: { superuser: true } },
        { on: "index/role:Role owner", set: { createRole: true } },
    ],
    "postgres-connections": [
        { on: "index/role:Role application", set: { connectionLimit: -1 } },
        { on: "index/role:Role read-only", set: { connectionLimit: gone } },
    ],
    "postgres-grants": [
        { on: "index/grant:Grant application-connects", set: { privileges: ["ALL"] } },
        { on: "index/grant:Grant nobody-connects", set: { privileges: ["CONNECT"] } },
    ],
    "postgres-owner": [
        { on: "index/database:Database database", set: { owner: gone } },
        { on: "index/defaultPrivileges:DefaultPrivileges read-only-future-tables", set: { privileges: ["INSERT"], role: "video_ranking_owner" } },
    ],
    "postgres-encrypted": [
        { on: "index/role:Role application", provider: { sslmode: "require" } },
        { on: "index/database:Database database", provider: { sslmode: "disable" } },
    ],
    "postgres-clients-encrypted": [
        { on: deployment, set: { [`${api}.env`]: [{ name: "PGSSLMODE", value: "prefer" }] } },
        { on: deployment, set: { [`${api}.env`]: [{ name: "DATABASE_URL", value: "postgres://db.example.com/ranking?sslmode=require" }] } },
    ],
    "redis-access": [
        { on: "ConfigMap cache", replace: { path: "data[redis.conf]", from: "protected-mode yes", to: "protected-mode no" } },
        { on: "ConfigMap cache", replace: { path: "data[redis.conf]", from: "aclfile /users/acl", to: "" } },
        { on: "ConfigMap stores-redis-configuration", replace: { path: "data[sentinel.conf]", from: /aclfile \S+/, to: "" } },
    ],
    "redis-encrypted": [
        { on: "ConfigMap cache", replace: { path: "data[redis.conf]", from: "port 0", to: "port 6379" } },
        { on: "ConfigMap cache", replace: { path: "data[redis.conf]", from: "tls-port 6379", to: "" } },
        { on: "ConfigMap stores-redis-configuration", replace: { path: "data[redis.conf]", from: "port 0", to: "port 6379" } },
        { on: "ConfigMap stores-redis-configuration", replace: { path: "data[sentinel.conf]", from: "port 0", to: "port 26379" } },
        { on: "ConfigMap stores-redis-configuration", replace: { path: "data[redis.conf]", from: "tls-replication yes", to: "" } },
    ],
    "redis-memory": [
        { on: "ConfigMap cache", replace: { path: "data[redis.conf]", from: "maxmemory 100mb", to: "" } },
        { on: "ConfigMap stores-redis-configuration", replace: { path: "data[redis.conf]", from: /maxmemory-policy \S+/, to: "maxmemory-policy noeviction" } },
    ],
    "redis-commands": [
        { on: "ConfigMap cache", replace: { path: "data[redis.conf]", from: "aclfile /users/acl", to: "requirepass file" } },
        { on: "ConfigMap cache", replace: { path: "data[redis.conf]", from: "port 0", to: "enable-debug-command yes\nport 0" } },
    ],
    "clickhouse-access": [
        { on: "ConfigMap clickhouse-users", replace: { path: "data[users.yaml]", from: /password_sha256_hex: \w+/, to: "password: ''" } },
        { on: "ConfigMap clickhouse-users", replace: { path: "data[users.yaml]", from: "10.0.0.0/8", to: "'::/0'" } },
    ],
    "clickhouse-encrypted": [
        { on: "ConfigMap server", replace: { path: "data[config.yaml]", from: "https_port: 8443", to: "http_port: 8123" } },
        { on: "ConfigMap server", set: { "data[config.xml]": "<clickhouse><tcp_port>9000</tcp_port></clickhouse>" } },
        { on: "ConfigMap stores-clickhouse-configuration", replace: { path: "data[config.yaml]", from: "tcp_port_secure", to: "tcp_port" } },
        { on: "ConfigMap clickhouse-keeper-configuration", replace: { path: "data[keeper.yaml]", from: "tcp_port_secure", to: "tcp_port" } },
        { on: "ConfigMap clickhouse-keeper-configuration", replace: { path: "data[keeper.yaml]", from: "secure: true", to: "secure: false" } },
        { on: "ConfigMap server", set: { "data[keeper.yaml]": "keeper_server: {raft_configuration: {server: []}}\nzookeeper:\n  secure: true\n" } },
    ],
    "clickhouse-limits": [
        { on: "ConfigMap clickhouse-users", replace: { path: "data[users.yaml]", from: "quotas:", to: "quotes:" } },
        { on: "ConfigMap clickhouse-users", replace: { path: "data[users.yaml]", from: "readonly: 1", to: "readonly: 0" } },
    ],
    "clickhouse-tables": [
        { on: "ConfigMap client", set: { "data[tables.sql]": "CREATE TABLE events (at DateTime) ENGINE = MergeTree ORDER BY at TTL at + INTERVAL 1 DAY;" } },
        { on: "ConfigMap client", set: { "data[tables.sql]": "CREATE TABLE events (at DateTime) ENGINE = ReplicatedMergeTree ORDER BY at;" } },
    ],
    "backup-exists": [
        { on: "CronJob backup-restore-check", remove: true },
        { on: "CronJob stores-clickhouse-backup-dump", remove: true, also: ["network-policy-has-pods"] },
        // A backup of something else is none, nor is one that is switched off, or in another namespace.
        { on: "CronJob stores-clickhouse-backup-dump", set: { [recorded("backup-of")]: "redis" } },
        { on: "CronJob stores-clickhouse-backup-restore-check", set: { "spec.suspend": true } },
        {
            on: "CronJob stores-clickhouse-backup-dump",
            set: { "metadata.namespace": "nova-staging" },
            also: ["service-account-exists", "default-deny", "network-policy-has-pods"],
        },
        // A cache needs a reason like anything else.
        { on: "StatefulSet redis-servers", set: { [recorded("without-backup")]: gone } },
        { on: "StatefulSet redis-servers", set: { [recorded("without-backup")]: "not needed" } },
    ],
    "backup-alert": [
        { on: "PrometheusRule rules-stores", remove: true },
        { on: "PrometheusRule rules-stores", set: { "spec.groups": [] } },
    ],
    "protected-data": [
        { on: "PersistentVolumeClaim backup-volume", protect: false },
        { on: "index/topic:Topic engagement", protect: false },
    ],
    "storage-class": [
        { on: "StorageClass encrypted", set: { reclaimPolicy: "Delete" } },
        { on: "StorageClass encrypted", set: { parameters: {} } },
    ],
    "claim-access": [
        { on: "PersistentVolumeClaim backup-volume", set: { "spec.accessModes": ["ReadWriteMany"] } },
        { on: "StatefulSet redis-servers", set: { "spec.volumeClaimTemplates.0.spec.accessModes": ["ReadWriteMany"] } },
    ],
    "alert-labels": [
        { on: "PrometheusRule alerts", set: { "spec.groups.0.rules.0.labels.severity": "page" } },
        { on: "PrometheusRule alerts", set: { "spec.groups.0.rules.0.labels": {} } },
    ],
    "alert-annotations": [
        { on: "PrometheusRule alerts", set: { "spec.groups.0.rules.0.annotations.runbook_url": gone } },
        { on: "PrometheusRule alerts", set: { "spec.groups.0.rules.0.annotations.runbook_url": "see the wiki" } },
    ],
    "alert-for": [
        { on: "PrometheusRule alerts", set: { "spec.groups.0.rules.0.for": gone } },
        { on: "PrometheusRule alerts", set: { "spec.groups.0.rules.1.for": gone } },
    ],
    "alert-expression": [
        { on: "PrometheusRule alerts", set: { "spec.groups.0.rules.0.expr": "rate(errors[5m])" } },
        { on: "PrometheusRule alerts", set: { "spec.groups.0.rules.0.expr": "sum(rate(errors[5m]) > 1" } },
    ],
    "delivery-labels": [
        { on: "PrometheusRule alerts", set: { "metadata.labels[app.kubernetes.io/part-of]": gone } },
        { on: "ServiceMonitor service", set: { "metadata.labels": {} } },
    ],
    "dashboard-size": [
        { on: "ConfigMap dashboard-service", set: { "data[dashboard.json]": JSON.stringify({ uid: "service", panels: "x".repeat(950_000) }) } },
        { on: "ConfigMap dashboard-rollout", set: { "data[second.json]": JSON.stringify({ uid: "second", panels: "x".repeat(901_000) }) } },
    ],
    "dashboard-uid": [
        { on: "ConfigMap dashboard-service", set: { "data[dashboard.json]": JSON.stringify({ uid: "rollout" }) } },
        { on: "ConfigMap dashboard-service", set: { "data[dashboard.json]": "{" } },
    ],
    "alertmanager-routes": [
        { on: "AlertmanagerConfig routes", set: { "spec.route.routes.0.receiver": "team" } },
        { on: "AlertmanagerConfig routes", set: { "spec.route.routes.1": gone } },
    ],
    "alertmanager-inhibit": [
        { on: "AlertmanagerConfig routes", set: { "spec.inhibitRules.0.equal": [] } },
        { on: "AlertmanagerConfig routes", set: { "spec.inhibitRules.0.equal": gone } },
    ],
    "alertmanager-keys": [
        {
            on: "ConfigMap client",
            set: {
                "data[alertmanager.yaml]":
                    "route:\n  receiver: a\n  routes:\n    - {receiver: a, matchers: [severity=critical]}\n    - {receiver: a, matchers: [alertname=Watchdog]}\nreceivers:\n  - name: a\n    pagerduty_configs:\n      - routing_key: plain\n",
            },
        },
        {
            on: "ConfigMap client",
            set: {
                "data[alertmanager.yaml]":
                    "global: {smtp_auth_password: plain}\nroute:\n  receiver: a\n  routes:\n    - {receiver: a, matchers: [severity=critical]}\n    - {receiver: a, matchers: [alertname=Watchdog]}\nreceivers:\n  - name: a\n    pagerduty_configs: [{routing_key_file: /key}]\n",
            },
        },
    ],
};
