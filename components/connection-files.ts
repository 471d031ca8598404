import * as pulumi from "@pulumi/pulumi";

import type { Credentials } from "./application-secrets.ts";
import type { StoreEncryption, StoreEndpoint } from "./store.ts";
import { authorityFolder } from "../rollout/pulumi/revision-pod.ts";

export interface ConnectionFilesArgs {
    readonly credentials: Pick<Credentials, "postgresApplication" | "redisApplication" | "clickhouseApplication" | "kafkaApplication">;
    readonly postgres: { readonly host: string; readonly port: number; readonly database: pulumi.Input<string>; readonly sslMode: string };
    readonly redis: StoreEndpoint;
    readonly clickhouse: StoreEndpoint & { readonly database: string };
    readonly kafka: { readonly bootstrapServers: readonly string[]; readonly tls: boolean; readonly sasl: "none" | "scram-sha-512" };
}

/**
 * How the service's pods reach their stores: one file a setting, to be mounted from a Secret.
 *
 * The scheme of a URL says whether the connection is encrypted. `<store>-authority` is the path of the certificate to trust then; it is empty where those of the image will do.
 * `kafka-security-protocol` is Kafka's own word for how its clients connect; the login is by SCRAM-SHA-512.
 * Passwords hold only characters that a URL takes as they are, and each file is secret as a whole.
 */
export function connectionFiles(args: ConnectionFilesArgs): Record<string, pulumi.Output<string>> {
    const { postgresApplication, redisApplication, clickhouseApplication, kafkaApplication } = args.credentials;
    const { postgres, redis, clickhouse, kafka } = args;
    const redisScheme = isEncrypted(redis) ? "rediss" : "redis";
    const clickhouseScheme = isEncrypted(clickhouse) ? "https" : "http";
    const files = {
        "postgres-url": pulumi.interpolate`postgresql://${postgresApplication.username}:${postgresApplication.password}@${postgres.host}:${postgres.port}/${postgres.database}?sslmode=${postgres.sslMode}`,
        "redis-url": pulumi.interpolate`${redisScheme}://${redisApplication.username}:${redisApplication.password}@${redis.host}:${redis.port}`,
        "redis-sentinel-primary": pulumi.output(redis.sentinelPrimaryName ?? ""),
        "redis-authority": pulumi.output(authorityPath("redis", redis.encryption)),
        "clickhouse-url": pulumi.interpolate`${clickhouseScheme}://${clickhouseApplication.username}:${clickhouseApplication.password}@${clickhouse.host}:${clickhouse.port}/${clickhouse.database}`,
        "clickhouse-authority": pulumi.output(authorityPath("clickhouse", clickhouse.encryption)),
        "kafka-bootstrap-servers": pulumi.output(kafka.bootstrapServers.join(",")),
        "kafka-security-protocol": pulumi.output(`${kafka.sasl === "none" ? "" : "sasl_"}${kafka.tls ? "ssl" : "plaintext"}`),
        "kafka-username": pulumi.output(kafkaApplication.username),
        "kafka-password": kafkaApplication.password,
    };
    return Object.fromEntries(Object.entries(files).map(([name, value]) => [name, pulumi.secret(value)]));
}

/** Of each file in {@link authorityFolder}, the Secret whose `ca.crt` it is. */
export function storeAuthorities(stores: Readonly<Record<"redis" | "clickhouse", StoreEndpoint>>): Record<string, pulumi.Input<string>> {
    const entries = (["redis", "clickhouse"] as const).flatMap((store): [string, pulumi.Input<string>][] => {
        const { encryption } = stores[store];
        return encryption.kind === "private" ? [[fileOf(store), encryption.secretName]] : [];
    });
    return Object.fromEntries(entries);
}

function isEncrypted({ encryption }: StoreEndpoint): boolean {
    return encryption.kind !== "none";
}

function authorityPath(store: string, encryption: StoreEncryption): string {
    return encryption.kind === "private" ? `${authorityFolder}/${fileOf(store)}` : "";
}

function fileOf(store: string): string {
    return `${store}.crt`;
}
