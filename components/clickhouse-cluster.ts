import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { defined } from "../rollout/defined.ts";
import { headlessService, identityOf } from "./clickhouse/identity.ts";
import { KeeperEnsemble } from "./clickhouse/keeper-ensemble.ts";
import { migrationsOf } from "./clickhouse/migrations.ts";
import { serverPod } from "./clickhouse/pods.ts";
import { clickhousePorts } from "./clickhouse/ports.ts";
import { SchemaMigration } from "./clickhouse/schema-migration.ts";
import { serverConfiguration, serverCredentials } from "./clickhouse/server-configuration.ts";
import { startScript, startScriptFile } from "./clickhouse/start-script.ts";
import { keeperPodsName, range, replicaCount, serverPodsName, shardCount, shardLabel, shardName } from "./clickhouse/topology.ts";
import { type ClickHouseAccount, refuseOpenNetworks, usersConfiguration } from "./clickhouse/users.ts";
import { type StoreArgs, type StoreEndpoint, type StorePartArgs, dataVolumeClaim } from "./store.ts";
import { storeCertificate } from "./store-certificate.ts";
import { oneAtATime, timeoutsOf } from "../rollout/pulumi/workload.ts";

export interface ClickHouseClusterArgs extends StoreArgs {
    /** Images by digest, of ClickHouse 24.8 or newer: the server (its client runs the migrations), and the Keeper. */
    readonly images: { readonly server: pulumi.Input<string>; readonly keeper: pulumi.Input<string> };
    /** Password of each account, and the one that servers show each other. */
    readonly passwords: Readonly<Record<ClickHouseAccount | "interserver", pulumi.Input<string>>>;
    /** Networks that may log in: the pods' own, such as `10.244.0.0/16`. Never all networks. */
    readonly clientNetworks: readonly string[];
    /** Database of the service: lower-case letters, digits and '_'. */
    readonly database: string;
    /**
     * Memory of each server, request and limit, in MiB. ClickHouse uses four fifths of it.
     *
     * @default 4096
     */
    readonly memoryMi?: number;
    /**
     * Size of each server's volume.
     *
     * @default `100Gi`
     */
    readonly volumeSize?: string;
}

/**
 * A ClickHouse cluster of two shards with two replicas each, three Keepers that coordinate them, and the schema.
 *
 * **It has never run**: no server of ClickHouse was to be had where it was written. Tests show its objects, and that ClickHouse's embedded engine reads its configuration, accounts and
 * migrations. Whether servers and Keepers start, replicate and take up a renewed certificate is not shown: try it in a cluster of yours, or leave the store to those who run one.
 *
 * There is no default user. The schema is brought up to date by a job whose name carries the checksum of all migrations: a new migration is a new job, and an `up` fails if it
 * does.
 *
 * With a certificate there is no port without TLS but the metrics'. A renewed one is taken up within minutes: the servers read it by themselves, the Keepers start again, one after
 * the other. Both sides check each other's name, except that servers and Keepers ask their clients for no certificate: who may connect is for the network policies.
 *
 * @throws {RangeError} when `clientNetworks` allows all networks, or the database's name would need quotes.
 */
export class ClickHouseCluster extends pulumi.ComponentResource {
    /** Where clients connect, over HTTP (HTTPS with a certificate): any server answers for the whole cluster. */
    public readonly endpoint: StoreEndpoint;
    /** Where jobs connect, over the native protocol, and the Secret with the `ca.crt` that they trust; without a certificate there is none. */
    public readonly nativeEndpoint: { readonly host: pulumi.Input<string>; readonly port: number; readonly certificateName?: pulumi.Input<string> };

