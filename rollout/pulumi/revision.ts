import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { LabelKeys } from "../route/label-keys.ts";
import { type RevisionSpec, revisionObjectName } from "../route/revision.ts";
import { testersServiceName } from "../route/testers.ts";
import { ApplicationConfig } from "./application-config.ts";
import { recommendedLabels } from "./labels.ts";
import { podTemplate } from "./revision-pod.ts";

export { revisionObjectName } from "../route/revision.ts";

export interface RevisionArgs {
    /** Namespace of all objects of the revision. */
    readonly namespace: pulumi.Input<string>;
    /** Name of the service that this is a revision of. */
    readonly service: string;
    /** Of the label that tells the pods of revisions apart, and of the files' annotation. */
    readonly keys: LabelKeys;
    /** What runs, and with which settings. */
    readonly revision: RevisionSpec;
    /** Identity of the pods. Its token is not mounted. */
    readonly serviceAccountName: pulumi.Input<string>;
    /** Credentials and endpoints, one file a key, mounted read-only. The revision gets a copy of its own. */
    readonly secretFiles: Readonly<Record<string, pulumi.Input<string>>>;
    /**
     * Certificates of the stores' authorities: of each file, the Secret whose `ca.crt` it is.
     *
     * @default none
     */
    readonly authorities?: Readonly<Record<string, pulumi.Input<string>>>;
    /** How long the Deployment may take to become available, in seconds. */
    readonly awaitTimeoutSeconds: number;
}

/**
 * One immutable revision of the service: its pods, its settings and secrets, its Services for users and for testers, and its disruption budget, all under the revision's name.
 *
 * Which share of the traffic it gets and how many pods it has is not decided here: that is what lets a revision be promoted or rolled back without
 * touching a pod. The Deployment has no `replicas`: the autoscaler owns the number, and a program that sets it too runs into conflicts.
 */
export class Revision extends pulumi.ComponentResource {
    /** Name of the Service in front of the revision's pods. */
    public readonly serviceName: pulumi.Output<string>;
    /** Name of the Deployment, for an autoscaler to point at. */
    public readonly deploymentName: pulumi.Output<string>;

    constructor(name: string, args: RevisionArgs, opts?: pulumi.ComponentResourceOptions) {
        const secretFiles = pulumi.secret(args.secretFiles);
        const { keys, ...inputs } = args;
        super("progressive-rollout:workload:Revision", name, { ...inputs, secretFiles }, opts);
        const { namespace, service, revision } = args;
        const objectName = revisionObjectName(service, revision.name);
        const labels = { ...recommendedLabels({ service, component: "api", version: revision.name }), [keys.revision]: revision.name };
        const selector = { "app.kubernetes.io/name": service, "app.kubernetes.io/component": "api", [keys.revision]: revision.name };
        const metadata = { name: objectName, namespace, labels };

        const config = new ApplicationConfig(`${name}-config`, { namespace, labels, keys, revision, secretFiles: args.secretFiles }, { parent: this });
        const template = podTemplate({
            image: revision.image,
            labels,
            selector,
            serviceAccountName: args.serviceAccountName,
            configMapName: config.configMapName,
            secretName: config.secretName,
            authorities: args.authorities ?? {},
        });
        const deployment = new k8s.apps.v1.Deployment(
            `${name}-deployment`,
            {
                metadata,
                spec: {
                    selector: { matchLabels: selector },
                    progressDeadlineSeconds: args.awaitTimeoutSeconds,
                    revisionHistoryLimit: 2,
                    strategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
                    template,
                },
            },
            { parent: this, customTimeouts: { create: `${String(args.awaitTimeoutSeconds)}s`, update: `${String(args.awaitTimeoutSeconds)}s` } },
        );
        const serviceObject = new k8s.core.v1.Service(
            `${name}-service`,
            {
                // The provider waits ten seconds at every new Service. The guard waits for ready endpoints before any weight moves, which says more.
                metadata: { ...metadata, annotations: { "pulumi.com/skipAwait": "true" } },
                spec: {
                    type: "ClusterIP",
                    selector,
                    ports: [
                        { name: "http", port: 80, targetPort: "http" },
                        { name: "metrics", port: 9090, targetPort: "metrics" },
                    ],
                },
            },
            { parent: this },
        );
        // The same pods under another name: the gateway counts what testers ask apart from what users ask.
        new k8s.core.v1.Service(
            `${name}-testers-service`,
            {
                metadata: { ...metadata, name: testersServiceName(service, revision.name), annotations: { "pulumi.com/skipAwait": "true" } },
                spec: { type: "ClusterIP", selector, ports: [{ name: "http", port: 80, targetPort: "http" }] },
            },
            { parent: this },
        );
        new k8s.policy.v1.PodDisruptionBudget(
            `${name}-disruption-budget`,
            { metadata, spec: { maxUnavailable: 1, unhealthyPodEvictionPolicy: "AlwaysAllow", selector: { matchLabels: selector } } },
            { parent: this },
        );

        this.serviceName = serviceObject.metadata.name;
        this.deploymentName = deployment.metadata.name;
        this.registerOutputs({ serviceName: this.serviceName, deploymentName: this.deploymentName });
    }
}
