import { execa } from "execa";
import { X509Certificate } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { Certificate } from "../../components/certificate.ts";
import { RedisCluster } from "../../components/redis-cluster.ts";
import { labHealth, startLabService, stopLabService } from "../../lab/api.ts";
import { toolPath } from "../../lab/toolchain/paths.ts";
import { waitUntil } from "../../lab/wait.ts";
import { certificateInSecret } from "../../rollout/preflight/certificates/read.ts";
import { judgeCertificates } from "../../rollout/preflight/certificates/judge.ts";
import { buildStack } from "../helpers/mocks.ts";
import { handshake, IssuedCertificates } from "./issued-certificates.ts";
import { TrialNamespace } from "./trial-namespace.ts";

const issuer = { kind: "ClusterIssuer", name: "lab-issuer" } as const;

let trial: TrialNamespace;
let issued: IssuedCertificates;

beforeAll(async () => {
    trial = await TrialNamespace.create("certificates");
    issued = new IssuedCertificates(trial.config, trial.name);
});
afterAll(async () => {
    await startLabService("cert-manager");
    await trial.remove();
});

/** Has the component declare a certificate, and applies it. Its Secret has the same name. */
async function order(secretName: string, { hostnames = ["api.example.com"], issuedBy = issuer }: { hostnames?: string[]; issuedBy?: Issuer } = {}) {
    const args = { namespace: trial.name, service: "api", hostnames, issuer: issuedBy, secretName, awaitTimeoutSeconds: 60 };
    await applyCertificates(() => new Certificate(secretName, args));
}

type Issuer = ConstructorParameters<typeof Certificate>[1]["issuer"];

/** Applies the Certificates that a piece of the program declares. */
async function applyCertificates(build: () => unknown): Promise<void> {
    const declared = (await buildStack(build)).ofType("kubernetes:cert-manager.io/v1:Certificate");
    expect(declared).toHaveLength(1);
    await trial.apply("pulumi", ...declared.map(({ inputs }) => inputs));
}

