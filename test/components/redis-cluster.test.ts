import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";

import { redisAccounts, sentinelAcl, serverAcl } from "../../components/redis/acl.ts";
import { sentinelConfiguration, serverConfiguration } from "../../components/redis/configuration.ts";
import { RedisCluster, type RedisClusterArgs } from "../../components/redis-cluster.ts";
import { type RegisteredStack, buildStack, isSecretAt, misnamedChildren, promiseOf, valueAt, withoutSecrets } from "../helpers/mocks.ts";

// What is proved here is what the program passes on. That the scripts elect and hand over was tried with real Redis servers, not by these tests.

const passwords = { application: "open-sesame", exporter: "look-only", replication: "copy-that", sentinel: "on-watch" };

const args: RedisClusterArgs = {
    namespace: "nova",
    service: "ranking",
    serviceAccountName: "ranking-store",
    images: { redis: "registry.test/redis", exporter: "registry.test/exporter" },
    passwords,
    awaitTimeoutSeconds: 60,
    protect: true,
};

async function build(change: Partial<RedisClusterArgs> = {}): Promise<RegisteredStack<RedisCluster>> {
    return buildStack(() => new RedisCluster("redis", { ...args, ...change }));
}

/** How the project orders the store's certificate. */
const certificate = { issuer: { kind: "ClusterIssuer", name: "internal" } } as const;

const pod = "spec.template.spec";

describe("a Redis cluster", () => {
    it("is a primary and two replicas, each with its Sentinel and an exporter, and a volume that is protected", async () => {
        const servers = (await build()).named("redis-servers");
        expect(servers).toMatchObject({ protect: true, customTimeouts: { create: "60s" } });
        expect(valueAt(servers.inputs, "spec.replicas")).toBe(3);
        expect([0, 1, 2].map((index) => valueAt(servers.inputs, `${pod}.containers[${String(index)}].name`))).toEqual(["redis", "sentinel", "exporter"]);
        expect(valueAt(servers.inputs, "spec.volumeClaimTemplates[0].spec")).toEqual({
            accessModes: ["ReadWriteOnce"],
            resources: { requests: { storage: "4Gi" } },
        });
    });

    it("starts all pods at once, since a replica waits for the primary whichever ordinal that is", async () => {
        expect(valueAt((await build()).named("redis-servers").inputs, "spec.podManagementPolicy")).toBe("Parallel");
    });

    it.each([
        { tls: false, address: "redis://localhost:6379", named: "redis://exporter@localhost:6379" },
        { tls: true, address: "rediss://localhost:6379", named: "rediss://exporter@localhost:6379" },
    ])("gives the exporter its password under the names by which old and new exporters look for it (TLS: $tls)", async ({ tls, address, named }) => {
        const { inputs } = (await build(tls ? { certificate } : {})).named("redis-credentials");
        expect(valueAt(inputs, "stringData")).toMatchObject({
            "exporter.json": JSON.stringify({
                [address]: passwords.exporter,
                [named]: passwords.exporter,
            }),
        });
    });

    it("spreads over nodes and zones, and loses one pod at a time", async () => {
        const stack = await build();
        const servers = stack.named("redis-servers").inputs;
        const selector = valueAt(servers, "spec.selector.matchLabels");
        expect(valueAt(servers, `${pod}.topologySpreadConstraints[0]`)).toMatchObject({
            topologyKey: "topology.kubernetes.io/zone",
            labelSelector: { matchLabels: selector },
        });
        expect(valueAt(stack.named("redis-budget").inputs, "spec")).toEqual({
            maxUnavailable: 1,
            unhealthyPodEvictionPolicy: "AlwaysAllow",
            selector: { matchLabels: selector },
        });
    });

    it("tells clients where the Sentinels are, and whom to ask for", async () => {
        const { endpoint } = (await build()).result;
        expect(await promiseOf(pulumi.output(endpoint))).toEqual({
            host: "redis-sentinel.nova.svc",
            port: 26379,
            sentinelPrimaryName: "redis",
            encryption: { kind: "none" },
        });
    });

    it("lets pods find each other before any is ready", async () => {
        const headless = (await build()).named("redis-pods").inputs;
        expect(valueAt(headless, "spec")).toMatchObject({ clusterIP: "None", publishNotReadyAddresses: true });
    });

    it("mounts what can change by names that change with it", async () => {
        const stack = await build();
        for (const name of ["redis-configuration", "redis-users", "redis-credentials"]) {
            expect(stack.named(name).inputs, name).toMatchObject({ immutable: true });
            expect(valueAt(stack.named(name).inputs, "metadata.name"), name).toBeUndefined();
        }
    });

    it("shows no password in plain text, not even the ones it was given as plain text", async () => {
        const stack = await build();
        const plain = JSON.stringify(stack.resources.map(({ inputs, outputs }) => withoutSecrets([inputs, outputs])));
        for (const password of Object.values(passwords)) {
            expect(plain).not.toContain(password);
        }
        expect(isSecretAt(stack.named("redis-credentials").inputs, "stringData.replication")).toBe(true);
    });

    it("keeps the application's password off the pods: they need only its hash", async () => {
        const credentials = valueAt((await build()).named("redis-credentials").inputs, "stringData");
        expect(JSON.stringify(credentials)).not.toContain(passwords.application);
    });

    it("closes the plain-text ports once it has a certificate", async () => {
        const stack = await build({ certificate });
        const configuration = stack.named("redis-configuration").inputs;
        expect(valueAt(configuration, "data[redis.conf]")).toMatch(/^port 0\ntls-port 6379$/m);
        expect(valueAt(configuration, "data[sentinel.conf]")).toMatch(/^port 0\ntls-port 26379$/m);
        expect(JSON.stringify(valueAt(stack.named("redis-servers").inputs, `${pod}.containers[2].env`))).toContain("rediss://localhost:6379");
    });

    it("has a certificate for every name that somebody connects to, and tells clients whom to trust", async () => {
        const stack = await build({ certificate });
        const ordered = stack.named("redis-certificate-certificate").inputs;
        expect(valueAt(ordered, "spec")).toMatchObject({
            secretName: "redis-tls",
            dnsNames: ["*.redis-pods.nova.svc", "redis-sentinel.nova.svc", "localhost"],
            issuerRef: { kind: "ClusterIssuer", name: "internal" },
        });
        const domain = [0, 1].map((index) => valueAt(stack.named("redis-servers").inputs, `${pod}.containers[${String(index)}].env[0]`));
        expect(domain).toEqual([0, 1].map(() => ({ name: "DOMAIN", value: "redis-pods.nova.svc" })));
        expect(await promiseOf(pulumi.output(stack.result.endpoint))).toMatchObject({
            host: "redis-sentinel.nova.svc",
            encryption: { kind: "private", secretName: "redis-tls" },
        });
    });

    it("mounts the certificate as a folder, which the kubelet keeps current, and asks over TLS", async () => {
        const servers = (await build({ certificate })).named("redis-servers").inputs;
        expect(valueAt(servers, `${pod}.volumes`)).toContainEqual({ name: "tls", secret: { secretName: "redis-tls", defaultMode: 0o440 } });
        for (const index of [0, 1, 2]) {
            const mounts = valueAt(servers, `${pod}.containers[${String(index)}].volumeMounts`);
            expect(mounts).toContainEqual({ name: "tls", mountPath: "/tls", readOnly: true });
        }
        for (const index of [0, 1]) {
            expect(valueAt(servers, `${pod}.containers[${String(index)}].env`)).toContainEqual({ name: "TLS_FLAGS", value: "--tls --cacert /tls/ca.crt" });
        }
        expect(valueAt(servers, `${pod}.containers[2].env`)).toContainEqual({ name: "REDIS_EXPORTER_TLS_CA_CERT_FILE", value: "/tls/ca.crt" });
    });

    it("says why it has no backup", async () => {
        expect(valueAt((await build()).named("redis-servers").inputs, "metadata.annotations[nova.example.com/without-backup]")).toMatch(/^a cache: /);
    });

    it.each([0, 63, 64.5, Number.NaN])("refuses %d MiB for data", async (maxMemoryMi) => {
        await expect(build({ maxMemoryMi })).rejects.toThrow(`maxMemoryMi is ${String(maxMemoryMi)}: give a whole number of MiB, at least 64`);
    });

    it("names every child after itself", async () => {
        expect(misnamedChildren(await build({ certificate }))).toEqual([]);
    });
});