    constructor(name: string, args: ClickHouseClusterArgs, opts?: pulumi.ComponentResourceOptions) {
        refuseOpenNetworks(args.clientNetworks);
        const migrations = migrationsOf(args.database);
        const passwords = pulumi.secret(args.passwords);
        super("nova:clickhouse:ClickHouseCluster", name, { ...args, passwords }, opts);
        const { namespace, service, serviceAccountName, awaitTimeoutSeconds, protect } = args;
        const identity = identityOf(service, "clickhouse");
        const metadata = { namespace, labels: identity.labels };
        const child = { parent: this };
        // Each server, each Keeper, and the clients' Service. The kubelet's probes check no certificate.
        const hostnames = [`*.${serverPodsName(name)}`, `*.${keeperPodsName(name)}`, name].map((host) => pulumi.interpolate`${host}.${namespace}.svc`);
        const { certificateName, encryption } = storeCertificate(name, args, hostnames, this);
        const tls = certificateName !== undefined;
        const ports = tls ? clickhousePorts.encrypted : clickhousePorts.plain;
        const part = partOf(args, certificateName);

        const keepers = new KeeperEnsemble(`${name}-keeper`, { ...part, cluster: name, image: args.images.keeper }, child);
        const configuration = new k8s.core.v1.ConfigMap(
            `${name}-configuration`,
            {
                metadata,
                immutable: true,
                data: {
                    "config.yaml": pulumi.output(namespace).apply((known) => serverConfiguration({ name, namespace: known, tls })),
                    [startScriptFile]: startScript("server", tls),
                },
            },
            child,
        );
        const credentials = new k8s.core.v1.Secret(
            `${name}-credentials`,
            {
                metadata,
                immutable: true,
                stringData: {
                    "credentials.yaml": passwords.interserver.apply(serverCredentials),
                    "users.yaml": passwords.apply((known) =>
                        usersConfiguration({ database: args.database, clientNetworks: args.clientNetworks, passwords: known }),
                    ),
                },
            },
            child,
        );
        new k8s.core.v1.Service(
            `${name}-pods`,
            headlessService(serverPodsName(name), namespace, identity, { ...ports, metrics: clickhousePorts.metrics }),
            child,
        );
        const shards = range(shardCount).map((shard) => {
            const labels = { ...identity.labels, [shardLabel]: String(shard) };
            const selector = { ...identity.selector, [shardLabel]: String(shard) };
            const shardMetadata = { name: shardName(name, shard), namespace, labels };
            new k8s.policy.v1.PodDisruptionBudget(`${shardName(name, shard)}-budget`, { metadata: shardMetadata, spec: oneAtATime(selector) }, child);
            return new k8s.apps.v1.StatefulSet(
                `${shardName(name, shard)}-servers`,
                {
                    metadata: shardMetadata,
                    spec: {
                        serviceName: serverPodsName(name),
                        replicas: replicaCount,
                        podManagementPolicy: "Parallel",
                        updateStrategy: { type: "RollingUpdate" },
                        selector: { matchLabels: selector },
                        template: serverPod({
                            labels,
                            selector,
                            shard,
                            image: args.images.server,
                            serviceAccountName,
                            domain: pulumi.interpolate`${serverPodsName(name)}.${namespace}.svc`,
                            configurationName: configuration.metadata.name,
                            credentialsName: credentials.metadata.name,
                            memoryMi: args.memoryMi ?? 4_096,
                            ...defined({ certificateName }),
                        }),
                        volumeClaimTemplates: [dataVolumeClaim(args.volumeSize ?? "100Gi", args.storageClassName)],
                    },
                },
                { parent: this, protect, customTimeouts: timeoutsOf(awaitTimeoutSeconds) },
            );
        });
        const clients = new k8s.core.v1.Service(
            `${name}-clients`,
            {
                // The provider waits ten seconds at every new Service, which says nothing that the StatefulSets' readiness does not.
                metadata: { ...metadata, name, annotations: { "pulumi.com/skipAwait": "true" } },
                spec: {
                    type: "ClusterIP",
                    selector: identity.selector,
                    ports: [
                        { name: "http", port: ports.http, targetPort: "http" },
                        { name: "native", port: ports.native, targetPort: "native" },
                    ],
                },
            },
            child,
        );
        const host = pulumi.interpolate`${clients.metadata.name}.${namespace}.svc`;
        new SchemaMigration(
            `${name}-migration`,
            {
                ...part,
                database: args.database,
                migrations,
                host,
                port: ports.native,
                password: passwords.migration,
                image: args.images.server,
            },
            { parent: this, dependsOn: [keepers, ...shards] },
        );

        this.endpoint = { host, port: ports.http, encryption };
        this.nativeEndpoint = { host, port: ports.native, ...defined({ certificateName }) };
        this.registerOutputs({ endpoint: this.endpoint });
    }
}

/** What the parts of the cluster have in common, and nothing that is not theirs: no passwords. */
function partOf(
    { namespace, service, serviceAccountName, storageClassName, awaitTimeoutSeconds, protect }: StoreArgs,
    certificateName: pulumi.Input<string> | undefined,
): StorePartArgs {
    return {
        namespace,
        service,
        serviceAccountName,
        awaitTimeoutSeconds,
        protect,
        ...defined({ certificateName, storageClassName }),
    };
}