describe("a certificate that the program declares", () => {
    it("is signed for all of the names of a store, and a client that has nothing but ca.crt trusts it", async () => {
        await applyCertificates(
            () =>
                new RedisCluster("cache", {
                    namespace: trial.name,
                    service: "api",
                    serviceAccountName: "api-store",
                    images: { redis: "registry.test/redis", exporter: "registry.test/exporter" },
                    passwords: { application: "a", exporter: "b", replication: "c", sentinel: "d" },
                    certificate: { issuer },
                    awaitTimeoutSeconds: 60,
                    protect: false,
                }),
        );
        const certificate = await issued.ready("cache-tls");
        expect(certificate.secretType).toBe("kubernetes.io/tls");
        for (const name of [`cache-0.cache-pods.${trial.name}.svc`, `cache-2.cache-pods.${trial.name}.svc`, `cache-sentinel.${trial.name}.svc`, "localhost"]) {
            await handshake(certificate, name, certificate.authority);
        }
        await expect(handshake(certificate, "another.example.com", certificate.authority)).rejects.toThrow(/altnames/);
    });

    it("is one that the preflight finds in order: host, key, chain and the days that it is valid for", async () => {
        await order("host-tls", { hostnames: ["api.example.com", "*.api.example.com"] });
        const { chain, key, authority } = await issued.ready("host-tls");
        const readings = ["api.example.com", "eu.api.example.com"].map((hostname) =>
            certificateInSecret({ place: `Secret ${trial.name}/host-tls`, chain, key, authority, hostname }),
        );
        expect(judgeCertificates(readings, [], new Date().toISOString())).toMatchObject({ state: "passed" });
    });

    it("can't sign others: a store that is taken over makes no certificates", async () => {
        await order("leaf-tls");
        const leaf = new X509Certificate((await issued.ready("leaf-tls")).chain);
        expect(leaf.ca).toBe(false);
        expect(leaf.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
    });
});

describe("a renewal", () => {
    it("that is asked for gives the same Secret another certificate with another key, which clients trust as before", async () => {
        await order("renewed-tls");
        const before = await issued.ready("renewed-tls");
        await issued.renew("renewed-tls");
        const after = await issued.ready("renewed-tls", before);
        expect(after.secretUid).toBe(before.secretUid);
        expect(after.key).not.toBe(before.key);
        expect(after.authority).toBe(before.authority);
        await handshake(after, "api.example.com", before.authority);
    });

    it("comes by itself when the time before the end is reached, with the old key where the policy says so", async () => {
        await trial.apply("test", {
            apiVersion: "cert-manager.io/v1",
            kind: "Certificate",
            metadata: { name: "short-tls" },
            spec: {
                secretName: "short-tls",
                dnsNames: ["api.example.com"],
                duration: "1h",
                // Five seconds after it was issued.
                renewBefore: "59m55s",
                privateKey: { algorithm: "ECDSA", size: 256, rotationPolicy: "Never" },
                issuerRef: { group: "cert-manager.io", ...issuer },
            },
        });
        const before = await issued.ready("short-tls");
        const after = await issued.ready("short-tls", before);
        expect(after.key).toBe(before.key);
        expect(after.secretUid).toBe(before.secretUid);
    });

    it("of the lab's authority leaves what it has signed trusted", async () => {
        const authorities = new IssuedCertificates(trial.config, "cert-manager");
        await order("older-tls");
        const older = await issued.ready("older-tls");
        const before = await authorities.ready("lab-authority");
        await authorities.renew("lab-authority");
        const after = await authorities.ready("lab-authority", before);
        expect(after.key).toBe(before.key);
        await handshake(older, "api.example.com", after.chain);
        await order("newer-tls");
        await handshake(await issued.ready("newer-tls"), "api.example.com", before.chain);
    });
});

describe("a certificate that can't be signed", () => {
    it("is not ready and says which issuer is missing, writes no Secret, and is signed once the issuer is there", async () => {
        await order("waiting-tls", { issuedBy: { kind: "Issuer", name: "later" } });
        await waitUntil(
            async () => {
                expect(await issued.requestReadiness("waiting-tls")).toMatchObject({ status: "False", reason: "Pending" });
            },
            { what: "the request's condition", withinMs: 30_000 },
        );
        expect(await issued.requestReadiness("waiting-tls")).toMatchObject({ message: expect.stringMatching(/issuer.*"later" not found/i) as string });
        expect(await issued.readiness("waiting-tls")).toMatchObject({ status: "False", reason: "DoesNotExist" });
        expect(await issued.secrets()).not.toContain("waiting-tls");

        await trial.apply("test", { apiVersion: "cert-manager.io/v1", kind: "Issuer", metadata: { name: "later" }, spec: { selfSigned: {} } });
        const certificate = await issued.ready("waiting-tls");
        await handshake(certificate, "api.example.com", certificate.authority);
    });

    it("waits while cert-manager is away, and is signed when it is back", async () => {
        expect(await stopLabService("cert-manager")).toBe(true);
        expect((await labHealth())?.get("cert-manager")).toEqual({ kind: "stopped" });
        await order("away-tls");
        await expect(issued.readiness("away-tls")).rejects.toThrow("no condition Ready yet");
        await startLabService("cert-manager");
        await issued.ready("away-tls");
    });
});

describe("cert-manager's user", () => {
    it.each([
        { verb: "update", group: "", resource: "secrets", allowed: true },
        { verb: "create", group: "cert-manager.io", resource: "certificaterequests", allowed: true },
        { verb: "create", group: "cert-manager.io", resource: "certificates", allowed: false },
        { verb: "create", group: "cert-manager.io", resource: "clusterissuers", allowed: false },
        { verb: "get", group: "", resource: "configmaps", allowed: false },
        { verb: "list", group: "", resource: "pods", allowed: false },
        { verb: "patch", group: "gateway.networking.k8s.io", resource: "httproutes", allowed: false },
    ])("may $verb $resource of '$group': $allowed", async ({ verb, group, resource, allowed }) => {
        const asked = ["auth", "can-i", verb, `${resource}.${group}`, "--as=lab-cert-manager", `--namespace=${trial.name}`];
        const { stdout } = await execa(toolPath("kubectl"), asked, { env: { KUBECONFIG: trial.kubeconfigFile }, reject: false });
        expect(stdout).toBe(allowed ? "yes" : "no");
    });
});
