import { z } from "zod";

import { dnsLabel, dnsLabelFix, dnsName, dnsNameFix, text } from "./text.ts";

/** The schema of the key `cluster`. */
export const clusterSchema = z.strictObject({
    kubeContext: text.meta({
        description: "Context of the kubeconfig. The environment variable NOVA_KUBECONTEXT overrides it.",
        examples: ["nova-prod"],
        fix: "name a context of `kubectl config get-contexts`",
    }),
    clusterIdentifier: text.meta({
        description: "Identity of the cluster. Resources are replaced when it changes, and never because the kubeconfig does.",
        examples: ["nova-prod"],
        fix: "choose any text that stays with the cluster",
    }),
    awaitTimeoutSeconds: z
        .int("is not a whole number")
        .min(10, "is too short")
        .max(3_600, "is too long")
        // Pulumi's own limit for a Deployment: https://www.pulumi.com/registry/packages/kubernetes/api-docs/apps/v1/deployment/
        .default(600)
        .meta({ description: "How long a resource may take to become ready, in seconds.", examples: [300], fix: "use 10 to 3600 seconds" }),
    storageClassName: text
        .regex(dnsName, "is not the name of a StorageClass")
        .exactOptional()
        .meta({
            description: "StorageClass of persistent volumes. Defaults to the cluster's default.",
            examples: ["encrypted-retain"],
            fix: dnsNameFix,
        }),
    podNetworks: z
        .array(z.cidrv4("is not a network in CIDR form").or(z.cidrv6("is not a network in CIDR form")))
        .min(1, "is empty")
        .meta({
            description: "Networks that the cluster gives to pods. Stores refuse logins from elsewhere.",
            examples: [["10.244.0.0/16"]],
            fix: "write the cluster's pod networks, such as 10.244.0.0/16",
        }),
    monitoringNamespace: text
        .regex(dnsLabel, "is not a DNS label")
        .meta({ description: "Namespace of Prometheus, which may reach the metrics ports.", examples: ["monitoring"], fix: dnsLabelFix }),
});
