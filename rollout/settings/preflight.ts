import { z } from "zod";

import { defaultBaselineLimits } from "../baseline/limits.ts";
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
    stagingBaseline: reportPath("What `rollout baseline` wrote of the 24 hours in staging.", "reports/staging-baseline.json"),
    baseline: z
        .strictObject({
            hours: z
                .number()
                .gt(0, "is not above 0")
                .max(168, "is longer than a week")
                .default(defaultBaselineLimits.hours)
                .meta({
                    description: "Hours that it covers at the least. The checklist's 'Baseline Report' asks for a day.",
                    examples: [24],
                    fix: "use 24, or another number of hours up to 168",
                }),
            requests: z
                .int("is not a whole number")
                .min(1, "is below 1")
                .default(defaultBaselineLimits.requests)
                .meta({
                    description:
                        "Fewest requests. 3,434 show errors below 0.1 % with none among them (docs/gate-statistics.md); the default is three times as many.",
                    examples: [10_000],
                    fix: "use a whole number of requests",
                }),
            coveredPercent: z
                .number()
                .gt(0, "is not above 0")
                .max(100, "is above 100")
                .default(defaultBaselineLimits.coveredPercent)
                .meta({
                    description: "Least share of the time of which Prometheus has data, in percent.",
                    examples: [95],
                    fix: "use a number above 0, up to 100",
                }),
            gapMinutes: z
                .number()
                .min(0, "is below 0")
                .default(defaultBaselineLimits.gapMinutes)
                .meta({
                    description:
                        "Longest time without data, in minutes. Defaults to the shortest soak of the plan: a longer gap may hide what a step would show.",
                    examples: [15],
                    fix: "use a number of minutes",
                }),
        })
        .exactOptional()
        .meta({
            description: "What a baseline must have before it says something, for `rollout baseline` and for the preflight.",
            fix: "set hours, requests, coveredPercent or gapMinutes",
        }),
    loadTest: reportPath("Report of the load test, as k6, Locust, JMeter or wrk2 writes it: see docs/preflight.md.", "reports/load-test.json"),
    loadTestRequestsPerSecond: z
        .number()
        .gt(0, "is not above 0")
        .exactOptional()
        .meta({
            description:
                "Requests a second that the load test must have made, on average over all of it. Needed where `loadTest` is set: only people know what users will ask for.",
            examples: [500],
            fix: "use the requests a second of the busiest hour that you expect",
        }),
    loadTestMinutes: z
        .number()
        .gt(0, "is not above 0")
        .default(15)
        .meta({
            description: "Minutes that the load test must have lasted. Defaults to the shortest soak of the plan; the checklist says no number.",
            examples: [15],
            fix: "use a number of minutes",
        }),
    reportDays: z
        .number()
        .gt(0, "is not above 0")
        .default(14)
        .meta({
            description:
                "Days that a report counts: tests, scan, baseline and load test. What is around a revision changes, and so does what is known of vulnerabilities. The checklist begins three days before a rollout and says no number.",
            examples: [14],
            fix: "use a number of days",
        }),
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
