import * as k8s from "@pulumi/kubernetes";
import type { types } from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { RolloutTarget } from "../cli/target.ts";
import { defined } from "../defined.ts";
import { watchdogIdentity } from "../ledger/writers.ts";
import { variableName } from "../profile/variables.ts";
import { secretsFolderVariable } from "../settings/live/secret-source.ts";
import { recommendedLabels, selectorLabels } from "./labels.ts";
import { restrictedContainer, restrictedPodSpec } from "./restricted.ts";
import { watchdogPolicy } from "./watchdog-admission.ts";
import { oneAtATime, resourcesOf, timeoutsOf } from "./workload.ts";

export interface RolloutWatchdogArgs {
    readonly namespace: pulumi.Input<string>;
    /** The namespace's name, known before it is there: the watchdog signs its records with it. */
    readonly namespaceName: string;
    readonly service: string;
    /** Image of the watcher: what `Dockerfile` builds. In production by digest. */
    readonly image: string;
    /** Account with the rights of `watchdogRules`, and no others. */
    readonly serviceAccountName: pulumi.Input<string>;
    /** Which rollout it watches, and where the metrics are. Its kubeconfig context is if omitted, inside the cluster the account's token takes its place. */
    readonly target: RolloutTarget;
    /** How long anything may take to become ready, in seconds. */
    readonly awaitTimeoutSeconds: number;
    /**
     * How many watchers there are. One watches, by its lease; the others take over within seconds when its node goes. With one alone, a lost node would leave a
     * rollout unwatched for the five minutes that Kubernetes waits before it moves a pod.
     *
     * @default 3: one in each zone
     */
    readonly replicas?: number;
    /** The account's token, which the kubelet renews. */
    readonly token?: {
        /** Whom the token is for. @default the API server's own audience */
        readonly audience?: string;
        /** How long one counts, in seconds: 600 at the least. @default 3600 */
        readonly expirySeconds?: number;
    };
}

/**
 * Watches a rollout from inside the cluster, also while no command runs: `rollout watch`, for good.
 *
 * It can roll a candidate back and write that down, and the API server lets its account do nothing else. It has neither the engine nor a store's password.
 *
 * @throws {RangeError} when there would be no watcher, or the token would be too short-lived for Kubernetes.
 */
export class RolloutWatchdog extends pulumi.ComponentResource {
    constructor(name: string, args: RolloutWatchdogArgs, opts?: pulumi.ComponentResourceOptions) {
        const { replicas = 3, token = {} } = args;
        refuseImpossible(replicas, token.expirySeconds ?? tokenExpirySeconds);
        super("progressive-rollout:rollout:RolloutWatchdog", name, args, opts);
        const { namespace, service } = args;
        const identity = { service, component: watchdogComponent };
        const metadata = { namespace, labels: recommendedLabels(identity) };
        const selector = selectorLabels(identity);
        const objectName = `${service}-${watchdogComponent}`;
        const child = { parent: this };
        const secretName = args.target.communication?.watchdogSecretName;

        // It belongs to the whole cluster, so its own name says whose it is.
        const policyMetadata = { name: `${args.namespaceName}-${objectName}`, labels: recommendedLabels(identity) };
        const policy = new k8s.admissionregistration.v1.ValidatingAdmissionPolicy(
            `${name}-policy`,
            { metadata: policyMetadata, spec: watchdogPolicy({ namespaceName: args.namespaceName, design: args.target }) },
            child,
        );
        const bound = new k8s.admissionregistration.v1.ValidatingAdmissionPolicyBinding(
            `${name}-policy-binding`,
            {
                metadata: policyMetadata,
                spec: {
                    policyName: policy.metadata.name,
                    validationActions: ["Deny"],
                    matchResources: { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } } },
                },
            },
            child,
        );
        // Immutable and named by the engine: another target is another file, and the pods that read it are replaced.
        const target = new k8s.core.v1.ConfigMap(
            `${name}-target`,
            { metadata, immutable: true, data: { [targetKey]: JSON.stringify({ ...args.target, kubeContext: undefined }) } },
            child,
        );
        new k8s.apps.v1.Deployment(
            `${name}-deployment`,
            {
                metadata: { ...metadata, name: objectName },
                spec: {
                    replicas,
                    selector: { matchLabels: selector },
                    revisionHistoryLimit: 2,
                    progressDeadlineSeconds: args.awaitTimeoutSeconds,
                    strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
                    template: {
                        metadata: { labels: recommendedLabels(identity) },
                        spec: {
                            ...restrictedPodSpec(args.serviceAccountName),
                            // A rollback that has begun is finished first.
                            terminationGracePeriodSeconds: 60,
                            topologySpreadConstraints: ["topology.kubernetes.io/zone", "kubernetes.io/hostname"].map((topologyKey) =>
                                spreadOver(topologyKey, selector),
                            ),
                            containers: [watcher(args)],
                            volumes: [
                                { name: "target", configMap: { name: target.metadata.name, defaultMode: 0o440 } },
                                { name: "identity", projected: identityVolume(token) },
                                // The platform team makes it. The watchdog watches without it too, and the ledger then shows that no message was sent.
                                ...(secretName === undefined ? [] : [{ name: secretsVolume, secret: { secretName, optional: true, defaultMode: 0o440 } }]),
                            ],
                        },
                    },
                },
            },
            { parent: this, dependsOn: bound, customTimeouts: timeoutsOf(args.awaitTimeoutSeconds) },
        );
        new k8s.policy.v1.PodDisruptionBudget(`${name}-disruption-budget`, { metadata: { ...metadata, name: objectName }, spec: oneAtATime(selector) }, child);
        this.registerOutputs({});
    }
}

