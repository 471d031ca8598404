import type { types } from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

import { restrictedContainer, restrictedPodSpec } from "./restricted.ts";

/** What differs between the pods of two revisions. */
export interface RevisionPodArgs {
    readonly image: string;
    readonly labels: Readonly<Record<string, string>>;
    /** Labels that select the pods of this revision, for the spread over zones. */
    readonly selector: Readonly<Record<string, string>>;
    readonly serviceAccountName: pulumi.Input<string>;
    readonly configMapName: pulumi.Input<string>;
    readonly secretName: pulumi.Input<string>;
    /** Certificates of authorities that the pod trusts: of each file, the Secret whose `ca.crt` it is. */
    readonly authorities: Readonly<Record<string, pulumi.Input<string>>>;
}

/**
 * The pod of a revision: settings and secrets as files, three probes, a drain before the end, spread over zones, restricted by the Pod Security Standards.
 *
 * Memory: the checklist asks for less than 300Mi used per pod, so that is the request, and the limit lies above it: the criterion speaks before the kernel kills.
 */
export function podTemplate(args: RevisionPodArgs): types.input.core.v1.PodTemplateSpec {
    const hasAuthorities = Object.keys(args.authorities).length > 0;
    return {
        metadata: { labels: { ...args.labels } },
        spec: {
            ...restrictedPodSpec(args.serviceAccountName),
            terminationGracePeriodSeconds: drainSeconds + longestRequestSeconds,
            topologySpreadConstraints: [
                {
                    maxSkew: 1,
                    topologyKey: "topology.kubernetes.io/zone",
                    whenUnsatisfiable: "ScheduleAnyway",
                    labelSelector: { matchLabels: { ...args.selector } },
                },
                {
                    maxSkew: 1,
                    topologyKey: "kubernetes.io/hostname",
                    whenUnsatisfiable: "ScheduleAnyway",
                    labelSelector: { matchLabels: { ...args.selector } },
                },
            ],
            containers: [
                {
                    name: "api",
                    image: args.image,
                    imagePullPolicy: "IfNotPresent",
                    ports: [
                        { name: "http", containerPort: 8080 },
                        { name: "metrics", containerPort: 9090 },
                    ],
                    env: Object.entries(identityFields).map(([name, fieldPath]) => ({ name, valueFrom: { fieldRef: { fieldPath } } })),
                    resources: {
                        requests: { cpu: "250m", memory: "300Mi", "ephemeral-storage": "128Mi" },
                        limits: { memory: "400Mi", "ephemeral-storage": "256Mi" },
                    },
                    securityContext: restrictedContainer,
                    startupProbe: { httpGet: { path: "/health/started", port: "http" }, periodSeconds: 2, failureThreshold: 30 },
                    readinessProbe: { httpGet: { path: "/health/ready", port: "http" }, periodSeconds: 5, timeoutSeconds: 2, failureThreshold: 2 },
                    livenessProbe: { httpGet: { path: "/health/live", port: "http" }, periodSeconds: 10, timeoutSeconds: 2, failureThreshold: 6 },
                    lifecycle: { preStop: { sleep: { seconds: drainSeconds } } },
                    volumeMounts: [
                        { name: "settings", mountPath: "/etc/service/settings", readOnly: true },
                        { name: "secrets", mountPath: "/etc/service/secrets", readOnly: true },
                        { name: "scratch", mountPath: "/tmp" },
                        ...(hasAuthorities ? [{ name: "authorities", mountPath: authorityFolder, readOnly: true }] : []),
                    ],
                },
            ],
            volumes: [
                { name: "settings", configMap: { name: args.configMapName, defaultMode: 0o440 } },
                { name: "secrets", secret: { secretName: args.secretName, defaultMode: 0o440 } },
                { name: "scratch", emptyDir: { sizeLimit: "64Mi" } },
                // Renewed together with the authority: a pod needs no new revision for that, and sees no private key.
                ...(hasAuthorities ? [{ name: "authorities", projected: { defaultMode: 0o440, sources: authoritySources(args.authorities) } }] : []),
            ],
        },
    };
}

function authoritySources(authorities: RevisionPodArgs["authorities"]): types.input.core.v1.VolumeProjection[] {
    return Object.entries(authorities).map(([path, name]) => ({ secret: { name, items: [{ key: "ca.crt", path }] } }));
}

/** Who a process is, by its environment: answers and log lines carry it. The revision's name is its version (labels.ts). */
const identityFields = {
    SERVICE_NAME: "metadata.labels['app.kubernetes.io/name']",
    REVISION_NAME: "metadata.labels['app.kubernetes.io/version']",
    POD_NAME: "metadata.name",
} as const;

/** How long a pod goes on serving after its end was decided, in seconds: proxies need to hear of it. https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination */
const drainSeconds = 10;

/** How long the longest request may still run after the drain, in seconds. */
const longestRequestSeconds = 20;

/** Where pods find the certificates of the stores' authorities: one file a store, `redis.crt`. */
export const authorityFolder = "/etc/service/authorities";
