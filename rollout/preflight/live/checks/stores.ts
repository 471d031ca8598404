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
import type { Connections } from "../connections.ts";
import type { Check } from "../run.ts";
import type { StoresConfig as Stores } from "../../../settings/stores.ts";
import type { Tools } from "../tools.ts";

/** A check for each store that the stack's config names, and for no other: what the service does not have is nothing that could pass or fail. */
export function storeChecks(tools: Tools): Readonly<Partial<Record<keyof Stores, Check>>> {
    const { postgres: postgresStore, redis: redisStore, clickhouse: clickhouseStore, kafka: kafkaStore } = tools.context.config.stores ?? {};
    return {
        ...(postgresStore === undefined ? {} : { postgres: (signal) => postgres(tools, postgresStore, signal) }),
        ...(redisStore === undefined ? {} : { redis: (signal) => redis(tools, redisStore, signal) }),
        ...(clickhouseStore === undefined ? {} : { clickhouse: (signal) => clickhouse(tools, signal) }),
        ...(kafkaStore === undefined ? {} : { kafka: (signal) => kafka(tools, kafkaStore, signal) }),
    };
}

async function postgres({ context, preflight, redaction }: Tools, store: Stores["postgres"], signal: AbortSignal): Promise<PreflightFinding> {
    const { sslMode, adminUser, expectedVersion } = store;
    const { host, port } = store.reach ?? store;
    const [password, authority] = [await context.secrets.postgresPassword(), await context.secrets.storeAuthority()];
    if (password === undefined) {
        return notConfigured(`the password of ${adminUser} is not known`, `set ${context.secrets.passwordPlaces}`);
    }
    redaction.noteLogin({ username: adminUser, password });
    const reading = await readPostgres(
        {
            host,
            port,
            sslMode,
            username: adminUser,
            password,
            ...(context.declared.postgres ?? { databases: [], roles: [] }),
            ...defined({ certificateAuthority: authority }),
        },
        signal,
    );
    return judgePostgres(reading, { standbys: preflight.postgresStandbys, encrypted: sslMode !== "disable", version: expectedVersion });
}

async function redis({ context, preflight, connections }: Tools, store: Stores["redis"], signal: AbortSignal): Promise<PreflightFinding> {
    const { files, authority: authorityOf } = await connections();
    const url = urlIn(files, "redis-url");
    const primaryName = files["redis-sentinel-primary"] ?? "";
    const authority = await authorityOf("redis");
    const args: RedisArgs = {
        addresses: (preflight.reach?.redis ?? [url.host]).map(addressOf),
        username: decodeURIComponent(url.username),
        password: decodeURIComponent(url.password),
        ...(primaryName === "" ? {} : { sentinelPrimaryName: primaryName }),
        ...(url.protocol === "rediss:" ? { tls: { serverName: url.hostname, ...defined({ certificateAuthority: authority }) } } : {}),
    };
    const expected = (store.kind === "in-cluster" ? context.declared.redis : undefined) ?? { replicas: 0, sentinels: 0 };
    // Where one name stands for all Sentinels, any of them answers: the others are counted by what it knows.
    const sentinels = preflight.reach?.redis === undefined ? Math.min(1, expected.sentinels) : expected.sentinels;
    return judgeRedis(await readRedis(args, signal), { ...expected, sentinels });
}

async function clickhouse({ context, preflight, connections }: Tools, signal: AbortSignal): Promise<PreflightFinding> {
    const { clickhouse: declared } = context.declared;
    if (declared === undefined) {
        return notConfigured("the program does not say what ClickHouse must hold", "give `clickhouse` in what `declared` of rollout.config.ts returns");
    }
    const { files, authority: authorityOf } = await connections();
    const url = urlIn(files, "clickhouse-url");
    const { cluster, database, ...expected } = declared;
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

async function kafka({ context, redaction }: Tools, store: Stores["kafka"], signal: AbortSignal): Promise<PreflightFinding> {
    const { replicationFactor, minimumInSyncReplicas } = store;
    const { bootstrapServers, tls } = store.reach ?? store;
    const { topics = [] } = context.declared;
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

/** A URL in the Secret that the pods mount. @throws {Error} where it has none under that name. */
function urlIn(files: Connections["files"], name: string): URL {
    const url = URL.parse(files[name] ?? "");
    if (url === null) {
        throw new Error(`the Secret that the pods mount has no URL under '${name}', so that it is not known how they reach the store`);
    }
    return url;
}

function addressOf(text: string): { readonly host: string; readonly port: number } {
    const colon = text.lastIndexOf(":");
    return { host: text.slice(0, colon), port: Number(text.slice(colon + 1)) };
}
