import { z } from "zod";

import { dnsLabel, dnsLabelFix, text } from "./text.ts";

/** The schema of the key `cluster`. */
export const clusterSchema = z.strictObject({
    kubeContext: text.meta({
        description: "Context of the kubeconfig. An environment variable overrides it: the variable prefix with _KUBECONTEXT.",
        examples: ["shop-prod"],
        fix: "name a context of `kubectl config get-contexts`",
    }),
    awaitTimeoutSeconds: z
        .int("is not a whole number")
        .min(10, "is too short")
        .max(3_600, "is too long")
        // Pulumi's own limit for a Deployment: https://www.pulumi.com/registry/packages/kubernetes/api-docs/apps/v1/deployment/
        .default(600)
        .meta({ description: "How long a resource may take to become ready, in seconds.", examples: [300], fix: "use 10 to 3600 seconds" }),
    monitoringNamespace: text
        .regex(dnsLabel, "is not a DNS label")
        .exactOptional()
        .meta({
            description: "Namespace of the monitoring system. The preflight looks for dashboards there too. Defaults to the namespace of the stack.",
            examples: ["monitoring"],
            fix: dnsLabelFix,
        }),
});
