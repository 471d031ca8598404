import type { AnalyzedResource } from "./runtime.ts";

const namespace = "nova-prod";
const labels = {
    "app.kubernetes.io/name": "video-ranking",
    "app.kubernetes.io/instance": "video-ranking-extra",
    "app.kubernetes.io/component": "api",
    "app.kubernetes.io/part-of": "video-ranking",
    "app.kubernetes.io/managed-by": "pulumi",
};

/** A resource of a Kubernetes kind, as a program would declare it. */
export function kubernetes(apiVersion: string, kind: string, name: string, properties: object, metadata: object = {}): AnalyzedResource {
    const token = apiVersion.includes("/") ? apiVersion : `core/${apiVersion}`;
    return { type: `kubernetes:${token}:${kind}`, name, properties: { apiVersion, kind, metadata: { name, namespace, labels, ...metadata }, ...properties } };
}

const container = {
    name: "api",
    image: `registry.example.com/nova/api@sha256:${"a".repeat(64)}`,
    ports: [{ name: "http", containerPort: 8080 }],
    resources: { requests: { cpu: "100m", memory: "100Mi", "ephemeral-storage": "10Mi" }, limits: { memory: "150Mi" } },
    securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, runAsNonRoot: true, capabilities: { drop: ["ALL"] } },
    readinessProbe: { httpGet: { path: "/ready", port: "http" } },
    livenessProbe: { httpGet: { path: "/live", port: "http" } },
    lifecycle: { preStop: { sleep: { seconds: 10 } } },
};

/** A pod template that no rule objects to. */
export const goodTemplate = {
    metadata: { labels: { ...labels, "nova.example.com/revision": "argo" } },
    spec: {
        serviceAccountName: "video-ranking-application",
        automountServiceAccountToken: false,
        terminationGracePeriodSeconds: 40,
        securityContext: { runAsNonRoot: true, runAsUser: 10_001, runAsGroup: 10_001, seccompProfile: { type: "RuntimeDefault" } },
        topologySpreadConstraints: [{ maxSkew: 1, topologyKey: "kubernetes.io/hostname", whenUnsatisfiable: "ScheduleAnyway" }],
        containers: [container],
    },
};

const selector = { ...labels, "nova.example.com/revision": "argo" };

const alert = {
    alert: "ErrorsTooMany",
    expr: 'sum(rate(http_requests_total{code=~"5.."}[5m])) / sum(rate(http_requests_total[5m])) > 0.01',
    for: "5m",
    labels: { severity: "critical" },
    annotations: { summary: "errors", description: "Too many requests fail.", runbook_url: "https://runbooks.example.com/errors" },
};

/**
 * Objects of the kinds that the project's own stack does not have, so that every rule has something to judge. They are as they should be: no rule objects to them.
 *
 * `serviceAccountName` is the one of the stack's application pods.
 */
