import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";

import { ApplicationSecrets } from "../../components/application-secrets.ts";
import { ServiceStores, type ServiceStoresArgs } from "../../components/service-stores.ts";
import { type RegisteredStack, buildStack, misnamedChildren, promiseOf, valueAt } from "../helpers/mocks.ts";

const image = `registry.example.com/image@sha256:${"1".repeat(64)}`;
const outside = { kind: "external", host: "store.example.com", port: 6380, tls: true } as const;

async function build(change: Partial<ServiceStoresArgs> = {}): Promise<RegisteredStack<ServiceStores>> {
    return buildStack(() => {
        const { credentials } = new ApplicationSecrets("shelf-secrets", { service: "shelf" });
        const args: ServiceStoresArgs = {
            namespace: "shelf-prod",
            service: "shelf",
            serviceAccountName: "shelf-store",
            backupServiceAccountName: "shelf-backup",
            redis: { kind: "in-cluster", tlsIssuer: "internal" },
            clickhouse: { kind: "in-cluster", tlsIssuer: "internal", backupVolumeSize: "100Gi" },
            credentials,
            images: { redis: image, redisExporter: image, clickhouse: image, clickhouseKeeper: image },
            podNetworks: ["10.244.0.0/16"],
            database: "shelf",
            awaitTimeoutSeconds: 60,
            protect: true,
        };
        return new ServiceStores("shelf-stores", { ...args, ...change }, { provider: new k8s.Provider("cluster") });
    });
}

const certificates = "kubernetes:cert-manager.io/v1:Certificate";

describe("the stores of a service", () => {
    it("have a certificate each, by the issuer that the config names, and wait for it", async () => {
        const ordered = (await build()).ofType(certificates);
        expect(ordered.map(({ inputs }) => [valueAt(inputs, "spec.secretName"), valueAt(inputs, "spec.issuerRef.name")])).toEqual([
            ["shelf-stores-redis-tls", "internal"],
            ["shelf-stores-clickhouse-tls", "internal"],
        ]);
        for (const { inputs } of ordered) {
            expect(valueAt(inputs, "metadata.annotations")).toEqual({ "pulumi.com/waitFor": "condition=Ready" });
        }
    });

    it("tell clients which authority to trust", async () => {
        const { redis, clickhouse } = (await build()).result;
        expect(await promiseOf(pulumi.output([redis.encryption, clickhouse.encryption]))).toEqual([
            { kind: "private", secretName: "shelf-stores-redis-tls" },
            { kind: "private", secretName: "shelf-stores-clickhouse-tls" },
        ]);
    });

    it("back up the events, and nothing else", async () => {
        const backups = (await build()).ofType("kubernetes:batch/v1:CronJob").map(({ inputs }) => valueAt(inputs, "metadata.annotations"));
        expect(backups).toHaveLength(2);
        expect(backups).toContainEqual({ "nova.example.com/backup-of": "clickhouse" });
        expect(backups).toContainEqual({ "nova.example.com/restore-check-of": "clickhouse" });
    });

    it.each([
        { tls: true, kind: "public" },
        { tls: false, kind: "none" },
    ])("are not made where somebody else runs them, with TLS: $tls", async ({ tls, kind }) => {
        const stack = await build({ redis: { ...outside, tls }, clickhouse: { ...outside, tls } });
        expect(stack.resources.filter(({ type }) => type.startsWith("kubernetes:"))).toEqual([]);
        expect(stack.result.redis).toEqual({ host: "store.example.com", port: 6380, encryption: { kind } });
        expect(stack.result.clickhouse).toEqual(stack.result.redis);
    });

    it("give every child its name", async () => {
        expect(misnamedChildren(await build())).toEqual([]);
    });
});
