import { goodTemplate, kubernetes } from "../extras.ts";
import type { AnalyzedResource } from "../runtime.ts";

const [container] = goodTemplate.spec.containers;
const deployment = (change: object, pod: object = {}, spec: object = {}): readonly AnalyzedResource[] => [
    kubernetes("apps/v1", "Deployment", "api", {
        spec: {
            selector: { matchLabels: goodTemplate.metadata.labels },
            replicas: 3,
            template: { ...goodTemplate, spec: { ...goodTemplate.spec, ...pod, containers: [{ ...container, ...change }] } },
            ...spec,
        },
    }),
];
const route = (weights: readonly (number | undefined)[], annotations: Readonly<Record<string, string>>): readonly AnalyzedResource[] => [
    kubernetes(
        "gateway.networking.k8s.io/v1",
        "HTTPRoute",
        "api",
        {
            spec: {
                parentRefs: [{ name: "edge" }],
                hostnames: ["api.example.com"],
                rules: [{ backendRefs: ["v1", "v2"].map((revision, index) => ({ name: `api-${revision}`, port: 80, weight: weights[index] })) }],
            },
        },
        { annotations },
    ),
];
const record = { "nova.example.com/stable": "v1@sha256:aa", "nova.example.com/candidate": "v2@sha256:bb", "nova.example.com/rollout-percent": "50" };

/** Ten mistakes that people make, by the name of the rule that stops them; and `none`, which only the rules over a whole stack object to. */
export const mistakes: Readonly<Record<string, readonly AnalyzedResource[]>> = {
    "no-privileged-container": deployment({ securityContext: { ...container?.securityContext, privileged: true } }),
    "image-tag": deployment({ image: "registry.example.com/api:latest" }),
    "memory-limit": deployment({ resources: { requests: container?.resources.requests } }),
    "no-plain-secret": deployment({ env: [{ name: "DB_PASSWORD", value: "correct-horse-battery" }] }),
    "rolling-update": deployment({}, {}, { strategy: { type: "Recreate" } }),
    "readiness-probe": deployment({ readinessProbe: undefined }),
    "rbac-wildcard": [kubernetes("rbac.authorization.k8s.io/v1", "Role", "all", { rules: [{ apiGroups: ["*"], resources: ["pods"], verbs: ["get"] }] })],
    "service-exposure": [kubernetes("v1", "Service", "api", { spec: { type: "LoadBalancer", selector: goodTemplate.metadata.labels, ports: [{ port: 80 }] } })],
    "rollout-weights": route([undefined, 50], record),
    "rollout-step": route([50, 50], { ...record, "nova.example.com/previous-percent": "10" }),
    none: [kubernetes("v1", "ConfigMap", "settings", { data: { LOG_LEVEL: "info" } })],
};