export function extras(serviceAccountName: string): readonly AnalyzedResource[] {
    const template = { ...goodTemplate, spec: { ...goodTemplate.spec, serviceAccountName } };
    return [
        kubernetes("argoproj.io/v1alpha1", "Rollout", "argo", {
            spec: {
                replicas: 10,
                revisionHistoryLimit: 3,
                progressDeadlineSeconds: 3600,
                progressDeadlineAbort: true,
                rollbackWindow: { revisions: 3 },
                selector: { matchLabels: selector },
                template,
                strategy: {
                    canary: {
                        stableService: "argo-stable",
                        canaryService: "argo-canary",
                        abortScaleDownDelaySeconds: 600,
                        analysis: { templates: [{ templateName: "errors" }] },
                        steps: [
                            { setWeight: 10 },
                            { pause: { duration: "15m" } },
                            { setWeight: 40 },
                            { pause: {} },
                            { setWeight: 80 },
                            { pause: { duration: "30m" } },
                        ],
                    },
                },
            },
        }),
        ...["argo-stable", "argo-canary"].map((name) => kubernetes("v1", "Service", name, { spec: { selector, ports: [{ port: 80, targetPort: "http" }] } })),
        kubernetes("policy/v1", "PodDisruptionBudget", "argo", {
            spec: { maxUnavailable: 1, unhealthyPodEvictionPolicy: "AlwaysAllow", selector: { matchLabels: selector } },
        }),
        kubernetes("argoproj.io/v1alpha1", "AnalysisTemplate", "errors", {
            spec: {
                metrics: [
                    {
                        name: "errors",
                        count: 5,
                        interval: "60s",
                        failureLimit: 1,
                        consecutiveErrorLimit: 2,
                        successCondition: "len(result) > 0 && !isNaN(result[0]) && result[0] < 0.01",
                        provider: { prometheus: { query: 'sum(rate(errors{revision="{{args.revision}}"}[5m]))' } },
                    },
                ],
            },
        }),
        kubernetes("networking.k8s.io/v1", "Ingress", "admin", {
            spec: {
                tls: [{ hosts: ["admin.example.com"], secretName: "admin" }],
                rules: [
                    {
                        host: "admin.example.com",
                        http: { paths: [{ path: "/", pathType: "Prefix", backend: { service: { name: "argo-stable", port: { number: 80 } } } }] },
                    },
                ],
            },
        }),
        kubernetes("gateway.networking.k8s.io/v1", "Gateway", "edge", {
            spec: { gatewayClassName: "edge", listeners: [{ name: "https", port: 443, protocol: "HTTPS", tls: { certificateRefs: [{ name: "edge" }] } }] },
        }),
        kubernetes("rbac.authorization.k8s.io/v1", "Role", "reader", { rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get"] }] }),
        kubernetes("rbac.authorization.k8s.io/v1", "RoleBinding", "reader", {
            roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "reader" },
            subjects: [{ kind: "ServiceAccount", name: "watcher", namespace }],
        }),
        kubernetes("storage.k8s.io/v1", "StorageClass", "encrypted", {
            reclaimPolicy: "Retain",
            allowVolumeExpansion: true,
            parameters: { encrypted: "true" },
        }),
        kubernetes("monitoring.coreos.com/v1", "PrometheusRule", "alerts", {
            spec: {
                groups: [
                    {
                        name: "service",
                        rules: [
                            alert,
                            { ...alert, alert: "QueueTooLong", expr: "max(queue_length) > 100000" },
                            { record: "errors:rate5m", expr: "sum(rate(errors[5m]))" },
                        ],
                    },
                ],
            },
        }),
        kubernetes("monitoring.coreos.com/v1", "ServiceMonitor", "service", {
            spec: { selector: { matchLabels: { "app.kubernetes.io/instance": "video-ranking-extra" } }, endpoints: [{ port: "http" }] },
        }),
        kubernetes("monitoring.coreos.com/v1alpha1", "AlertmanagerConfig", "routes", {
            spec: {
                route: {
                    receiver: "team",
                    routes: [
                        { receiver: "pager", matchers: [{ name: "severity", value: "critical" }] },
                        { receiver: "watchdog", matchers: [{ name: "alertname", value: "Watchdog" }] },
                    ],
                },
                receivers: [
                    { name: "team" },
                    { name: "pager", pagerdutyConfigs: [{ routingKey: { name: "pager", key: "key" } }] },
                    { name: "watchdog", webhookConfigs: [{ url: "https://watchdog.example.com" }] },
                ],
                inhibitRules: [{ sourceMatch: [], targetMatch: [], equal: ["namespace"] }],
            },
        }),
        ...["service", "rollout"].map((name) =>
            kubernetes(
                "v1",
                "ConfigMap",
                `dashboard-${name}`,
                { data: { "dashboard.json": JSON.stringify({ uid: name, panels: [] }) } },
                { labels: { ...labels, grafana_dashboard: "1" } },
            ),
        ),
        kubernetes("v1", "ConfigMap", "client", {
            data: { "producer.properties": "acks=all\nlinger.ms=5\n", "broker.properties": "auto.create.topics.enable=false\nlisteners=SASL_SSL://:9093\n" },
        }),
        kubernetes("v1", "ConfigMap", "clickhouse-users", {
            data: {
                "users.yaml": `profiles:\n  read_only:\n    readonly: 1\nquotas:\n  default: {}\nusers:\n  reader:\n    password_sha256_hex: ${"c".repeat(64)}\n    networks:\n      ip: [10.0.0.0/8]\n`,
            },
        }),
        kubernetes("v1", "ConfigMap", "cache", {
            data: { "redis.conf": "port 0\ntls-port 6379\naclfile /users/acl\nprotected-mode yes\nmaxmemory 100mb\nmaxmemory-policy allkeys-lru\n" },
        }),
        kubernetes("v1", "ConfigMap", "server", { data: { "config.yaml": "https_port: 8443\ntcp_port_secure: 9440\n" } }),
    ];
}
