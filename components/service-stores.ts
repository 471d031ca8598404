import * as pulumi from "@pulumi/pulumi";

import { defined } from "../rollout/defined.ts";
import type { Credentials } from "./application-secrets.ts";
import { eventTable } from "./clickhouse/migrations.ts";
import { ClickHouseBackup } from "./clickhouse-backup.ts";
import { ClickHouseCluster } from "./clickhouse-cluster.ts";
import { RedisCluster } from "./redis-cluster.ts";
import type { StoreArgs, StoreEndpoint } from "./store.ts";

/** A store that another team runs. */
export interface ExternalStore {
    readonly kind: "external";
    readonly host: string;
    readonly port: number;
    /** Whether it is reached over TLS, with a certificate of an authority that images trust. */
    readonly tls: boolean;
}

export interface ServiceStoresArgs extends Omit<StoreArgs, "certificate"> {
    /** The cache: made here, with a certificate that the ClusterIssuer `tlsIssuer` signs, or another team's. */
    readonly redis: { readonly kind: "in-cluster"; readonly tlsIssuer: string } | ExternalStore;
    /** The store of events: made here, with dumps onto a volume of `backupVolumeSize`, or another team's. */
    readonly clickhouse: { readonly kind: "in-cluster"; readonly tlsIssuer: string; readonly backupVolumeSize: string } | ExternalStore;
    /** Service account of the pods that dump. */
    readonly backupServiceAccountName: pulumi.Input<string>;
    readonly credentials: Credentials;
    /** Images by digest, for what is made here. */
    readonly images: { readonly redis: string; readonly redisExporter: string; readonly clickhouse: string; readonly clickhouseKeeper: string };
    /** Networks of the cluster's pods: no other client may log in to ClickHouse. */
    readonly podNetworks: readonly string[];
    /** Database of the service in ClickHouse. */
    readonly database: string;
}

/**
 * The stores that a service keeps state in, each in the cluster or outside. Either way there is an endpoint, and the service does not see the difference.
 *
 * What is in the cluster speaks TLS only. The events are backed up; the cache is not.
 */
export class ServiceStores extends pulumi.ComponentResource {
    public readonly redis: StoreEndpoint;
    public readonly clickhouse: StoreEndpoint;

    constructor(name: string, args: ServiceStoresArgs, opts?: pulumi.ComponentResourceOptions) {
        const { credentials, ...inputs } = args;
        super("nova:stores:ServiceStores", name, inputs, opts);
        this.redis = args.redis.kind === "external" ? endpointOf(args.redis) : this.#cache(`${name}-redis`, args, args.redis.tlsIssuer, credentials);
        this.clickhouse = args.clickhouse.kind === "external" ? endpointOf(args.clickhouse) : this.#eventStore(`${name}-clickhouse`, args, args.clickhouse);
        this.registerOutputs({ redis: this.redis, clickhouse: this.clickhouse });
    }

    #cache(name: string, args: ServiceStoresArgs, tlsIssuer: string, credentials: Credentials): StoreEndpoint {
        const cluster = new RedisCluster(
            name,
            {
                ...storeArgsOf(args, tlsIssuer),
                images: { redis: args.images.redis, exporter: args.images.redisExporter },
                passwords: {
                    application: credentials.redisApplication.password,
                    exporter: credentials.redisExporter.password,
                    replication: credentials.redisReplication.password,
                    sentinel: credentials.redisSentinel.password,
                },
            },
            { parent: this },
        );
        return cluster.endpoint;
    }

    #eventStore(name: string, args: ServiceStoresArgs, place: ServiceStoresArgs["clickhouse"] & { readonly kind: "in-cluster" }): StoreEndpoint {
        const { credentials, database, images } = args;
        const cluster = new ClickHouseCluster(
            name,
            {
                ...storeArgsOf(args, place.tlsIssuer),
                images: { server: images.clickhouse, keeper: images.clickhouseKeeper },
                passwords: {
                    application: credentials.clickhouseApplication.password,
                    migration: credentials.clickhouseMigration.password,
                    read_only: credentials.clickhouseReadOnly.password,
                    backup: credentials.clickhouseBackup.password,
                    interserver: credentials.clickhouseInterserver.password,
                },
                clientNetworks: args.podNetworks,
                database,
            },
            { parent: this },
        );
        new ClickHouseBackup(
            `${name}-backup`,
            {
                ...cluster.nativeEndpoint,
                namespace: args.namespace,
                service: args.service,
                protect: args.protect,
                ...defined({ storageClassName: args.storageClassName }),
                serviceAccountName: args.backupServiceAccountName,
                image: images.clickhouse,
                database,
                table: eventTable,
                password: credentials.clickhouseBackup.password,
                volumeSize: place.backupVolumeSize,
            },
            { parent: this },
        );
        return cluster.endpoint;
    }
}

/** Arguments that both stores share. */
function storeArgsOf(args: ServiceStoresArgs, tlsIssuer: string): StoreArgs {
    const { namespace, service, serviceAccountName, storageClassName, awaitTimeoutSeconds, protect } = args;
    return {
        namespace,
        service,
        serviceAccountName,
        awaitTimeoutSeconds,
        protect,
        certificate: { issuer: { kind: "ClusterIssuer", name: tlsIssuer } },
        ...defined({ storageClassName }),
    };
}

function endpointOf({ host, port, tls }: ExternalStore): StoreEndpoint {
    return { host, port, encryption: { kind: tls ? "public" : "none" } };
}
