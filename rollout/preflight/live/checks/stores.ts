import { defined } from "../../../defined.ts";
import { type PreflightFinding, notConfigured } from "../../preflight.ts";
import { judgeClickHouse } from "../../clickhouse/judge.ts";
import { judgeKafka } from "../../kafka/judge.ts";
import { judgePostgres } from "../../postgres/judge.ts";
import { judgeRedis } from "../../redis/judge.ts";
import { readClickHouse } from "../../clickhouse/read.ts";
import { readKafka } from "../../kafka/read.ts";
import { readPostgres } from "../../postgres/read.ts";
import { type RedisArgs, readRedis } from "../../redis/read.ts";
import type { Check } from "../run.ts";
import type { Tools } from "../tools.ts";

/** PostgreSQL, Redis, ClickHouse and Kafka. */
export function storeChecks(tools: Tools): Readonly<Record<"postgres" | "redis" | "clickhouse" | "kafka", Check>> {
    return {
        postgres: (signal) => postgres(tools, signal),
        redis: (signal) => redis(tools, signal),
        clickhouse: (signal) => clickhouse(tools, signal),
        kafka: (signal) => kafka(tools, signal),
    };
}

async function postgres({ context, preflight, redaction }: Tools, signal: AbortSignal): Promise<PreflightFinding> {
    const { host, port, sslMode, adminUser, expectedVersion } = context.config.stores.postgres;
    const [password, authority] = [await context.secrets.postgresPassword(), await context.secrets.storeAuthority()];
    if (password === undefined) {
        return notConfigured(`the password of ${adminUser} is not known`, "set postgresAdminPassword in the stack config, or NOVA_PREFLIGHT_POSTGRES_PASSWORD");
    }
    redaction.noteLogin({ username: adminUser, password });
    const reading = await readPostgres(
        {
            host,
            port,
            sslMode,
            username: adminUser,
            password,
            ...context.declared.postgres,
            ...defined({ certificateAuthority: authority }),
        },
        signal,
    );
    return judgePostgres(reading, { standbys: preflight.postgresStandbys, encrypted: sslMode !== "disable", version: expectedVersion });
}

async function redis({ context, preflight, connections }: Tools, signal: AbortSignal): Promise<PreflightFinding> {
    const { files, authority: authorityOf } = await connections();
    const url = new URL(files["redis-url"] ?? "");
    const primaryName = files["redis-sentinel-primary"] ?? "";
    const authority = await authorityOf("redis");
    const args: RedisArgs = {
        addresses: (preflight.reach?.redis ?? [url.host]).map(addressOf),
        username: decodeURIComponent(url.username),
        password: decodeURIComponent(url.password),
        ...(primaryName === "" ? {} : { sentinelPrimaryName: primaryName }),
        ...(url.protocol === "rediss:" ? { tls: { serverName: url.hostname, ...defined({ certificateAuthority: authority }) } } : {}),
    };
    const expected = context.config.stores.redis.kind === "external" ? { replicas: 0, sentinels: 0 } : context.declared.redis;
    // Where one name stands for all Sentinels, any of them answers: the others are counted by what it knows.
    const sentinels = preflight.reach?.redis === undefined ? Math.min(1, expected.sentinels) : expected.sentinels;
    return judgeRedis(await readRedis(args, signal), { ...expected, sentinels });
}

async function clickhouse({ context, preflight, connections }: Tools, signal: AbortSignal): Promise<PreflightFinding> {
    const { files, authority: authorityOf } = await connections();
    const url = new URL(files["clickhouse-url"] ?? "");
    const { cluster, database, ...expected } = context.declared.clickhouse;
    const authority = await authorityOf("clickhouse");
    const reading = await readClickHouse(
        {
            url: preflight.reach?.clickhouse ?? url.origin,
            username: decodeURIComponent(url.username),
            password: decodeURIComponent(url.password),
            cluster,
            database,
            ...defined({ certificateAuthority: authority }),
        },
        signal,
    );
    return judgeClickHouse(reading, expected);
}

async function kafka({ context, redaction }: Tools, signal: AbortSignal): Promise<PreflightFinding> {
    const { bootstrapServers, tls, replicationFactor, minimumInSyncReplicas } = context.config.stores.kafka;
    const { topics } = context.declared;
    const [login, authority] = [await context.secrets.kafkaLogin(), await context.secrets.storeAuthority()];
    if (login !== undefined) {
        redaction.noteLogin(login);
    }
    const reading = await readKafka(
        {
            bootstrapServers,
            topics,
            groupPrefix: context.config.serviceName,
            ...(tls ? { tls: defined({ certificateAuthority: authority }) } : {}),
            ...defined({ sasl: login }),
        },
        signal,
    );
    return judgeKafka(reading, { topics, replicationFactor, minimumInSyncReplicas });
}

function addressOf(text: string): { readonly host: string; readonly port: number } {
    const colon = text.lastIndexOf(":");
    return { host: text.slice(0, colon), port: Number(text.slice(colon + 1)) };
}
