import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";

import type { CommunicationConfig } from "./config/communication.ts";
import type { ObservabilityConfig } from "./config/observability.ts";
import { labPasswordVariable, parseConfig, passwordKey } from "./config/parse.ts";
import { ConfigError } from "./config/problem.ts";
import type { Role, Weight } from "./rollout/plan/plan.ts";
import type { RevisionSpec } from "./rollout/route/revision.ts";

export { type ConfigProblem, ConfigError } from "./config/problem.ts";
export { type ParseOptions, type ParsedConfig, parseConfig } from "./config/parse.ts";

/** The stacks' environments. Production is the strictest: images by digest, three brokers, protected data. */
export type Environment = "lab" | "staging" | "prod";

/** A store that somebody else runs. */
export interface ExternalStoreConfig {
    readonly kind: "external";
    readonly host: string;
    readonly port: number;
    /** Whether it is reached over TLS, with a certificate of an authority that images trust. */
    readonly tls: boolean;
}

/** The cache: declared inside the cluster, with a certificate that the ClusterIssuer `tlsIssuer` signs, or run by somebody else. */
export type CacheConfig = { readonly kind: "in-cluster"; readonly tlsIssuer: string } | ExternalStoreConfig;

/** The store of events: as {@link CacheConfig}, and inside the cluster with a volume for dumps of a size such as `100Gi`. */
export type EventStoreConfig = { readonly kind: "in-cluster"; readonly tlsIssuer: string; readonly backupVolumeSize: string } | ExternalStoreConfig;

/** Counter of one's own gateway, with the labels of one revision's backend. Label values may hold {namespace}, {service} and {revision}. */
export interface GatewayCounter {
    readonly metric: string;
    readonly labels: Readonly<Record<string, string>>;
}

/** Whose statistics say what users got. `none` only in a lab. */
export type GatewayStatistics =
    | {
          readonly kind: "envoy";
          /** Label `envoy_cluster_name` of a revision's backend, with the placeholders of {@link GatewayCounter}. */
          readonly clusterName: string;
      }
    | { readonly kind: "istio" }
    | {
          readonly kind: "custom";
          readonly queries: {
              readonly requests: GatewayCounter & { readonly statusLabel: string };
              readonly latency: GatewayCounter & { readonly unit: "seconds" | "milliseconds" };
              readonly timedOut?: GatewayCounter;
              readonly unanswered?: GatewayCounter;
              readonly retries?: GatewayCounter;
          };
      }
    | { readonly kind: "none"; readonly reason: string };

/** Where live evidence comes from. */
export interface MetricsConfig {
    readonly prometheusUrl: string;
    /** Environment variable that holds Prometheus' bearer token, see readSecret. At most one of this and `prometheusTokenFile`. */
    readonly prometheusTokenVariable?: string;
    /** File that holds the token, read anew each time: a projected one is renewed. */
    readonly prometheusTokenFile?: string;
    /** PEM of the authority that signed Prometheus' certificate. Left out: those that Node trusts. */
    readonly prometheusCertificateAuthority?: string;
    /** Where functional probes reach the gateway, whatever its host name resolves to. */
    readonly gatewayUrl: string;
    /** Left out only where `gates` needs no evidence. */
    readonly gateway?: GatewayStatistics;
    /** Where the gateway's own statistics are, to be read several times a second. Left out: they come by Prometheus alone. */
    readonly gatewayStatsUrl?: string;
    /** HTTP proxy that leads to pods' addresses, where they can't be reached directly. */
    readonly podProxyUrl?: string;
    readonly scrapeIntervalSeconds: number;
}

/** What a step forward needs: its soak, its gate and its approvals, or nothing but the order of steps. The second is for a lab, and says why. */
export type GatesConfig = { readonly kind: "full" } | { readonly kind: "order-only"; readonly reason: string };

/** How testers reach a candidate: by a header with a generated value, `rotation` being a word that stands for the present one; or not at all, in a lab that says why. */
export type TestersConfig = { readonly kind: "header"; readonly rotation?: string } | { readonly kind: "none"; readonly reason: string };

/** Whether a step is refused while a box of the checklist that it needs is open. Where it is not, the config says why. */
export type ChecklistConfig = {
    /** How long a signature counts, in days of the plan. */
    readonly signatureDays: number;
} & ({ readonly enforced: true } | { readonly enforced: false; readonly reason: string });

/** Where `rollout preflight` looks, besides the systems that the rest of the config names. What is left out is not checked. Paths are relative to the folder with Pulumi.yaml. */
export interface PreflightConfig {
    /** JUnit XML. */
    readonly testResults?: readonly string[];
    /** JSON of Trivy or Grype, or SARIF. */
    readonly scanReport?: string;
    readonly stagingBaseline?: string;
    readonly loadTest?: string;
    /** PEM of the public key that the image must be signed with. Left out: signatures are looked for, and not verified. */
    readonly signatureKey?: string;
    /** Left out: `v` and the tag of the candidate's image. */
    readonly releaseTag?: string;
    /** Branch that a release is merged into. */
    readonly mainBranch: string;
    /** Replicas that the PostgreSQL server must have, in sync. */
    readonly postgresStandbys: number;
    /** Left out: where Prometheus sends alerts to. */
    readonly alertmanagerUrl?: string;
    readonly logCollector?: { readonly namespace: string; readonly daemonSet: string };
    /** Other addresses to reach systems at, from where the preflight runs. */
    readonly reach?: {
        /** `host:port` of Sentinels, or of servers where there are none. */
        readonly redis?: readonly string[];
        readonly clickhouse?: string;
        /** `host:port` where the gateway answers TLS. */
        readonly gateway?: string;
        readonly registry?: string;
    };
}

