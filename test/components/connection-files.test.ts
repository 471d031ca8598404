import * as pulumi from "@pulumi/pulumi";
import { describe, expect, it } from "vitest";

import { type ConnectionFilesArgs, connectionFiles, storeAuthorities } from "../../components/connection-files.ts";
import type { StoreEncryption, StoreEndpoint } from "../../components/store.ts";
import { promiseOf } from "../helpers/mocks.ts";

type KafkaSecurity = Pick<ConnectionFilesArgs["kafka"], "tls" | "sasl">;

const credential = (username: string) => ({ username, password: pulumi.output(`${username}-word`) });
const endpoint = (host: string, port: number, encryption: StoreEncryption): StoreEndpoint => ({ host, port, encryption });

async function filesWith(encryption: StoreEncryption, kafka: KafkaSecurity = { tls: true, sasl: "scram-sha-512" }): Promise<Readonly<Record<string, string>>> {
    const files = connectionFiles({
        credentials: {
            postgresApplication: credential("app"),
            redisApplication: credential("app"),
            clickhouseApplication: credential("app"),
            kafkaApplication: credential("app"),
        },
        postgres: { host: "postgres.example.com", port: 5432, database: "shelf", sslMode: "verify-full" },
        redis: { ...endpoint("redis.svc", 26379, encryption), sentinelPrimaryName: "redis" },
        clickhouse: { ...endpoint("clickhouse.svc", 8443, encryption), database: "shelf" },
        kafka: { bootstrapServers: ["kafka-0:9093", "kafka-1:9093"], ...kafka },
    });
    for (const [name, file] of Object.entries(files)) {
        expect(await pulumi.isSecret(file), name).toBe(true);
    }
    return promiseOf(pulumi.unsecret(pulumi.output(files)));
}

describe("the connection files of a service", () => {
    it("name the scheme, and the authority to trust, of stores with certificates of an authority of their own", async () => {
        expect(await filesWith({ kind: "private", secretName: "redis-tls" })).toMatchObject({
            "redis-url": "rediss://app:app-word@redis.svc:26379",
            "redis-authority": "/etc/service/authorities/redis.crt",
            "clickhouse-url": "https://app:app-word@clickhouse.svc:8443/shelf",
            "clickhouse-authority": "/etc/service/authorities/clickhouse.crt",
        });
    });

    it("leave the authority to the image where it is a public one", async () => {
        expect(await filesWith({ kind: "public" })).toMatchObject({
            "redis-url": "rediss://app:app-word@redis.svc:26379",
            "redis-authority": "",
            "clickhouse-url": "https://app:app-word@clickhouse.svc:8443/shelf",
            "clickhouse-authority": "",
        });
    });

    it("say where nothing is encrypted", async () => {
        expect(await filesWith({ kind: "none" })).toMatchObject({
            "redis-url": "redis://app:app-word@redis.svc:26379",
            "clickhouse-url": "http://app:app-word@clickhouse.svc:8443/shelf",
        });
    });

    it.each([
        { tls: true, sasl: "scram-sha-512", protocol: "sasl_ssl" },
        { tls: false, sasl: "scram-sha-512", protocol: "sasl_plaintext" },
        { tls: true, sasl: "none", protocol: "ssl" },
        { tls: false, sasl: "none", protocol: "plaintext" },
    ] as const)("say in Kafka's own words how its clients connect: $protocol", async ({ tls, sasl, protocol }) => {
        expect(await filesWith({ kind: "none" }, { tls, sasl })).toMatchObject({
            "kafka-security-protocol": protocol,
            "kafka-bootstrap-servers": "kafka-0:9093,kafka-1:9093",
            "kafka-username": "app",
            "kafka-password": "app-word",
        });
    });
});

describe("the authorities of stores", () => {
    it("are mounted under the names that the connection files give, and only where there is a Secret", () => {
        const [own, open] = [endpoint("a", 1, { kind: "private", secretName: "redis-tls" }), endpoint("b", 2, { kind: "public" })];
        expect(storeAuthorities({ redis: own, clickhouse: open })).toEqual({ "redis.crt": "redis-tls" });
        expect(storeAuthorities({ redis: open, clickhouse: { ...own, encryption: { kind: "none" } } })).toEqual({});
    });
});
