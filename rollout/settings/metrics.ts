import { z } from "zod";

import { gatewayStatisticsSchema } from "./gateway-statistics.ts";
import { fromFile, fromVariable } from "./secret-source.ts";
import { url, urlFix } from "./text.ts";

const certificates = /^\s*(-----BEGIN CERTIFICATE-----\s[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----\s*)+$/;
const ownMachine = /^http:\/\/(127\.0\.0\.1|localhost)(?=[:/]|$)/;

/** A token goes over TLS, or stays on the machine, as with a forwarded port. */
function tokenIsSafe(address: string, sources: { readonly prometheusTokenVariable?: string; readonly prometheusTokenFile?: string }): boolean {
    const hasToken = sources.prometheusTokenVariable !== undefined || sources.prometheusTokenFile !== undefined;
    return !hasToken || address.startsWith("https://") || ownMachine.test(address);
}

/** The schema of the key `metrics`. The token itself is never in the config. */
export const metricsSchema = z
    .strictObject({
        prometheusUrl: url.meta({
            description: "Where Prometheus answers queries.",
            examples: ["https://prometheus.example.com"],
            fix: urlFix,
        }),
        prometheusTokenVariable: fromVariable("Prometheus' bearer token. Omitted, with no file either: no token is sent", "PROMETHEUS_TOKEN"),
        prometheusTokenFile: fromFile("Prometheus' bearer token", "/var/run/secrets/kubernetes.io/serviceaccount/token"),
        prometheusCertificateAuthority: z
            .string()
            .regex(certificates, "is no certificate in PEM form")
            .exactOptional()
            .meta({
                description: "Authority that signed Prometheus' certificate, in PEM form. Defaults to those that Node trusts.",
                examples: ["-----BEGIN CERTIFICATE----- (base64) -----END CERTIFICATE-----"],
                fix: "write the certificate as it is, from BEGIN to END; never a private key",
            }),
        gatewayUrl: url.meta({
            description: "Where functional probes reach the gateway. They carry `gateway.hostname` as their host.",
            examples: ["https://checkout.example.com"],
            fix: urlFix,
        }),
        gateway: gatewayStatisticsSchema,
        gatewayStatsUrl: url.exactOptional().meta({
            description:
                "Where the watcher reads the gateway's own statistics several times a second: Envoy's `/stats/prometheus`. Its host has the address of each instance of the gateway, as a headless Service does. If omitted, it waits for Prometheus to scrape them.",
            examples: ["http://envoy.gateway-system:8002/stats/prometheus"],
            fix: urlFix,
        }),
        podProxyUrl: url.exactOptional().meta({
            description: "HTTP proxy that leads to pods' addresses. If omitted, they are reached directly.",
            examples: ["http://127.0.0.1:18090"],
            fix: urlFix,
        }),
        scrapeIntervalSeconds: z
            .int("is not a whole number")
            .min(1, "is too short")
            .max(300, "is too long")
            .default(15)
            .meta({
                description: "How often Prometheus scrapes the pods, in seconds. Evidence older than a few scrapes counts as none.",
                examples: [15],
                fix: "use 1 to 300 seconds, as Prometheus is configured",
            }),
    })
    .refine(({ prometheusTokenVariable, prometheusTokenFile }) => prometheusTokenVariable === undefined || prometheusTokenFile === undefined, {
        path: ["prometheusTokenFile"],
        message: "is a second source of the token, and only one may count",
    })
    .refine(({ prometheusUrl, ...sources }) => tokenIsSafe(prometheusUrl, sources), {
        path: ["prometheusUrl"],
        message: "would carry the token unencrypted",
    })
    .refine(({ gateway, gatewayStatsUrl }) => gatewayStatsUrl === undefined || gateway?.kind === "envoy", {
        path: ["gatewayStatsUrl"],
        message: "is read as Envoy's statistics, and metrics.gateway.kind is not envoy",
    })
    .exactOptional()
    .meta({
        description: "Where live evidence comes from. Needed in staging and prod, and wherever `gates.kind` is `full`.",
        fix: "set prometheusUrl, gatewayUrl and gateway",
    });

/** Where live evidence comes from: see the descriptions in {@link metricsSchema}. */
export type MetricsConfig = NonNullable<z.infer<typeof metricsSchema>>;