describe("Redis accounts", () => {
    const server = serverAcl(passwords);
    const rulesOf = (account: string): string => server.split("\n").find((line) => line.startsWith(`user ${account} `)) ?? "";

    it("are known by the hash of their password only", () => {
        for (const file of [server, sentinelAcl(passwords)]) {
            expect(file).toMatch(/#[0-9a-f]{64} /);
            for (const password of Object.values(passwords)) {
                expect(file).not.toContain(password);
            }
        }
    });

    it("leave nothing to a client that names none", () => {
        expect(rulesOf("default")).toBe("user default off resetpass resetkeys resetchannels -@all");
    });

    it("take what empties or administers the store away from the application", () => {
        expect(rulesOf("application")).toContain("-@admin -@dangerous");
    });

    it.each(redisAccounts.filter((account) => account !== "application"))("give %s no command that is not listed, and no key", (account) => {
        expect(rulesOf(account)).toContain("-@all");
        expect(rulesOf(account)).not.toContain("~");
    });

    it("hide the replication password from the exporter: CONFIG GET would show it", () => {
        expect(rulesOf("exporter")).not.toContain("config");
    });
});

describe("Redis configuration", () => {
    it("bounds memory and throws out keys, rather than fail writes", () => {
        expect(serverConfiguration({ maxMemoryMi: 512, evictionPolicy: "allkeys-lru", tls: false })).toMatch(
            /^maxmemory 512mb\nmaxmemory-policy allkeys-lru$/m,
        );
    });

    it.each([serverConfiguration({ maxMemoryMi: 64, evictionPolicy: "volatile-ttl", tls: true }), sentinelConfiguration({ tls: false })])(
        "keeps protected mode, and takes accounts from the ACL file",
        (text) => {
            expect(text).toContain("\nprotected-mode yes\n");
            expect(text).toMatch(/^aclfile \/users\/\w+\.acl$/m);
        },
    );
});
