/** Port of the servers, with or without TLS. */
export const redisPort = 6379;
/** Port of the Sentinels, with or without TLS. */
export const sentinelPort = 26379;
/** Port of the exporter's metrics, always plain HTTP. */
export const redisMetricsPort = 9121;

/** Pods of a cluster: a primary and two replicas, each with a Sentinel, so that two of three Sentinels are a majority. */
export const redisReplicas = 3;

/** What Redis throws out when it is full. Only policies that let a cache go on: `noeviction` would turn a full cache into write errors. */
export type EvictionPolicy = "allkeys-lru" | "allkeys-lfu" | "volatile-lru" | "volatile-lfu" | "volatile-ttl";

/** What the configuration files depend on. */
export interface RedisConfigurationArgs {
    /** Memory for data, in MiB. */
    readonly maxMemoryMi: number;
    readonly evictionPolicy: EvictionPolicy;
    /** Encrypt every connection, with the certificate mounted at /tls. */
    readonly tls: boolean;
}

/** `redis.conf` without what differs between pods: the start script adds the primary, the pod's own name and the replication password. */
export function serverConfiguration({ maxMemoryMi, evictionPolicy, tls }: RedisConfigurationArgs): string {
    return lines([
        ...listen(redisPort, tls),
        "bind * -::*",
        "protected-mode yes",
        "dir /data",
        "aclfile /users/server.acl",
        `maxmemory ${String(maxMemoryMi)}mb`,
        `maxmemory-policy ${evictionPolicy}`,
        "appendonly yes",
        "appendfsync everysec",
        'save ""',
        // A primary that is cut off from both replicas stops taking writes that a failover would lose.
        "min-replicas-to-write 1",
        "min-replicas-max-lag 10",
        // A new primary takes no write before a replica has its data: nothing else would come in the seconds that Redis waits for more replicas to ask.
        "repl-diskless-sync-delay 0",
        "masteruser replication",
        "enable-debug-command no",
        "enable-module-command no",
    ]);
}

/** `sentinel.conf` for a first start. Sentinel rewrites it with what it learns, so the pod keeps its copy on the volume. */
export function sentinelConfiguration({ tls }: Pick<RedisConfigurationArgs, "tls">): string {
    return lines([
        ...listen(sentinelPort, tls),
        "bind * -::*",
        "protected-mode yes",
        "dir /data/sentinel",
        "aclfile /users/sentinel.acl",
        // Pods change their address when they move, never their name.
        "sentinel resolve-hostnames yes",
        "sentinel announce-hostnames yes",
        "sentinel deny-scripts-reconfig yes",
        "sentinel sentinel-user sentinel",
    ]);
}

function listen(port: number, tls: boolean): readonly string[] {
    return tls
        ? [
              "port 0",
              `tls-port ${String(port)}`,
              "tls-replication yes",
              "tls-cert-file /tls/tls.crt",
              "tls-key-file /tls/tls.key",
              "tls-ca-cert-file /tls/ca.crt",
              "tls-auth-clients no",
          ]
        : [`port ${String(port)}`];
}

function lines(entries: readonly string[]): string {
    return [...entries, ""].join("\n");
}
