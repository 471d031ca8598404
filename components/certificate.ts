import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { recommendedLabels } from "../rollout/pulumi/labels.ts";

export interface CertificateArgs {
    /** Namespace of the Secret that the certificate is written to: the Gateway's, for its listener to find. */
    readonly namespace: pulumi.Input<string>;
    /** The service that the certificate belongs to. */
    readonly service: string;
    /** Host names that it is valid for, at least one. A `*` may stand for the first label. */
    readonly hostnames: readonly pulumi.Input<string>[];
    /** Who signs it: an issuer of cert-manager. */
    readonly issuer: { readonly kind: "ClusterIssuer" | "Issuer"; readonly name: string };
    /** Name of the Secret: what the Gateway's listener refers to. */
    readonly secretName: string;
    /** How long cert-manager may take to issue it, in seconds. */
    readonly awaitTimeoutSeconds: number;
}

/** How long a certificate is valid: 90 days, what public authorities give (https://letsencrypt.org/docs/faq/). */
const duration = "2160h";
/** How long before its end it is renewed: 30 days, so that a broken issuer is noticed weeks before users notice. */
const renewBefore = "720h";

/**
 * A TLS certificate from cert-manager, renewed by itself, each time with a new private key. It is there when cert-manager has issued it.
 *
 * @throws {RangeError} when there is no host name.
 * @see https://cert-manager.io/docs/usage/certificate/
 */
export class Certificate extends pulumi.ComponentResource {
    /** Name of the Secret with `tls.crt` and `tls.key`. */
    public readonly secretName: pulumi.Output<string>;

    constructor(name: string, args: CertificateArgs, opts?: pulumi.ComponentResourceOptions) {
        if (args.hostnames.length === 0) {
            throw new RangeError("hostnames is empty: name at least one host");
        }
        super("nova:tls:Certificate", name, args, opts);
        const limit = `${String(args.awaitTimeoutSeconds)}s`;

        const certificate = new k8s.apiextensions.CustomResource(
            `${name}-certificate`,
            {
                apiVersion: "cert-manager.io/v1",
                kind: "Certificate",
                metadata: {
                    name: args.secretName,
                    namespace: args.namespace,
                    labels: recommendedLabels({ service: args.service, component: "certificate" }),
                    annotations: { "pulumi.com/waitFor": "condition=Ready" },
                },
                spec: {
                    secretName: args.secretName,
                    dnsNames: [...args.hostnames],
                    duration,
                    renewBefore,
                    issuerRef: { group: "cert-manager.io", kind: args.issuer.kind, name: args.issuer.name },
                    privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Always" },
                    revisionHistoryLimit: 1,
                    usages: ["digital signature", "key encipherment", "server auth"],
                },
            },
            // Replaced under the same name, it would be deleted after it was made.
            { parent: this, deleteBeforeReplace: true, customTimeouts: { create: limit, update: limit } },
        );

        this.secretName = pulumi.all([certificate.urn, args.secretName]).apply(([, secretName]) => secretName);
        this.registerOutputs({ secretName: this.secretName });
    }
}
