import { z } from "zod";

import { dnsLabel, dnsLabelFix, dnsName, dnsNameFix, hostAndPort, text, url, urlFix } from "./text.ts";

const reportFile = /^[^\r\n\0]{1,1024}$/;

const publicKey = /^-----BEGIN PUBLIC KEY-----\s[A-Za-z0-9+/=\s]+-----END PUBLIC KEY-----\s*$/;

const reportPath = (what: string, example: string) =>
    text
        .regex(reportFile, "is not a path")
        .exactOptional()
        .meta({
            description: `${what} A path, relative to the folder with Pulumi.yaml.`,
            examples: [example],
            fix: "write the path of a file, with no line break",
        });

/** The schema of the key `preflight`. */
export const preflightSchema = z.strictObject({
    testResults: z
        .array(text.regex(reportFile, "is not a path"))
        .min(1, "is empty")
        .exactOptional()
        .meta({
            description: "Reports of the release's test run, as JUnit XML. Paths, relative to the folder with Pulumi.yaml.",
            examples: [["reports/junit.xml"]],
            fix: "list the paths of the reports",
        }),
    scanReport: reportPath("Report of the image's scan: JSON of Trivy or Grype, or SARIF.", "reports/scan.json"),
    stagingBaseline: reportPath("Report of the 24 hours in staging, see docs/preflight.md.", "reports/staging-baseline.json"),
    loadTest: reportPath("Report of the load test, see docs/preflight.md.", "reports/load-test.json"),
    signatureKey: text
        .max(1_000, "is longer than a key")
        .regex(publicKey, "is no public key in PEM")
        .exactOptional()
        .meta({
            description:
                "Public key that the image must be signed with, in PEM: what `cosign generate-key-pair` writes to `cosign.pub`. If omitted, signatures are looked for and not verified, which counts as failed in prod.",
            examples: ["-----BEGIN PUBLIC KEY----- ..."],
            fix: "write the content of cosign.pub, never the private key",
        }),
    releaseTag: text
        .regex(/^[\w][\w./-]{0,127}$/, "is not the name of a tag")
        .exactOptional()
        .meta({
            description: "Git tag of the release. Defaults to `v` and the tag of the candidate's image.",
            examples: ["v1.0.0"],
            fix: "write the tag's name, such as v1.0.0",
        }),
    postgresStandbys: z
        .int("is not a whole number")
        .min(0, "is below 0")
        .max(16, "is above 16")
        .default(1)
        .meta({
            description: "Replicas that the PostgreSQL server must have, in sync.",
            examples: [1],
            fix: "use a whole number from 0 to 16; at least 1 in prod",
        }),
    alertmanagerUrl: url.exactOptional().meta({
        description: "Where Alertmanager answers. Defaults to where Prometheus sends alerts to.",
        examples: ["https://alertmanager.example.com"],
        fix: urlFix,
    }),
    logCollector: z
        .strictObject({
            namespace: text.regex(dnsLabel, "is not a DNS label").meta({ description: "Its namespace.", examples: ["logging"], fix: dnsLabelFix }),
            daemonSet: text.regex(dnsName, "is not an object's name").meta({ description: "Its name.", examples: ["collector"], fix: dnsNameFix }),
        })
        .exactOptional()
        .meta({ description: "DaemonSet that collects the logs.", fix: "set namespace and daemonSet" }),
    reach: z
        .strictObject({
            redis: z
                .array(z.string().regex(hostAndPort, "is not host:port"))
                .min(1, "is empty")
                .exactOptional()
                .meta({
                    description: "Sentinels, or servers where there are none.",
                    examples: [["127.0.0.1:26379"]],
                    fix: "list them as host:port, in lower case",
                }),
            clickhouse: url.exactOptional().meta({ description: "HTTP interface of ClickHouse.", examples: ["https://127.0.0.1:8443"], fix: urlFix }),
            gateway: z
                .string()
                .regex(hostAndPort, "is not host:port")
                .exactOptional()
                .meta({
                    description: "Where the gateway answers TLS. Defaults to port 443 of the host name.",
                    examples: ["127.0.0.1:8443"],
                    fix: "write host:port, in lower case",
                }),
            registry: url.exactOptional().meta({ description: "Registry of the images.", examples: ["http://127.0.0.1:5000"], fix: urlFix }),
        })
        .exactOptional()
        .meta({
            description: "Other addresses to reach systems at, from where the preflight runs. Defaults to the addresses that the service's pods use.",
            fix: "set redis, clickhouse, gateway or registry",
        }),
});

/** Where `rollout preflight` looks, besides the systems that the rest of the config names. What is not set is not checked. */
export type PreflightConfig = z.infer<typeof preflightSchema>;
