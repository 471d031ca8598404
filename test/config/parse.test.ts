import { describe, expect, it } from "vitest";

import { type ConfigProblem, describeProblems } from "../../rollout/settings/problem.ts";
import { parseConfig } from "../../config/parse.ts";
import type { StackConfig } from "../../config/schema.ts";
import type { ParsedConfig } from "../../rollout/settings/parse.ts";
import { isRecord } from "../../rollout/settings/tree.ts";
import { labVariables, readStack } from "./stack-files.ts";
import type { Environment } from "../../rollout/settings/environment.ts";

const digest = (digit: string): string => `registry.example.com/nova/video-ranking@sha256:${digit.repeat(64)}`;
const candidate = { name: "v1-1-0", image: digest("2"), config: {} };
const candidateOf = (change: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> => ({ candidate: { ...candidate, ...change } });

function parse(
    environment: Environment,
    changes: Readonly<Record<string, unknown>> = {},
    variables: Readonly<Record<string, string>> = labVariables,
): ParsedConfig<StackConfig> {
    const raw = Object.entries(changes).reduce<unknown>((config, [path, value]) => withValue(config, path.split("."), value), readStack(environment));
    return parseConfig(isRecord(raw) ? raw : {}, { variables, secretKeys: new Set(["postgresAdminPassword"]) });
}

/** `container` with the value at `path` replaced, or removed where it is undefined. */
function withValue(container: unknown, [key = "", ...rest]: readonly string[], value: unknown): unknown {
    const { [key]: present, ...others } = isRecord(container) ? container : {};
    const changed = rest.length === 0 ? value : withValue(present, rest, value);
    return changed === undefined ? others : { ...others, [key]: changed };
}

/** Counters of one's own gateway, those of requests with these labels. */
function customGateway(labels: Readonly<Record<string, string>>, metric = "requests_total"): unknown {
    const latency = { metric: "request_seconds_bucket", labels: { service: "{service}-{revision}" }, unit: "seconds" };
    return { kind: "custom", queries: { requests: { metric, labels }, latency } };
}

function problemsOf(parsed: ParsedConfig<StackConfig>): readonly ConfigProblem[] {
    return parsed.ok ? [] : parsed.problems;
}

describe("the committed stack files", () => {
    it.each(["lab", "staging", "prod"] as const)("are valid: %s", (environment) => {
        expect(problemsOf(parse(environment))).toEqual([]);
        expect(parse(environment)).toMatchObject({ ok: true, config: { environment, namespace: `nova-${environment}`, rolloutPercent: 0 } });
    });

    it("hold nothing secret after parsing", () => {
        expect(JSON.stringify(parse("prod"))).not.toContain("secret-value");
    });
});

describe("a valid config", () => {
    it.each([
        {
            what: "has the types that are declared, whatever the CLI made of them",
            changes: { rolloutPercent: "0", "stable.config.SIZE": 5 },
            is: { rolloutPercent: 0, stable: { config: { SIZE: "5" } } },
        },
        { what: "has a default time limit", changes: { "cluster.awaitTimeoutSeconds": undefined }, is: { cluster: { awaitTimeoutSeconds: 600 } } },
        { what: "may have a candidate at 0 %", changes: candidateOf({}), is: { candidate } },
        {
            what: "may have stores that somebody else runs",
            changes: { "stores.redis": { kind: "external", host: "redis.example.com", port: 6379 } },
            is: { stores: { redis: { port: 6379, tls: true } } },
        },
    ])("$what", ({ changes, is }) => {
        expect(parse("prod", changes)).toMatchObject({ ok: true, config: is });
    });

    it.each([
        { key: "candidate", environment: "prod" },
        { key: "watchdog", environment: "prod" },
        { key: "communication", environment: "prod" },
        { key: "metrics", environment: "lab" },
    ] as const)("takes the empty $key for none", ({ key, environment }) => {
        const parsed = parse(environment, { [key]: {}, ...(key === "metrics" ? { gates: { kind: "order-only", reason: "no Prometheus here" } } : {}) });
        expect(problemsOf(parsed)).toEqual([]);
        expect(parsed.ok && key in parsed.config).toBe(false);
    });

    it.each([
        { environment: "lab", requireVerifiedIdentity: false },
        { environment: "staging", requireVerifiedIdentity: false },
        { environment: "prod", requireVerifiedIdentity: true },
    ] as const)("lets the environment decide whether identities must be verified: $environment", ({ environment, requireVerifiedIdentity }) => {
        expect(parse(environment, { approvals: {} })).toMatchObject({ config: { approvals: { roles: {}, requireVerifiedIdentity } } });
        const other = parse(environment, { approvals: { requireVerifiedIdentity: !requireVerifiedIdentity } });
        expect(other).toMatchObject({ config: { approvals: { requireVerifiedIdentity: !requireVerifiedIdentity } } });
    });

    it.each([
        { what: "by default", timeScale: undefined, is: 1 },
        { what: "as text, as the CLI hands it over", timeScale: "0.01", is: 0.01 },
        { what: "as a number", timeScale: 0.5, is: 0.5 },
    ])("has a time scale: $what", ({ timeScale, is }) => {
        expect(parse("lab", { timeScale })).toMatchObject({ ok: true, config: { timeScale: is } });
    });

    it("may guard only the order of steps in a lab, with the reason, and then needs no metrics", () => {
        expect(parse("lab", { gates: { kind: "order-only", reason: "no Prometheus here" }, metrics: undefined })).toMatchObject({
            ok: true,
            config: { gates: { kind: "order-only", reason: "no Prometheus here" } },
        });
    });

    it.each([
        { what: "Envoy under Contour", gateway: { kind: "envoy" }, is: { kind: "envoy", clusterName: "{namespace}_{service}-{revision}_80" } },
        { what: "Istio", gateway: { kind: "istio" }, is: { kind: "istio" } },
        { what: "counters of one's own", gateway: customGateway({ service: "{service}-{revision}" }), is: { kind: "custom" } },
    ])("reads the gateway in production: $what", ({ gateway, is }) => {
        expect(parse("prod", { "metrics.gateway": gateway })).toMatchObject({ ok: true, config: { metrics: { gateway: is } } });
    });

    it("may go without the gateway's view in a lab, with the reason", () => {
        const gateway = { kind: "none", reason: "this lab has no gateway" };
        expect(parse("lab", { "metrics.gateway": gateway, "metrics.gatewayStatsUrl": undefined })).toMatchObject({
            ok: true,
            config: { metrics: { gateway } },
        });
    });

    it("leads testers by a secret header, and retries nothing, unless it says otherwise", () => {
        expect(parse("prod")).toMatchObject({ config: { gateway: { testers: { kind: "header" }, retry: false } } });
        expect(
            parse("lab", { gates: { kind: "order-only", reason: "no Prometheus here" }, "gateway.testers": { kind: "none", reason: "no testers here" } }),
        ).toMatchObject({ ok: true });
    });

    it("has a default scrape interval", () => {
        expect(parse("prod", { "metrics.scrapeIntervalSeconds": undefined })).toMatchObject({ config: { metrics: { scrapeIntervalSeconds: 15 } } });
    });

    it("takes the lab's addresses from the environment, ports as numbers", () => {
        expect(parse("lab")).toMatchObject({
            config: {
                cluster: { kubeContext: "nova-lab-1" },
                stores: { kafka: { reach: { bootstrapServers: ["127.0.0.1:19092"] } }, postgres: { reach: { port: 15_432 } } },
            },
        });
    });

    it("looks names up at the cluster's usual servers, or at those that the stack names, on port 53 unless it says another", () => {
        expect(parse("prod")).toMatchObject({
            config: { cluster: { nameServers: [{ kind: "pods", namespace: "kube-system", labels: { "k8s-app": "kube-dns" }, port: 53 }] } },
        });
        const openShift = { kind: "pods", namespace: "openshift-dns", labels: { "dns.operator.openshift.io/daemonset-dns": "default" }, port: 5353 };
        expect(parse("prod", { "cluster.nameServers": [openShift, { kind: "address", address: "169.254.20.10" }] })).toMatchObject({
            config: { cluster: { nameServers: [openShift, { kind: "address", address: "169.254.20.10", port: 53 }] } },
        });
    });

    it("lets NOVA_KUBECONTEXT choose another context", () => {
        expect(parse("prod", {}, { NOVA_KUBECONTEXT: "nova-lab" })).toMatchObject({
            config: { cluster: { kubeContext: "nova-lab", clusterIdentifier: "nova-prod" } },
        });
    });
});

describe("a problem names the key, the value and the fix", () => {
    it.each<{ readonly what: string; readonly environment?: Environment; readonly changes: Readonly<Record<string, unknown>>; readonly says: ConfigProblem }>([
        {
            what: "an unknown key",
            changes: { rolloutPercnt: 10 },
            says: { key: "rolloutPercnt", value: "10", problem: "is not a known key", fix: "write rolloutPercent" },
        },
        {
            what: "an unknown key inside",
            changes: { "gateway.host": "a.example.com" },
            says: {
                key: "gateway.host",
                value: '"a.example.com"',
                problem: "is not a known key",
                fix: "remove it; known here: name, namespace, listener, hostname, testers, retry, tlsIssuer",
            },
        },
        {
            what: "testers that are led nowhere, where gates ask for probes",
            changes: { "gateway.testers": { kind: "none", reason: "no testers here" } },
            says: {
                key: "gateway.testers.kind",
                value: '"none"',
                problem: "leads no probe to the candidate, so no gate that asks for probes would ever pass",
                fix: "use header or host, or gates.kind order-only in a lab",
            },
        },
        {
            what: "a missing key",
            changes: { "stores.kafka.tls": undefined },
            says: { key: "stores.kafka.tls", problem: "is missing", fix: "set it, for example: pulumi config set --path 'stores.kafka.tls' true" },
        },
        { what: "a missing object", changes: { stable: undefined }, says: { key: "stable", problem: "is missing", fix: "set its name, image and config" } },
        {
            what: "a wrong type",
            changes: { "stores.kafka.tls": "yes" },
            says: { key: "stores.kafka.tls", value: '"yes"', problem: "is not true or false", fix: "use true or false" },
        },
        {
            what: "a wrong environment",
            changes: { environment: "production" },
            says: { key: "environment", value: '"production"', problem: "is not one of lab, staging, prod", fix: "use lab, staging or prod" },
        },
        {
            what: "a percent that is no step of the plan",
            changes: { ...candidateOf({}), rolloutPercent: "30" },
            says: { key: "rolloutPercent", value: "30", problem: "is not one of 0, 10, 25, 50, 100", fix: "use a step of the plan: 0, 10, 25, 50, 100" },
        },
        {
            what: "a percent without a candidate",
            changes: { rolloutPercent: 10 },
            says: { key: "candidate", problem: "is missing, and rolloutPercent is 10", fix: "declare the candidate, or set rolloutPercent to 0" },
        },
        {
            what: "a candidate with the stable revision's name",
            changes: candidateOf({ name: "v1-0-0" }),
            says: {
                key: "candidate.name",
                value: '"v1-0-0"',
                problem: "is the stable revision's name",
                fix: "give the candidate a name of its own, or remove it if its rollout is finished",
            },
        },
        {
            what: "a candidate with the stable revision's content",
            changes: { stable: { ...candidate, name: "v1-0-0" }, ...candidateOf({}) },
            says: {
                key: "candidate",
                problem: "has the image and the config of the stable revision",
                fix: "change what is to be rolled out, or remove the candidate",
            },
        },
        {
            what: "an image without digest",
            changes: candidateOf({ image: "registry.example.com/nova/a:1.1.0" }),
            says: {
                key: "candidate.image",
                value: '"registry.example.com/nova/a:1.1.0"',
                problem: "has no digest, so what it means can change",
                fix: "write it as registry/repository:tag@sha256:<64 hex> in prod",
            },
        },
        {
            what: "an image without digest in staging",
            environment: "staging",
            changes: { "stable.image": "registry.example.com/nova/a:1.1.0" },
            says: {
                key: "stable.image",
                value: '"registry.example.com/nova/a:1.1.0"',
                problem: "has no digest, so what it means can change",
                fix: "write it as registry/repository:tag@sha256:<64 hex> in staging",
            },
        },
        {
            what: "an image that moves, in the lab too",
            environment: "lab",
            changes: { "stable.image": "registry.example.com/nova/a:latest" },
            says: {
                key: "stable.image",
                value: '"registry.example.com/nova/a:latest"',
                problem: "names whatever is newest",
                fix: "write a tag of its own, or a digest",
            },
        },
        {
            what: "an address in place of a pod network",
            changes: { "cluster.podNetworks": ["10.244.0.1"] },
            says: {
                key: "cluster.podNetworks[0]",
                value: '"10.244.0.1"',
                problem: "is not a network in CIDR form",
                fix: "write the cluster's pod networks, such as 10.244.0.0/16",
            },
        },
        {
            what: "no name server",
            changes: { "cluster.nameServers": [] },
            says: {
                key: "cluster.nameServers",
                value: "[]",
                problem: "is empty, and no pod could look a name up",
                fix: "use kind pods with namespace and labels, or kind address with address",
            },
        },
        {
            what: "a name server of an unknown kind",
            changes: { "cluster.nameServers": [{ kind: "service", name: "kube-dns" }] },
            says: {
                key: "cluster.nameServers[0].kind",
                value: '"service"',
                problem: "is not a kind of name server",
                fix: "use kind pods with namespace and labels, or kind address with address",
            },
        },
        {
            what: "a name server that is every pod of a namespace",
            changes: { "cluster.nameServers": [{ kind: "pods", namespace: "kube-system", labels: {} }] },
            says: {
                key: "cluster.nameServers[0].labels",
                value: "{}",
                problem: "is empty, which would mean every pod of the namespace",
                fix: "write at least one label",
            },
        },
        {
            what: "a range of name servers",
            changes: { "cluster.nameServers": [{ kind: "address", address: "0.0.0.0/0" }] },
            says: {
                key: "cluster.nameServers[0].address",
                value: '"0.0.0.0/0"',
                problem: "is not an address",
                fix: "write one IPv4 or IPv6 address, without a range",
            },
        },
        {
            what: "a name server that opens the cloud's metadata endpoint",
            changes: { "cluster.nameServers": [{ kind: "address", address: "169.254.169.254", port: 80 }] },
            says: {
                key: "cluster.nameServers[0].port",
                value: "80",
                problem: "would open a link-local address, where a cloud's metadata endpoint hands out credentials",
                fix: "use a whole number from 1 to 65535",
            },
        },
        {
            what: "a store's image without digest",
            changes: { "images.redis": "registry.example.com/mirror/redis:7.4" },
            says: {
                key: "images.redis",
                value: '"registry.example.com/mirror/redis:7.4"',
                problem: "has no digest, so what it means can change",
                fix: "write it as registry/repository:tag@sha256:<64 hex> in prod",
            },
        },
        {
            what: "no image at all",
            changes: { "stable.image": "Video Ranking" },
            says: {
                key: "stable.image",
                value: '"Video Ranking"',
                problem: "is not an image reference",
                fix: "write registry/repository:tag@sha256:<64 hex>, all of it in lower case but the tag",
            },
        },
        {
            what: "a bad host name",
            changes: { "gateway.hostname": "https://ranking.example.com" },
            says: {
                key: "gateway.hostname",
                value: '"https://ranking.example.com"',
                problem: "is not a full host name",
                fix: "write a full host name in lower case, without scheme, port, path or wildcard",
            },
        },
        {
            what: "a bad label",
            changes: { namespace: "Nova_Prod" },
            says: {
                key: "namespace",
                value: '"Nova_Prod"',
                problem: "is not a DNS label",
                fix: "use 1 to 63 lower-case letters, digits and hyphens, with no hyphen at an end",
            },
        },
        {
            what: "a revision name that is too long",
            changes: { "stable.name": `v${"1".repeat(30)}` },
            says: {
                key: "stable.name",
                value: `"v${"1".repeat(30)}"`,
                problem: "is not a DNS label of at most 30 characters",
                fix: "use 1 to 30 lower-case letters, digits and hyphens, a letter first and no hyphen at the end",
            },
        },
        {
            what: "names that are too long together",
            changes: { serviceName: "s".repeat(30), "stable.name": "v".repeat(13) },
            says: {
                key: "stable.name",
                value: `"${"v".repeat(13)}"`,
                problem: `makes object names too long: ${"s".repeat(30)}-${"v".repeat(13)} has 44 characters`,
                fix: "shorten it, or serviceName, to 43 characters together with the dash",
            },
        },
        {
            what: "a bad setting name",
            changes: { "stable.config": { "a b": "1" } },
            says: {
                key: 'stable.config["a b"]',
                value: '"1"',
                problem: "has a key that is not a file name",
                fix: "use letters, digits, '-', '_' and '.' in a key, and text as the value; {} where there are no settings",
            },
        },
        {
            what: "a store of no kind",
            changes: { "stores.redis": { kind: "elsewhere" } },
            says: {
                key: "stores.redis.kind",
                value: '"elsewhere"',
                problem: "is not a kind of store",
                fix: "use kind in-cluster with tlsIssuer, or kind external with host and port",
            },
        },
        {
            what: "gates of no kind",
            changes: { gates: { kind: "none" } },
            says: { key: "gates.kind", value: '"none"', problem: "is not a kind of gates", fix: "use kind full, or kind order-only with a reason in a lab" },
        },
        ...(["staging", "prod"] as const).map((environment) => ({
            what: `gates switched off in ${environment}`,
            environment,
            changes: { gates: { kind: "order-only", reason: "we are in a hurry today" } },
            says: {
                key: "gates.kind",
                value: '"order-only"',
                problem: "takes steps without soak, evidence and approvals, which only a lab may",
                fix: "use full; an override lifts one condition of one step, with a reason and an end: docs/approvals.md",
            },
        })),
        {
            what: "production without a list of who writes the ledger",
            environment: "prod",
            changes: { ledger: undefined },
            says: {
                key: "ledger.writers",
                problem: "is missing, and without it records count whoever wrote them",
                fix: "set ledger.writers.deployers to the users that run 'pulumi up', as the API server names them: docs/ledger.md",
            },
        },
        {
            what: "gates switched off with no reason",
            environment: "lab",
            changes: { gates: { kind: "order-only" } },
            says: {
                key: "gates.reason",
                problem: "is missing",
                fix: "set it, for example: pulumi config set --path 'gates.reason' 'this lab has no metrics yet'",
            },
        },
        {
            what: "gates switched off with hardly a reason",
            environment: "lab",
            changes: { gates: { kind: "order-only", reason: "because" } },
            says: {
                key: "gates.reason",
                value: '"because"',
                problem: "has fewer than 15 characters",
                fix: "say in a sentence why steps are taken without evidence",
            },
        },
        ...(["staging", "prod"] as const).map((environment) => ({
            what: `no metrics in ${environment}`,
            environment,
            changes: { metrics: {} },
            says: { key: "metrics", problem: "is missing, and a step forward needs live evidence", fix: "set prometheusUrl, gatewayUrl and gateway" },
        })),
        {
            what: "full gates without metrics in a lab",
            environment: "lab",
            changes: { gates: { kind: "full" }, metrics: {} },
            says: {
                key: "metrics",
                problem: "is missing, and a step forward needs live evidence",
                fix: "set prometheusUrl, gatewayUrl and gateway, or gates.kind to order-only",
            },
        },
        ...["prometheus.example.com:9090", "ftp://prometheus.example.com", "https://name:word@prometheus.example.com", "https://a.example.com/?query=1"].map(
            (prometheusUrl) => ({
                what: `an address such as ${prometheusUrl}`,
                changes: { "metrics.prometheusUrl": prometheusUrl },
                says: {
                    key: "metrics.prometheusUrl",
                    value: `"${prometheusUrl.replace("name:word", "[secret]")}"`,
                    problem: "is not the address of an HTTP service",
                    fix: "write http:// or https://, a host and a port, with no credentials, query or fragment",
                },
            }),
        ),
        {
            what: "two sources of Prometheus' token",
            changes: {
                "metrics.prometheusUrl": "https://prometheus.example.com",
                "metrics.prometheusTokenVariable": "NOVA_PROMETHEUS_TOKEN",
                "metrics.prometheusTokenFile": "/run/secrets/prometheus-token",
            },
            says: {
                key: "metrics.prometheusTokenFile",
                value: '"/run/secrets/prometheus-token"',
                problem: "is a second source of the token, and only one may count",
                fix: "write an absolute path",
            },
        },
        {
            what: "a token that would travel unencrypted",
            changes: { "metrics.prometheusUrl": "http://prometheus.example.com", "metrics.prometheusTokenVariable": "NOVA_PROMETHEUS_TOKEN" },
            says: {
                key: "metrics.prometheusUrl",
                value: '"http://prometheus.example.com"',
                problem: "would carry the token unencrypted",
                fix: "write http:// or https://, a host and a port, with no credentials, query or fragment",
            },
        },
        {
            what: "a private key where an authority belongs",
            changes: { "metrics.prometheusCertificateAuthority": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n" },
            says: {
                key: "metrics.prometheusCertificateAuthority",
                value: '"(left out)',
                problem: "is no certificate in PEM form",
                fix: "write the certificate as it is, from BEGIN to END; never a private key",
            },
        },
        {
            what: "a token that the watchdog can't read",
            changes: {
                "metrics.prometheusUrl": "https://prometheus.example.com",
                "metrics.prometheusTokenVariable": "NOVA_PROMETHEUS_TOKEN",
                watchdog: { image: `registry.example.com/nova/watchdog:1.0.0@sha256:${"d".repeat(64)}` },
                communication: {},
            },
            says: {
                key: "metrics.prometheusTokenVariable",
                value: '"NOVA_PROMETHEUS_TOKEN"',
                problem: "can't be read by the watchdog, whose pods get secrets as files",
                fix: "set communication.watchdogSecretName, or prometheusTokenFile in its place",
            },
        },
        {
            what: "full gates without a gateway to read",
            changes: { "metrics.gateway": undefined },
            says: {
                key: "metrics.gateway",
                problem: "is missing, and without it no gate sees what users got",
                fix: "set metrics.gateway.kind to envoy, istio or custom: docs/gate.md",
            },
        },
        ...(["staging", "prod"] as const).map((environment) => ({
            what: `no gateway to read in ${environment}`,
            environment,
            changes: { "metrics.gateway": { kind: "none", reason: "nobody scrapes it here" } },
            says: {
                key: "metrics.gateway.kind",
                value: '"none"',
                problem: "judges steps without what users got, which only a lab may",
                fix: "use envoy, istio or custom: docs/gate.md",
            },
        })),
        {
            what: "no gateway to read for no reason",
            environment: "lab",
            changes: { "metrics.gateway": { kind: "none", reason: "no" }, "metrics.gatewayStatsUrl": undefined },
            says: {
                key: "metrics.gateway.reason",
                value: '"no"',
                problem: "has fewer than 15 characters",
                fix: "say in a sentence why the gateway is not read",
            },
        },
        ...["{namespace}_{servce}-{revision}_80", "{namespace}_{revision}_${port}", "{namespace_{revision}", "{}{revision}"].map((clusterName) => ({
            what: `a cluster's name with a placeholder that is unknown: ${clusterName}`,
            changes: { "metrics.gateway": { kind: "envoy", clusterName } },
            says: {
                key: "metrics.gateway.clusterName",
                value: JSON.stringify(clusterName),
                problem: "has a placeholder that is unknown",
                fix: "use {namespace}, {service} and {revision}, and no other braces",
            },
        })),
        {
            what: "a cluster's name that is the same for both revisions",
            changes: { "metrics.gateway": { kind: "envoy", clusterName: "httproute/{namespace}/{service}/rule/0" } },
            says: {
                key: "metrics.gateway.clusterName",
                value: '"httproute/{namespace}/{service}/rule/0"',
                problem: "names no revision, so both would have the same numbers",
                fix: "use {namespace}, {service} and {revision}, and no other braces",
            },
        },
        ...[
            { kind: "istio", gateway: { kind: "istio" } },
            { kind: "custom", gateway: customGateway({ service: "{service}-{revision}" }) },
        ].map(({ kind, gateway }) => ({
            what: `statistics that are read as Envoy's, of another kind of gateway: ${kind}`,
            changes: { "metrics.gateway": gateway, "metrics.gatewayStatsUrl": "http://gateway.example.com:8002/stats/prometheus" },
            says: {
                key: "metrics.gatewayStatsUrl",
                value: '"http://gateway.example.com:8002/stats/prometheus"',
                problem: "is read as Envoy's statistics, and metrics.gateway.kind is not envoy",
                fix: "write http:// or https://, a host and a port, with no credentials, query or fragment",
            },
        })),
        {
            what: "a query with a placeholder that is unknown",
            changes: { "metrics.gateway": customGateway({ service: "{namespace}-{revison}", port: "{revision}" }) },
            says: {
                key: "metrics.gateway.queries.requests.labels.service",
                value: '"{namespace}-{revison}"',
                problem: "has a placeholder that is unknown",
                fix: "give labels that tell the revisions apart: use {namespace}, {service} and {revision}, and no other braces",
            },
        },
        {
            what: "a query that is the same for both revisions",
            changes: { "metrics.gateway": customGateway({ service: "{namespace}-{service}" }) },
            says: {
                key: "metrics.gateway.queries.requests.labels",
                value: '{"service":"{namespace}-{service}"}',
                problem: "names no revision, so both would have the same numbers",
                fix: "give labels that tell the revisions apart: use {namespace}, {service} and {revision}, and no other braces",
            },
        },
        {
            what: "a query that is an expression",
            changes: { "metrics.gateway": customGateway({ service: "{revision}" }, "rate(requests_total[1m])") },
            says: {
                key: "metrics.gateway.queries.requests.metric",
                value: '"rate(requests_total[1m])"',
                problem: "is not a metric's name",
                fix: "write the name alone: a counter, without labels and functions",
            },
        },
        {
            what: "a scrape interval of no time",
            changes: { "metrics.scrapeIntervalSeconds": 0 },
            says: { key: "metrics.scrapeIntervalSeconds", value: "0", problem: "is too short", fix: "use 1 to 300 seconds, as Prometheus is configured" },
        },
        {
            what: "a scrape interval of half an hour",
            changes: { "metrics.scrapeIntervalSeconds": 1_800 },
            says: { key: "metrics.scrapeIntervalSeconds", value: "1800", problem: "is too long", fix: "use 1 to 300 seconds, as Prometheus is configured" },
        },
        {
            what: "a shortened plan in staging",
            environment: "staging",
            changes: { timeScale: 0.1 },
            says: { key: "timeScale", value: "0.1", problem: "shortens the plan's soaks, which only a lab may", fix: "remove it" },
        },
        ...[
            { timeScale: "0", problem: "is not above 0", value: "0" },
            { timeScale: 1.5, problem: "is above 1", value: "1.5" },
            { timeScale: "fast", problem: "is not a number", value: '"fast"' },
        ].map(({ timeScale, problem, value }) => ({
            what: `a time scale of ${String(timeScale)}`,
            environment: "lab" as const,
            changes: { timeScale },
            says: { key: "timeScale", value, problem, fix: "use a number above 0 and at most 1; 1 outside a lab" },
        })),
        {
            what: "a role that the plan does not have",
            changes: { "approvals.roles": { "team-lead": ["a@example.com"] } },
            says: { key: "approvals.roles.team-lead", value: '["a@example.com"]', problem: "is not a known key", fix: "write tech-lead" },
        },
        {
            what: "a role that nobody may act for",
            changes: { "approvals.roles.tech-lead": [] },
            says: {
                key: "approvals.roles.tech-lead",
                value: "[]",
                problem: "is empty",
                fix: "list identities as text, or remove the role to let every user act for it",
            },
        },
        {
            what: "a watchdog image by tag in prod",
            changes: { watchdog: { image: "registry.example.com/nova/watchdog:1.0.0" } },
            says: {
                key: "watchdog.image",
                value: '"registry.example.com/nova/watchdog:1.0.0"',
                problem: "has no digest, so what it means can change",
                fix: "write it as registry/repository:tag@sha256:<64 hex> in prod",
            },
        },
        {
            what: "an address of a chat that is written into the file, which is not shown again",
            changes: { "communication.slack": { urlVariable: "https://hooks.slack.com/services/T000/B000/abcdefgh" } },
            says: {
                key: "communication.slack.urlVariable",
                value: '"https://(left out)',
                problem: "is not the name of an environment variable",
                fix: "write the variable's name in capitals, never the secret itself",
            },
        },
        {
            what: "a chat whose address is nowhere",
            changes: { "communication.slack": {} },
            says: { key: "communication.slack", value: "{}", problem: "names no source of its address, or two", fix: "set urlVariable or urlFile" },
        },
        {
            what: "mail in plain text over a network",
            changes: { "communication.email": { host: "smtp.example.com", security: "none", from: "a@example.com", to: ["b@example.com"] } },
            says: {
                key: "communication.email",
                value: '{"host":"smtp.example.com","security":"none","from":"a@example.com","to":["b@example.com"]}',
                problem: "sends messages and passwords in plain text over a network",
                fix: "set host, from and to; security starttls or tls; user with passwordVariable or passwordFile",
            },
        },
        {
            what: "a status page over plain HTTP",
            changes: { "communication.statusPage": { baseUrl: "http://status.example.com/v1", pageId: "p1", keyVariable: "NOVA_KEY" } },
            says: {
                key: "communication.statusPage.baseUrl",
                value: '"http://status.example.com/v1"',
                problem: "is not an https address",
                fix: "write an https address",
            },
        },
        {
            what: "a broker without a port",
            changes: { "stores.kafka.bootstrapServers": ["kafka.example.com"] },
            says: {
                key: "stores.kafka.bootstrapServers[0]",
                value: '"kafka.example.com"',
                problem: "is not host:port",
                fix: "list brokers as host:port, in lower case",
            },
        },
        {
            what: "a broker with no such port",
            changes: { "stores.kafka.bootstrapServers": ["kafka.example.com:65536"] },
            says: {
                key: "stores.kafka.bootstrapServers[0]",
                value: '"kafka.example.com:65536"',
                problem: "is not host:port",
                fix: "list brokers as host:port, in lower case",
            },
        },
        {
            what: "too few copies in prod",
            changes: { "stores.kafka.replicationFactor": 2, "stores.kafka.minimumInSyncReplicas": 2 },
            says: { key: "stores.kafka.replicationFactor", value: "2", problem: "loses records with two brokers down", fix: "use at least 3 in prod" },
        },
        {
            what: "too few copies in sync in prod",
            changes: { "stores.kafka.minimumInSyncReplicas": 1 },
            says: { key: "stores.kafka.minimumInSyncReplicas", value: "1", problem: "lets a record exist on one broker only", fix: "use at least 2 in prod" },
        },
        {
            what: "all copies needed for a write",
            changes: { "stores.kafka.minimumInSyncReplicas": 3 },
            says: {
                key: "stores.kafka.minimumInSyncReplicas",
                value: "3",
                problem: "equals replicationFactor, so one broker down stops all writing",
                fix: "use a number below replicationFactor",
            },
        },
        {
            what: "more copies in sync than there are",
            environment: "lab",
            changes: { "stores.kafka.minimumInSyncReplicas": 2 },
            says: {
                key: "stores.kafka.minimumInSyncReplicas",
                value: "2",
                problem: "is above replicationFactor, so nothing could be written",
                fix: "use at most 1",
            },
        },
        {
            what: "Kafka in plain text in prod",
            changes: { "stores.kafka.tls": false },
            says: { key: "stores.kafka.tls", value: "false", problem: "sends records and credentials in plain text", fix: "use true in prod" },
        },
        {
            what: "Kafka without a login in prod",
            changes: { "stores.kafka.sasl": "none" },
            says: { key: "stores.kafka.sasl", value: '"none"', problem: "leaves the access list without a name to go by", fix: "use scram-sha-512 in prod" },
        },
        {
            what: "an external store without TLS in prod",
            changes: { "stores.clickhouse": { kind: "external", host: "clickhouse.example.com", port: 8123, tls: false } },
            says: { key: "stores.clickhouse.tls", value: "false", problem: "sends data and credentials in plain text", fix: "use true in prod" },
        },
        {
            what: "a store in the cluster that nobody signs a certificate for",
            changes: { "stores.redis": { kind: "in-cluster" } },
            says: {
                key: "stores.redis.tlsIssuer",
                problem: "is missing",
                fix: "set it, for example: pulumi config set --path 'stores.redis.tlsIssuer' internal-certificates",
            },
        },
        {
            what: "an unproven PostgreSQL server in prod",
            changes: { "stores.postgres.sslMode": "require" },
            says: { key: "stores.postgres.sslMode", value: '"require"', problem: "does not prove who the server is", fix: "use verify-full in prod" },
        },
        {
            what: "a fraction of a second",
            changes: { "cluster.awaitTimeoutSeconds": 60.5 },
            says: { key: "cluster.awaitTimeoutSeconds", value: "60.5", problem: "is not a whole number", fix: "use 10 to 3600 seconds" },
        },
        {
            what: "a placeholder outside the lab",
            changes: { "stores.postgres.port": "${env:NOVA_LAB_POSTGRES_PORT}" },
            says: {
                key: "stores.postgres.port",
                value: '"${env:NOVA_LAB_POSTGRES_PORT}"',
                problem: "has a placeholder, which only the lab may have",
                fix: "write the value itself",
            },
        },
        {
            what: "a broken placeholder",
            environment: "lab",
            changes: { "stores.postgres.host": "${env:NOVA LAB}" },
            says: {
                key: "stores.postgres.host",
                value: '"${env:NOVA LAB}"',
                problem: "has a broken placeholder",
                fix: "write ${env:NAME}, with letters, digits and underscores in the name",
            },
        },
        {
            what: "a password that is missing",
            changes: { postgresAdminPassword: undefined },
            says: { key: "postgresAdminPassword", problem: "is missing", fix: "set it as a secret: pulumi config set --secret postgresAdminPassword" },
        },
    ])("$what", ({ environment = "prod", changes, says }) => {
        expect(problemsOf(parse(environment, changes))).toEqual([says]);
    });
});

describe("problems", () => {
    it("are reported together, those over several keys too", () => {
        const keys = problemsOf(
            parse("prod", {
                ...candidateOf({ image: "registry.example.com/a:1" }),
                rolloutPercent: 30,
                namespace: "A",
                "stores.kafka.replicationFactor": 1,
                typo: 1,
            }),
        ).map(({ key }) => key);
        expect(keys.toSorted()).toEqual([
            "candidate.image",
            "namespace",
            "rolloutPercent",
            "stores.kafka.minimumInSyncReplicas",
            "stores.kafka.replicationFactor",
            "typo",
        ]);
    });

    it("name each key whose variable a lab that is not running leaves unset", () => {
        const problems = problemsOf(parse("lab", {}, {}));
        expect(problems).toHaveLength(13);
        expect(new Set(problems.map(({ key }) => key)).size).toBe(13);
        for (const [name] of Object.entries(labVariables)) {
            expect(problems.map(({ problem }) => problem)).toContainEqual(expect.stringContaining(`needs ${name},`));
        }
        expect(new Set(problems.map(({ fix }) => fix))).toEqual(new Set(["start the lab and load its settings: make lab-up and source .lab/env"]));
    });

    it.each([
        { what: "a password in plain text", secretKeys: [], key: "postgresAdminPassword", problem: "is in plain text in the stack file" },
        {
            what: "a secret where plain text is needed",
            secretKeys: ["postgresAdminPassword", "stable"],
            key: "stable",
            problem: "is secret, and would be handed on in plain text",
        },
    ])("never show the value of $what", ({ secretKeys, key, problem }) => {
        const raw = { ...readStack("prod"), stable: { name: "v1", image: digest("1"), config: { TOKEN: "secret-value" } } };
        const problems = problemsOf(parseConfig(raw, { variables: {}, secretKeys: new Set(secretKeys) }));
        expect(problems.filter((found) => found.key === key)).toMatchObject([{ key, value: "[secret]", problem }]);
        expect(secretKeys.includes(key) ? JSON.stringify(problems) : describeProblems(problems.filter((found) => found.key === key))).not.toContain(
            "secret-value",
        );
    });

    it("read as one message", () => {
        expect(describeProblems(problemsOf(parse("prod", { namespace: "A", rolloutPercnt: 1 })))).toBe(
            [
                "The stack config has 2 problems. Nothing was changed.",
                '  namespace = "A" is not a DNS label',
                "    fix: use 1 to 63 lower-case letters, digits and hyphens, with no hyphen at an end",
                "  rolloutPercnt = 1 is not a known key",
                "    fix: write rolloutPercent",
            ].join("\n"),
        );
    });
});
