import { z } from "zod";

import { signatureDays } from "../rollout/checklist/signature.ts";
import { shortestReason } from "../rollout/override.ts";
import { type Role, weights } from "../rollout/plan.ts";
import { communicationSchema } from "./communication.ts";
import { observabilitySchema } from "./observability.ts";

/**
 * The shape of the stack config, with what each key means.
 *
 * `description`, `examples` and `mend` of each field feed the error messages and docs/configuration.md. Rules that look at two keys at once are in rules.ts.
 */
const dnsLabel = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const shortDnsLabel = /^[a-z]([-a-z0-9]{0,28}[a-z0-9])?$/;
const dnsName = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$/;
const publicHostname = /^(?=.{1,253}$)([a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?\.)+[a-z]([-a-z0-9]{0,61}[a-z0-9])?$/;
const imageReference = /^[a-z0-9][-a-z0-9.]*(:\d+)?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)+(:[\w][\w.-]{0,127})?(@sha256:[0-9a-f]{64})?$/;
const bareUrl = /^https?:\/\/[^\s/?#@]+(\/[^\s?#@]*)?$/;
const fileName = /^(?!\.\.)[-._a-zA-Z0-9]{1,253}$/;
const reportFile = /^[^\r\n\0]{1,1024}$/;
const hostAndPort = /^(?=.{1,259}$)[a-z0-9]([-a-z0-9.]*[a-z0-9])?:(?:[1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d{2}|655[0-2]\d|6553[0-5])$/;

const text = z.string().min(1, "is empty");
const port = z.int("is not a whole number").min(1, "is not a port").max(65_535, "is not a port");
const host = text.regex(dnsName, "is not a host name or an IPv4 address");

const url = text.regex(bareUrl, "is not the address of an HTTP service");

const urlMend = "write http:// or https://, a host and a port, with no credentials, query or fragment";
const dnsLabelMend = "use 1 to 63 lower-case letters, digits and hyphens, with no hyphen at an end";
const shortDnsLabelMend = "use 1 to 30 lower-case letters, digits and hyphens, a letter first and no hyphen at the end";
const dnsNameMend = "use lower-case letters, digits, hyphens and dots";
const portMend = "use a whole number from 1 to 65535";

const image = (description: string) =>
    text.regex(imageReference, "is not an image reference").meta({
        description: `${description} By digest in staging and prod; a tag will do in the lab.`,
        examples: [`registry.example.com/nova/image:1.0.0@sha256:${"0".repeat(64)}`],
        mend: "write registry/repository:tag@sha256:<64 hex>, all of it in lower case but the tag",
    });

const revision = z.strictObject({
    name: text.regex(shortDnsLabel, "is not a DNS label of at most 30 characters").meta({
        description: "Name of the revision, unique over the life of the stack.",
        examples: ["v1-4-0"],
        mend: shortDnsLabelMend,
    }),
    image: image("Image of the service."),
    config: z.record(z.string().regex(fileName, "is not a file name"), z.string()).meta({
        description: "Settings of the revision, mounted as one file a key. No secrets: those are generated, never configured here.",
        examples: [{ CACHE_TTL_SECONDS: "300" }],
        mend: "use letters, digits, '-', '_' and '.' in a key, and text as the value; {} where there are no settings",
    }),
});

const inCluster = {
    kind: z.literal("in-cluster").meta({ description: "`in-cluster`: this program runs the store. `external`: somebody else does.", examples: ["in-cluster"] }),
    tlsIssuer: text.regex(dnsName, "is not an object's name").meta({
        description:
            "cert-manager ClusterIssuer that signs the certificate of a store in the cluster: one that signs names of the cluster's own and leaves `ca.crt` in the Secret, so not a public one.",
        examples: ["internal-certificates"],
        mend: dnsNameMend,
    }),
};

const external = z.strictObject({
    kind: z.literal("external"),
    host: host.meta({ description: "Where an external store is.", examples: ["redis.example.com"], mend: dnsNameMend }),
    port: port.meta({ description: "Port of an external store.", examples: [6379], mend: portMend }),
    tls: z
        .boolean()
        .default(true)
        .meta({
            description: "Whether an external store is reached over TLS, with a certificate of an authority that images trust. Always in prod.",
            examples: [true],
            mend: "use true or false",
        }),
});

const volumeSize = text.regex(/^[1-9]\d*(Mi|Gi|Ti)$/, "is not a size");
const volumeSizeMend = "write a whole number with Mi, Gi or Ti";

const cache = z.discriminatedUnion("kind", [z.strictObject(inCluster), external], "is not a kind of store");
const eventStore = z.discriminatedUnion(
    "kind",
    [
        z.strictObject({
            ...inCluster,
            backupVolumeSize: volumeSize.meta({
                description: "Size of the volume that the dumps of a store in the cluster go to: 90 days of events, compressed.",
                examples: ["100Gi"],
                mend: volumeSizeMend,
            }),
        }),
        external,
    ],
    "is not a kind of store",
);

const gates = z.discriminatedUnion(
    "kind",
    [
        z.strictObject({
            kind: z.literal("full").meta({
                description:
                    "`full`: a step forward needs its soak, its gate on live metrics and its approvals. `order-only`: only the order of steps is guarded; for a lab.",
                examples: ["full"],
            }),
        }),
        z.strictObject({
            kind: z.literal("order-only"),
            reason: text.min(shortestReason, `has fewer than ${String(shortestReason)} characters`).meta({
                description: "Why steps are taken without evidence. Needed with `order-only`, and shown at each step.",
                examples: ["this lab has no metrics yet"],
                mend: "say in a sentence why steps are taken without evidence",
            }),
        }),
    ],
    "is not a kind of gates",
);

const actors = (role: Role) =>
    z
        .array(text)
        .min(1, "is empty")
        .exactOptional()
        .meta({
            description: `Identities that may act as ${role}, as the API server or the pipeline names them. Left out: anybody.`,
            examples: [[`${role}@example.com`]],
            mend: "list identities as text, or remove the role to let anybody act for it",
        });

const signatureTerm = {
    signatureDays: z
        .int("is not a whole number")
        .min(1, "is below 1")
        .max(30, "is above 30")
        .default(signatureDays)
        .meta({ description: "How long a signature on the checklist counts, in days of the plan.", examples: [7], mend: "use 1 to 30 days" }),
};

const checklist = z.discriminatedUnion(
    "enforced",
    [
        z.strictObject({
            ...signatureTerm,
            enforced: z.literal(true).meta({
                description: "Whether a step is refused while a box of the checklist that it needs is open. Left out: true in prod, false elsewhere.",
                examples: [true],
                mend: "use true; or false with a reason, outside prod",
            }),
        }),
        z.strictObject({
            ...signatureTerm,
            enforced: z.literal(false),
            reason: text.min(shortestReason, `has fewer than ${String(shortestReason)} characters`).meta({
                description: "Why steps are taken with open boxes. Needed with `enforced: false`, and shown at each step.",
                examples: ["a lab has no team that could sign"],
                mend: "say in a sentence why the checklist is not asked",
            }),
        }),
    ],
    "is neither true nor false",
);

const reportPath = (what: string, example: string) =>
    text
        .regex(reportFile, "is not a path")
        .exactOptional()
        .meta({
            description: `${what} A path, relative to the folder with Pulumi.yaml.`,
            examples: [example],
            mend: "write the path of a file, with no line break",
        });

const preflight = z.strictObject({
    testResults: z
        .array(text.regex(reportFile, "is not a path"))
        .min(1, "is empty")
        .exactOptional()
        .meta({
            description: "Reports of the release's test run, as JUnit XML. Paths, relative to the folder with Pulumi.yaml.",
            examples: [["reports/junit.xml"]],
            mend: "list the paths of the reports",
        }),
    scanReport: reportPath("Report of the image's scan: JSON of Trivy or Grype, or SARIF.", "reports/scan.json"),
    stagingBaseline: reportPath("Report of the 24 hours in staging, see docs/preflight.md.", "reports/staging-baseline.json"),
    loadTest: reportPath("Report of the load test, see docs/preflight.md.", "reports/load-test.json"),
    releaseTag: text
        .regex(/^[\w][\w./-]{0,127}$/, "is not the name of a tag")
        .exactOptional()
        .meta({
            description: "Git tag of the release. Left out: `v` and the tag of the candidate's image.",
            examples: ["v1.0.0"],
            mend: "write the tag's name, such as v1.0.0",
        }),
    mainBranch: text
        .regex(/^[\w][\w./-]{0,127}$/, "is not the name of a branch")
        .default("origin/main")
        .meta({
            description: "Branch that a release is merged into, as git knows it.",
            examples: ["origin/main"],
            mend: "write a branch, such as origin/main",
        }),
    postgresStandbys: z
        .int("is not a whole number")
        .min(0, "is below 0")
        .max(16, "is above 16")
        .default(1)
        .meta({
            description: "Replicas that the PostgreSQL server must have, in sync.",
            examples: [1],
            mend: "use a whole number from 0 to 16; at least 1 in prod",
        }),
    alertmanagerUrl: url.exactOptional().meta({
        description: "Where Alertmanager answers. Left out: where Prometheus sends alerts to.",
        examples: ["https://alertmanager.example.com"],
        mend: urlMend,
    }),
    logCollector: z
        .strictObject({
            namespace: text.regex(dnsLabel, "is not a DNS label").meta({ description: "Its namespace.", examples: ["logging"], mend: dnsLabelMend }),
            daemonSet: text.regex(dnsName, "is not an object's name").meta({ description: "Its name.", examples: ["collector"], mend: dnsNameMend }),
        })
        .exactOptional()
        .meta({ description: "DaemonSet that collects the logs.", mend: "set namespace and daemonSet" }),
    reach: z
        .strictObject({
            redis: z
                .array(z.string().regex(hostAndPort, "is not host:port"))
                .min(1, "is empty")
                .exactOptional()
                .meta({
                    description: "Sentinels, or servers where there are none.",
                    examples: [["127.0.0.1:26379"]],
                    mend: "list them as host:port, in lower case",
                }),
            clickhouse: url.exactOptional().meta({ description: "HTTP interface of ClickHouse.", examples: ["https://127.0.0.1:8443"], mend: urlMend }),
            gateway: z
                .string()
                .regex(hostAndPort, "is not host:port")
                .exactOptional()
                .meta({
                    description: "Where the gateway answers TLS. Left out: port 443 of the host name.",
                    examples: ["127.0.0.1:8443"],
                    mend: "write host:port, in lower case",
                }),
            registry: url.exactOptional().meta({ description: "Registry of the images.", examples: ["http://127.0.0.1:5000"], mend: urlMend }),
        })
        .exactOptional()
        .meta({
            description: "Other addresses to reach systems at, from where the preflight runs. Left out: the addresses that the service's pods use.",
            mend: "set redis, clickhouse, gateway or registry",
        }),
});

/** The schema of the stack config, without the secret ones: see loadSecrets in config.ts. */
export const stackSchema = z.strictObject({
    environment: z.literal(["lab", "staging", "prod"]).meta({
        description: "What the stack is for. It decides how strict the other rules are.",
        examples: ["staging"],
        mend: "use lab, staging or prod",
    }),
    namespace: text.regex(dnsLabel, "is not a DNS label").meta({ description: "Namespace of everything.", examples: ["nova-prod"], mend: dnsLabelMend }),
    serviceName: text.regex(shortDnsLabel, "is not a DNS label of at most 30 characters").meta({
        description: "Name of the service: prefix of every object's name.",
        examples: ["video-ranking"],
        mend: shortDnsLabelMend,
    }),
    rolloutPercent: z.literal(weights).meta({
        description: `Share of user requests for the candidate, in percent: a step of the plan, ${weights.join(", ")}. 0 puts all traffic on the stable revision.`,
        examples: [10],
        mend: `use a step of the plan: ${weights.join(", ")}`,
    }),
    stable: revision.meta({ description: "The revision that users have.", mend: "set its name, image and config" }),
    candidate: revision
        .exactOptional()
        .meta({ description: "The revision being rolled out. Left out (or `{}`): none.", mend: "set its name, image and config, or remove it" }),
    cluster: z.strictObject({
        kubeContext: text.meta({
            description: "Context of the kubeconfig. The environment variable NOVA_KUBECONTEXT overrides it.",
            examples: ["nova-prod"],
            mend: "name a context of `kubectl config get-contexts`",
        }),
        clusterIdentifier: text.meta({
            description: "Identity of the cluster. Resources are replaced when it changes, and never because the kubeconfig does.",
            examples: ["nova-prod"],
            mend: "choose any text that stays with the cluster",
        }),
        awaitTimeoutSeconds: z
            .int("is not a whole number")
            .min(10, "is too short")
            .max(3_600, "is too long")
            // Pulumi's own limit for a Deployment: https://www.pulumi.com/registry/packages/kubernetes/api-docs/apps/v1/deployment/
            .default(600)
            .meta({ description: "How long a resource may take to become ready, in seconds.", examples: [300], mend: "use 10 to 3600 seconds" }),
        storageClassName: text
            .regex(dnsName, "is not the name of a StorageClass")
            .exactOptional()
            .meta({
                description: "StorageClass of persistent volumes. Left out: the cluster's default.",
                examples: ["encrypted-retain"],
                mend: dnsNameMend,
            }),
        podNetworks: z
            .array(z.cidrv4("is not a network in CIDR form").or(z.cidrv6("is not a network in CIDR form")))
            .min(1, "is empty")
            .meta({
                description: "Networks that the cluster gives to pods. Stores let nobody log in from elsewhere.",
                examples: [["10.244.0.0/16"]],
                mend: "write the cluster's pod networks, such as 10.244.0.0/16",
            }),
        monitoringNamespace: text
            .regex(dnsLabel, "is not a DNS label")
            .meta({ description: "Namespace of Prometheus, which may reach the metrics ports.", examples: ["monitoring"], mend: dnsLabelMend }),
    }),
    metrics: z
        .strictObject({
            prometheusUrl: url.meta({
                description: "Where Prometheus answers queries.",
                examples: ["https://prometheus.example.com"],
                mend: urlMend,
            }),
            gatewayUrl: url.meta({
                description: "Where functional probes reach the gateway. They carry `gateway.hostname` as their host.",
                examples: ["https://ranking.example.com"],
                mend: urlMend,
            }),
            podProxyUrl: url.exactOptional().meta({
                description: "HTTP proxy that leads to pods' addresses. Left out: they are reached directly.",
                examples: ["http://127.0.0.1:18090"],
                mend: urlMend,
            }),
            scrapeIntervalSeconds: z
                .int("is not a whole number")
                .min(1, "is too short")
                .max(300, "is too long")
                .default(15)
                .meta({
                    description: "How often Prometheus scrapes the pods, in seconds. Evidence older than a few scrapes counts as none.",
                    examples: [15],
                    mend: "use 1 to 300 seconds, as Prometheus is configured",
                }),
        })
        .exactOptional()
        .meta({
            description: "Where live evidence comes from. Needed in staging and prod, and wherever `gates.kind` is `full`.",
            mend: "set prometheusUrl and gatewayUrl",
        }),
    gates: gates.meta({ description: "What a step forward needs.", mend: "use kind full, or kind order-only with a reason in a lab" }),
    timeScale: z
        .number()
        .gt(0, "is not above 0")
        .max(1, "is above 1")
        .default(1)
        .meta({
            description: "Factor on every soak and time limit of the plan, above 0 and at most 1. 1 outside a lab. It never scales a threshold.",
            examples: ["0.01"],
            mend: "use a number above 0 and at most 1; 1 outside a lab",
        }),
    approvals: z
        .strictObject({
            roles: z
                .strictObject({
                    "tech-lead": actors("tech-lead"),
                    "product-lead": actors("product-lead"),
                    "operations-lead": actors("operations-lead"),
                    "security-review": actors("security-review"),
                } satisfies Readonly<Record<Role, unknown>>)
                .exactOptional()
                .meta({ description: "Who may act for a role.", mend: "use the roles of the plan: tech-lead, product-lead, operations-lead, security-review" }),
            requireVerifiedIdentity: z
                .boolean()
                .exactOptional()
                .meta({
                    description:
                        "Whether an approval counts only when something other than the approver's own word vouches for who it was. Left out: true in prod.",
                    examples: [true],
                    mend: "use true or false",
                }),
        })
        .exactOptional()
        .meta({ description: "Which approvals count.", mend: "set roles, requireVerifiedIdentity or both" }),
    checklist: checklist
        .exactOptional()
        .meta({ description: "What the checklist (docs/checklist.md) asks of a step.", mend: "set enforced to true, or to false with a reason" }),
    watchdog: z
        .strictObject({ image: image("Release watchdog, which watches a step from inside the cluster.") })
        .exactOptional()
        .meta({ description: "The watchdog between two runs. Left out: none.", mend: "set its image, or remove it" }),
    preflight: preflight.exactOptional().meta({
        description: "Where `rollout preflight` looks. What is left out is not checked, which counts as failed in prod.",
        mend: "set what the preflight should read, or remove it",
    }),
    communication: communicationSchema.exactOptional().meta({
        description: "How people are told of a rollout: docs/communication.md. Left out: they are not.",
        mend: "set slack, webhook, email or statusPage",
    }),
    observability: observabilitySchema.exactOptional().meta({
        description: "How the stack is watched: docs/observability.md. Left out: no rules, monitors, routes or dashboards.",
        mend: "set team, grafanaUrl, runbookUrl and receivers, or remove it",
    }),
    gateway: z.strictObject({
        name: text
            .regex(dnsName, "is not an object's name")
            .meta({ description: "Gateway that the route attaches to.", examples: ["public"], mend: dnsNameMend }),
        namespace: text
            .regex(dnsLabel, "is not a DNS label")
            .meta({ description: "Namespace of the Gateway and of the certificate.", examples: ["gateway-system"], mend: dnsLabelMend }),
        hostname: text.regex(publicHostname, "is not a full host name").meta({
            description: "Host name that users call.",
            examples: ["ranking.example.com"],
            mend: "write a full host name in lower case, without scheme, port, path or wildcard",
        }),
        tlsIssuer: text.regex(dnsName, "is not an object's name").meta({
            description: "cert-manager ClusterIssuer that signs the host's certificate.",
            examples: ["public-certificates"],
            mend: dnsNameMend,
        }),
    }),
    images: z.strictObject({
        redis: image("Redis, the official image."),
        redisExporter: image("redis_exporter."),
        clickhouse: image("ClickHouse server, with clickhouse-client."),
        clickhouseKeeper: image("ClickHouse Keeper."),
        postgres: image("PostgreSQL, the official image, of the server's major version or newer: for dumps."),
    }),
    stores: z.strictObject({
        redis: cache.meta({ description: "The cache.", mend: "use kind in-cluster with tlsIssuer, or kind external with host and port" }),
        clickhouse: eventStore.meta({
            description: "The store of engagement events.",
            mend: "use kind in-cluster with tlsIssuer and backupVolumeSize, or kind external with host and port",
        }),
        kafka: z.strictObject({
            bootstrapServers: z
                .array(z.string().regex(hostAndPort, "is not host:port"))
                .min(1, "is empty")
                .meta({ description: "Brokers to ask first.", examples: [["kafka-0.example.com:9093"]], mend: "list brokers as host:port, in lower case" }),
            tls: z.boolean().meta({ description: "Whether the brokers are reached over TLS.", examples: [true], mend: "use true or false" }),
            replicationFactor: z
                .int("is not a whole number")
                .min(1, "is below 1")
                .max(32, "is above 32")
                .meta({
                    description: "Copies of each partition; at least 3 in prod.",
                    examples: [3],
                    mend: "use a whole number, at most the number of brokers",
                }),
            minimumInSyncReplicas: z
                .int("is not a whole number")
                .min(1, "is below 1")
                .max(32, "is above 32")
                .meta({
                    description: "Copies that must have a record before it counts as written; at least 2 in prod.",
                    examples: [2],
                    mend: "use a whole number below replicationFactor",
                }),
        }),
        postgres: z.strictObject({
            host: host.meta({ description: "Where the server is.", examples: ["postgres.example.com"], mend: dnsNameMend }),
            port: port.meta({ description: "Port of the server.", examples: [5432], mend: portMend }),
            sslMode: z.literal(["disable", "require", "verify-ca", "verify-full"]).meta({
                description: "How the connection is secured; `verify-full` in prod.",
                examples: ["verify-full"],
                mend: "use disable, require, verify-ca or verify-full",
            }),
            adminUser: text.regex(/^[a-z_][a-z0-9_]{0,62}$/, "is not the name of a role").meta({
                description: "Role that makes the database and the other roles. Its password is `postgresAdminPassword`.",
                examples: ["postgres"],
                mend: "use at most 63 lower-case letters, digits and underscores",
            }),
            expectedVersion: text.regex(/^\d+\.\d+\.\d+$/, "is not a version with three parts").meta({
                description: "Version of the server. Stated, so that a preview needs no connection.",
                examples: ["17.0.0"],
                mend: "write three numbers, such as 17.0.0",
            }),
            backupVolumeSize: volumeSize.meta({
                description: "Size of the volume that dumps go to.",
                examples: ["20Gi"],
                mend: volumeSizeMend,
            }),
        }),
    }),
});

/** A key as the docs and the messages know it. */
export interface FieldNode {
    readonly type?: string;
    readonly description?: string;
    readonly examples?: readonly unknown[];
    readonly mend?: string;
    readonly default?: unknown;
    readonly enum?: readonly unknown[];
    readonly const?: unknown;
    readonly pattern?: string;
    readonly required?: readonly string[];
    readonly properties?: Readonly<Record<string, FieldNode>>;
    readonly oneOf?: readonly FieldNode[];
    readonly items?: FieldNode;
    readonly additionalProperties?: FieldNode | boolean;
}

const fieldNode: z.ZodType<FieldNode> = z.lazy(() =>
    z.looseObject({
        type: z.string().exactOptional(),
        description: z.string().exactOptional(),
        examples: z.array(z.unknown()).exactOptional(),
        mend: z.string().exactOptional(),
        default: z.unknown().exactOptional(),
        enum: z.array(z.unknown()).exactOptional(),
        const: z.unknown().exactOptional(),
        pattern: z.string().exactOptional(),
        required: z.array(z.string()).exactOptional(),
        properties: z.record(z.string(), fieldNode).exactOptional(),
        oneOf: z.array(fieldNode).exactOptional(),
        items: fieldNode.exactOptional(),
        additionalProperties: z.union([z.boolean(), fieldNode]).exactOptional(),
    }),
);

/** {@link stackSchema} as JSON schema, for looking a key up. */
export const stackFields: FieldNode = fieldNode.parse(z.toJSONSchema(stackSchema, { io: "input" }));

/** The fields right below `node`. Of alternatives, all of them, the first to describe a key winning. */
export function fieldsOf(node: FieldNode): Readonly<Record<string, FieldNode>> {
    const fields: Record<string, FieldNode> = { ...node.properties };
    for (const alternative of node.oneOf ?? []) {
        Object.assign(fields, { ...fieldsOf(alternative), ...fields });
    }
    return fields;
}

/** The field at a path below `node`, or undefined where there is none. A number is a place in a list. */
export function fieldAt(node: FieldNode | undefined, path: readonly PropertyKey[]): FieldNode | undefined {
    const [first, ...rest] = path;
    if (node === undefined || first === undefined) {
        return node;
    }
    const free = typeof node.additionalProperties === "object" ? node.additionalProperties : undefined;
    return fieldAt(typeof first === "number" ? node.items : (fieldsOf(node)[String(first)] ?? free), rest);
}
