import * as pulumi from "@pulumi/pulumi";

import type { Credentials } from "./application-secrets.ts";
import type { StoreEndpoint } from "./store.ts";

export interface ConnectionFilesArgs {
    readonly credentials: Pick<Credentials, "postgresApplication" | "redisApplication" | "clickhouseApplication" | "kafkaApplication">;
    readonly postgres: { readonly host: string; readonly port: number; readonly database: pulumi.Input<string>; readonly sslMode: string };
    readonly redis: StoreEndpoint;
    readonly clickhouse: StoreEndpoint & { readonly database: string };
    readonly kafka: { readonly bootstrapServers: readonly string[] };
}

/**
 * How the service's pods reach their stores: one file a setting, to be mounted from a Secret.
 *
 * Passwords hold only characters that a URL takes as they are, and each file is secret as a whole.
 */
export function connectionFiles(args: ConnectionFilesArgs): Record<string, pulumi.Output<string>> {
    const { postgresApplication, redisApplication, clickhouseApplication, kafkaApplication } = args.credentials;
    const { postgres, redis, clickhouse, kafka } = args;
    const files = {
        "postgres-url": pulumi.interpolate`postgresql://${postgresApplication.username}:${postgresApplication.password}@${postgres.host}:${postgres.port}/${postgres.database}?sslmode=${postgres.sslMode}`,
        "redis-url": pulumi.interpolate`redis://${redisApplication.username}:${redisApplication.password}@${redis.host}:${redis.port}`,
        "redis-sentinel-primary": pulumi.output(redis.sentinelPrimaryName ?? ""),
        "clickhouse-url": pulumi.interpolate`http://${clickhouseApplication.username}:${clickhouseApplication.password}@${clickhouse.host}:${clickhouse.port}/${clickhouse.database}`,
        "kafka-bootstrap-servers": pulumi.output(kafka.bootstrapServers.join(",")),
        "kafka-username": pulumi.output(kafkaApplication.username),
        "kafka-password": kafkaApplication.password,
    };
    return Object.fromEntries(Object.entries(files).map(([name, value]) => [name, pulumi.secret(value)]));
}
