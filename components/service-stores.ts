import * as pulumi from "@pulumi/pulumi";

import type { Credentials } from "./application-secrets.ts";
import { ClickHouseCluster } from "./clickhouse-cluster.ts";
import type { StorePlace } from "./network/service-flows.ts";
import { RedisCluster } from "./redis-cluster.ts";
import type { StoreArgs, StoreEndpoint } from "./store.ts";

export interface ServiceStoresArgs extends StoreArgs {
    /** The cache: made here, or somebody else's. */
    readonly redis: StorePlace;
    /** The store of events: made here, or somebody else's. */
    readonly clickhouse: StorePlace;
    readonly credentials: Credentials;
    /** Images by digest, for what is made here. */
    readonly images: { readonly redis: string; readonly redisExporter: string; readonly clickhouse: string; readonly clickhouseKeeper: string };
    /** Networks of the cluster's pods: nobody else may log in to ClickHouse. */
    readonly podNetworks: readonly string[];
    /** Database of the service in ClickHouse. */
    readonly database: string;
}

/** The stores that a service keeps state in, each in the cluster or outside. Either way there is an endpoint, and the service does not see the difference. */
export class ServiceStores extends pulumi.ComponentResource {
    public readonly redis: StoreEndpoint;
    public readonly clickhouse: StoreEndpoint;

    constructor(name: string, args: ServiceStoresArgs, opts?: pulumi.ComponentResourceOptions) {
        const { redis, clickhouse, credentials, images, podNetworks, database, ...store } = args;
        super("nova:stores:ServiceStores", name, { ...store, redis, clickhouse, images, podNetworks, database }, opts);
        const parent = { parent: this };
        this.redis =
            redis.kind === "external"
                ? { host: redis.host, port: redis.port }
                : new RedisCluster(
                      `${name}-redis`,
                      {
                          ...store,
                          images: { redis: images.redis, exporter: images.redisExporter },
                          passwords: {
                              application: credentials.redisApplication.password,
                              exporter: credentials.redisExporter.password,
                              replication: credentials.redisReplication.password,
                              sentinel: credentials.redisSentinel.password,
                          },
                      },
                      parent,
                  ).endpoint;
        this.clickhouse =
            clickhouse.kind === "external"
                ? { host: clickhouse.host, port: clickhouse.port }
                : new ClickHouseCluster(
                      `${name}-clickhouse`,
                      {
                          ...store,
                          images: { server: images.clickhouse, keeper: images.clickhouseKeeper },
                          passwords: {
                              application: credentials.clickhouseApplication.password,
                              migration: credentials.clickhouseMigration.password,
                              read_only: credentials.clickhouseReadOnly.password,
                              interserver: credentials.clickhouseInterserver.password,
                          },
                          clientNetworks: podNetworks,
                          database,
                      },
                      parent,
                  ).endpoint;
        this.registerOutputs({ redis: this.redis, clickhouse: this.clickhouse });
    }
}
