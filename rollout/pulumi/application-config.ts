import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import type { LabelKeys } from "../route/label-keys.ts";
import { type RevisionSpec, revisionDigest } from "../route/revision.ts";

export interface ApplicationConfigArgs {
    readonly namespace: pulumi.Input<string>;
    /** Labels of both objects: the revision's recommended labels, with its version. */
    readonly labels: Record<string, string>;
    /** Of the annotation that says which revision they are made for. */
    readonly keys: Pick<LabelKeys, "revisionDigest">;
    /** The one revision that reads these files. */
    readonly revision: RevisionSpec;
    /** Connection settings and passwords, one file a key. */
    readonly secretFiles: Readonly<Record<string, pulumi.Input<string>>>;
}

/**
 * What one revision reads from files: its settings, and the secrets that it connects with.
 *
 * Both objects are immutable and named by the engine, so a pod of the stable revision that restarts in the middle of a rollout finds exactly what it had. A changed secret is a
 * new object, and the pods that mount it are replaced.
 *
 * @throws {RangeError} when a key can't be a file name.
 */
export class ApplicationConfig extends pulumi.ComponentResource {
    /** ConfigMap with the settings. */
    public readonly configMapName: pulumi.Output<string>;
    /** Secret with the connection settings. */
    public readonly secretName: pulumi.Output<string>;

    constructor(name: string, args: ApplicationConfigArgs, opts?: pulumi.ComponentResourceOptions) {
        refuseBadKeys("revision.config", args.revision.config);
        refuseBadKeys("secretFiles", args.secretFiles);
        const secretFiles = pulumi.secret(args.secretFiles);
        const { keys, ...inputs } = args;
        super("progressive-rollout:config:ApplicationConfig", name, { ...inputs, secretFiles }, opts);
        const metadata = {
            namespace: args.namespace,
            labels: args.labels,
            annotations: { [keys.revisionDigest]: revisionDigest(args.revision) },
        };
        const child = { parent: this };

        const settings = new k8s.core.v1.ConfigMap(`${name}-settings`, { metadata, immutable: true, data: args.revision.config }, child);
        const connections = new k8s.core.v1.Secret(`${name}-connections`, { metadata, immutable: true, type: "Opaque", stringData: secretFiles }, child);

        this.configMapName = settings.metadata.name;
        this.secretName = connections.metadata.name;
        this.registerOutputs({ configMapName: this.configMapName, secretName: this.secretName });
    }
}

/** @see https://kubernetes.io/docs/concepts/configuration/configmap/#configmap-object */
function refuseBadKeys(argument: string, files: Readonly<Record<string, unknown>>): void {
    const bad = Object.keys(files).filter((key) => !/^[-._a-zA-Z0-9]{1,253}$/.test(key) || key.startsWith(".."));
    if (bad.length > 0) {
        throw new RangeError(`${argument} has the key ${bad.map((key) => `'${key}'`).join(", ")}: a file's name holds letters, digits, '-', '_' and '.' only`);
    }
}