/** The stack's configuration, validated. */
export interface StackConfig {
    readonly environment: Environment;
    /** Namespace of everything, such as `nova-prod`. */
    readonly namespace: string;
    /** Name of the service: prefix of every object's name, a DNS label of at most 30 characters. */
    readonly serviceName: string;
    readonly rolloutPercent: Weight;
    readonly stable: RevisionSpec;
    /** The revision being rolled out, if one is. */
    readonly candidate?: RevisionSpec;
    readonly cluster: {
        /** Context of the kubeconfig (the file that KUBECONFIG names, or ~/.kube/config). */
        readonly kubeContext: string;
        /** Identity of the cluster for the provider: with it, a changed kubeconfig never replaces resources. */
        readonly clusterIdentifier: string;
        /** How long a resource may take to become ready, in seconds. */
        readonly awaitTimeoutSeconds: number;
        /** StorageClass of persistent volumes. Left out: the cluster's default class. */
        readonly storageClassName?: string;
        /** Networks that the cluster gives to pods, such as `10.244.0.0/16`. */
        readonly podNetworks: readonly string[];
        /** Namespace of Prometheus. */
        readonly monitoringNamespace: string;
    };
    /** Left out only where `gates` needs no evidence. */
    readonly metrics?: MetricsConfig;
    readonly gates: GatesConfig;
    /** Factor on every soak and time limit of the plan, above 0 and at most 1. Only a lab has another than 1. */
    readonly timeScale: number;
    readonly approvals: {
        /** Who may act for a role. Anybody may for one that is left out. */
        readonly roles: Readonly<Partial<Record<Role, readonly string[]>>>;
        /** Whether an identity that nothing vouches for is refused. */
        readonly requireVerifiedIdentity: boolean;
    };
    readonly checklist: ChecklistConfig;
    /** The watchdog that watches a step from inside the cluster. Left out: none. */
    readonly watchdog?: { readonly image: string };
    readonly preflight?: PreflightConfig;
    /** How people are told. Left out: they are not. */
    readonly communication?: CommunicationConfig;
    /** How the stack is watched. Left out: it is not. */
    readonly observability?: ObservabilityConfig;
    readonly gateway: {
        readonly name: string;
        readonly namespace: string;
        /** Host name that users call. */
        readonly hostname: string;
        /** cert-manager ClusterIssuer that signs the host's certificate. */
        readonly tlsIssuer: string;
        /** How testers and functional probes reach a candidate, whatever the weights say. */
        readonly testers: TestersConfig;
        /** Whether the gateway tries a failed connection once more. */
        readonly retry: boolean;
    };
    /** Images of what the program runs besides the revisions, by digest in staging and production. */
    readonly images: {
        readonly redis: string;
        readonly redisExporter: string;
        readonly clickhouse: string;
        readonly clickhouseKeeper: string;
        /** PostgreSQL's programs, for dumps: of the server's major version or newer. */
        readonly postgres: string;
    };
    readonly stores: {
        readonly redis: CacheConfig;
        readonly clickhouse: EventStoreConfig;
        readonly kafka: {
            /** `host:port` of each bootstrap broker. */
            readonly bootstrapServers: readonly string[];
            readonly tls: boolean;
            /** Copies of each partition: at least 3 in production. */
            readonly replicationFactor: number;
            readonly minimumInSyncReplicas: number;
        };
        readonly postgres: {
            readonly host: string;
            readonly port: number;
            /** `verify-full` in production. */
            readonly sslMode: "disable" | "require" | "verify-ca" | "verify-full";
            readonly adminUser: string;
            /** Major version and minor, such as `16.0.0`: saves a connection, and a preview needs no server. */
            readonly expectedVersion: string;
            /** Where dumps go: a volume of that size, such as `20Gi`. */
            readonly backupVolumeSize: string;
        };
    };
}

/**
 * The stack config of the running program, validated.
 *
 * @throws {ConfigError} with every problem at once.
 */
export function loadConfig(): StackConfig {
    const prefix = `${pulumi.getProject()}:`;
    const keys = Object.entries(pulumi.runtime.allConfig()).filter(([key]) => key.startsWith(prefix));
    const raw = Object.fromEntries(keys.map(([key, value]) => [key.slice(prefix.length), structured(value)]));
    const parsed = parseConfig(raw, { variables: process.env, secretKeys: secretKeysOf(prefix) });
    if (!parsed.ok) {
        throw new ConfigError(parsed.problems);
    }
    return parsed.config;
}

/** The secrets of the stack config. They are outputs, so that they stay encrypted wherever they go. Call {@link loadConfig} first: it says what is missing. */
export function loadSecrets(): { readonly postgresAdminPassword: pulumi.Output<string> } {
    const config = new pulumi.Config();
    const fromLab = config.get("environment") === "lab" ? process.env[labPasswordVariable] : undefined;
    return { postgresAdminPassword: fromLab === undefined ? config.requireSecret(passwordKey) : pulumi.secret(fromLab) };
}

/** The CLI hands objects and lists over as JSON text, everything else as it is. */
function structured(value: string): unknown {
    if (!/^\s*[[{]/.test(value)) {
        return value;
    }
    try {
        return JSON.parse(value);
    } catch {
        return value;
    }
}

/** Keys that are encrypted in the stack file. The CLI tells the program in an environment variable, which the SDK reads and keeps to itself. */
function secretKeysOf(prefix: string): ReadonlySet<string> {
    const given = process.env.PULUMI_CONFIG_SECRET_KEYS ?? "";
    const keys = z.array(z.string()).parse(JSON.parse(given === "" ? "[]" : given));
    return new Set(keys.filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length)));
}