/** What the watchdog is called in labels, network policies and its service account. */
export const watchdogComponent = "watchdog";

/** Port of the watcher's own metrics, and of its probes. */
export const watchdogMetricsPort = 9090;

const targetKey = "target.json";
const targetFolder = "/etc/rollout";
/** The notifiers' secrets, one file for each environment variable that the config names. */
const secretsFolder = "/etc/rollout-secrets";
const secretsVolume = "notifiers";
/** Where every client library looks for the identity of its pod. https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/ */
const identityFolder = "/var/run/secrets/kubernetes.io/serviceaccount";
const tokenExpirySeconds = 3_600;
/** Kubernetes refuses less. https://kubernetes.io/docs/concepts/storage/projected-volumes/#serviceaccounttoken */
const shortestExpirySeconds = 600;

function watcher({ image, service, namespaceName, target }: RolloutWatchdogArgs): types.input.core.v1.Container {
    const hasSecrets = target.communication?.watchdogSecretName !== undefined;
    const health = { httpGet: { path: "/healthz", port: "metrics" } };
    return {
        name: "watcher",
        image,
        imagePullPolicy: "IfNotPresent",
        args: ["watch", "--target", `${targetFolder}/${targetKey}`, "--forever", "--json", "--metrics-port", String(watchdogMetricsPort)],
        // A cluster may run the pod as a user that the image does not know, and libraries ask for that user's name and home.
        env: [
            { name: "HOME", value: "/app" },
            // Signs the records where the API server can't be asked.
            { name: variableName(target.profile, "IDENTITY"), value: watchdogIdentity(namespaceName, service) },
            ...(hasSecrets ? [{ name: secretsFolderVariable, value: secretsFolder }] : []),
        ],
        ports: [{ name: "metrics", containerPort: watchdogMetricsPort }],
        // Measured: 243 MiB once everything is loaded, most of it the SDK of Pulumi and the client of Kubernetes.
        resources: resourcesOf("100m", { requestMi: 320, limitMi: 512 }),
        securityContext: restrictedContainer,
        volumeMounts: [
            { name: "target", mountPath: targetFolder, readOnly: true },
            { name: "identity", mountPath: identityFolder, readOnly: true },
            ...(hasSecrets ? [{ name: secretsVolume, mountPath: secretsFolder, readOnly: true }] : []),
        ],
        startupProbe: { ...health, periodSeconds: 2, failureThreshold: 30 },
        livenessProbe: { ...health, periodSeconds: 10, failureThreshold: 6 },
        readinessProbe: { ...health, periodSeconds: 5, failureThreshold: 2 },
        lifecycle: { preStop: { sleep: { seconds: 5 } } },
    };
}

/** Evenly, as far as the nodes allow: a watcher in the wrong zone is better than none. */
function spreadOver(topologyKey: string, matchLabels: Record<string, string>): types.input.core.v1.TopologySpreadConstraint {
    return { maxSkew: 1, topologyKey, whenUnsatisfiable: "ScheduleAnyway", labelSelector: { matchLabels } };
}

/** What a mounted token consists of: the token itself, the authority of the API server, and the namespace. */
function identityVolume({
    audience,
    expirySeconds = tokenExpirySeconds,
}: NonNullable<RolloutWatchdogArgs["token"]>): types.input.core.v1.ProjectedVolumeSource {
    return {
        defaultMode: 0o440,
        sources: [
            { serviceAccountToken: { path: "token", expirationSeconds: expirySeconds, ...defined({ audience }) } },
            { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
            { downwardAPI: { items: [{ path: "namespace", fieldRef: { fieldPath: "metadata.namespace" } }] } },
        ],
    };
}

function refuseImpossible(replicas: number, expirySeconds: number): void {
    if (!Number.isInteger(replicas) || replicas < 1) {
        throw new RangeError(`replicas is ${String(replicas)}: use a whole number of at least 1, or leave the watchdog out`);
    }
    if (!Number.isInteger(expirySeconds) || expirySeconds < shortestExpirySeconds) {
        throw new RangeError(`token.expirySeconds is ${String(expirySeconds)}: use a whole number of at least ${String(shortestExpirySeconds)}`);
    }
}
