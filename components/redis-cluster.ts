import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { defined } from "../rollout/defined.ts";
import { withoutBackupAnnotation } from "./backup/reference.ts";
import { recommendedLabels, selectorLabels } from "../rollout/pulumi/labels.ts";
import { type RedisAccount, sentinelAcl, serverAcl } from "./redis/acl.ts";
import {
    type EvictionPolicy,
    redisMetricsPort,
    redisPort,
    redisReplicas,
    sentinelConfiguration,
    sentinelPort,
    serverConfiguration,
} from "./redis/configuration.ts";
import { exporterAddress, exporterPasswords, redisPod } from "./redis/pods.ts";
import { redisScripts } from "./redis/scripts.ts";
import { type StoreArgs, type StoreEndpoint, dataVolumeClaim } from "./store.ts";
import { storeCertificate } from "./store-certificate.ts";
import { oneAtATime, timeoutsOf } from "../rollout/pulumi/workload.ts";

export interface RedisClusterArgs extends StoreArgs {
    /** Images by digest: Redis 7 with a shell, `timeout`, `awk` and `getent` (the official image, on Debian, has them), and redis_exporter. */
    readonly images: { readonly redis: pulumi.Input<string>; readonly exporter: pulumi.Input<string> };
    /** Password of each account. */
    readonly passwords: Readonly<Record<RedisAccount, pulumi.Input<string>>>;
    /**
     * Memory for data on each server, in MiB. The container's limit is half as much again and 128 MiB.
     *
     * @default 512
     */
    readonly maxMemoryMi?: number;
    /**
     * What is thrown out when the memory is full.
     *
     * @default `allkeys-lru`: the store is a cache, any key may go
     */
    readonly evictionPolicy?: EvictionPolicy;
    /**
     * Size of each server's volume. An append-only file being rewritten takes about three times the data.
     *
     * @default `4Gi`
     */
    readonly volumeSize?: string;
}

/**
 * A Redis primary with two replicas, and three Sentinels that agree on who the primary is.
 *
 * Clients ask Sentinel at {@link endpoint} for the primary named {@link StoreEndpoint.sentinelPrimaryName}, and log in as `application` at both. Who the primary is at a start
 * is settled by the pods themselves: no controller is needed. What a client sees when a pod or a node goes: docs/redis.md.
 *
 * With a certificate there is no port without TLS. A renewed one is taken up within minutes: the servers read it without dropping a connection, the Sentinels start again, one
 * after the other. Clients check that the authority signed it; Redis' own programs do not compare names, the exporter does.
 *
 * A password that changes gives new Secrets, and so new pods, one at a time. Rotate while no rollout is under way: a client keeps the old password until its own pods are
 * replaced.
 *
 * @throws {RangeError} when `maxMemoryMi` is below 64.
 */
export class RedisCluster extends pulumi.ComponentResource {
    /** Where clients ask for the primary. */
    public readonly endpoint: StoreEndpoint;

    constructor(name: string, args: RedisClusterArgs, opts?: pulumi.ComponentResourceOptions) {
        const maxMemoryMi = args.maxMemoryMi ?? 512;
        if (!Number.isInteger(maxMemoryMi) || maxMemoryMi < 64) {
            throw new RangeError(`maxMemoryMi is ${String(maxMemoryMi)}: give a whole number of MiB, at least 64; leave it out for 512`);
        }
        const passwords = pulumi.secret(args.passwords);
        super("nova:redis:RedisCluster", name, { ...args, passwords }, opts);
        const identity = { service: args.service, component: "redis" };
        const [labels, selector] = [recommendedLabels(identity), selectorLabels(identity)];
        const { namespace } = args;
        const child = { parent: this };
        const domain = pulumi.interpolate`${name}-pods.${namespace}.svc`;
        // Each pod, the Sentinels' Service, and the exporter's way to its own pod.
        const hostnames = [pulumi.interpolate`*.${domain}`, pulumi.interpolate`${name}-sentinel.${namespace}.svc`, "localhost"];
        const { certificateName, encryption } = storeCertificate(name, args, hostnames, this);
        const tls = certificateName !== undefined;

        const configuration = new k8s.core.v1.ConfigMap(
            `${name}-configuration`,
            {
                metadata: { namespace, labels },
                immutable: true,
                data: {
                    ...redisScripts,
                    "redis.conf": serverConfiguration({ maxMemoryMi, evictionPolicy: args.evictionPolicy ?? "allkeys-lru", tls }),
                    "sentinel.conf": sentinelConfiguration({ tls }),
                },
            },
            child,
        );
        const users = new k8s.core.v1.Secret(
            `${name}-users`,
            {
                metadata: { namespace, labels },
                immutable: true,
                stringData: { "server.acl": passwords.apply(serverAcl), "sentinel.acl": passwords.apply(sentinelAcl) },
            },
            child,
        );
        const credentials = new k8s.core.v1.Secret(
            `${name}-credentials`,
            {
                metadata: { namespace, labels },
                immutable: true,
                stringData: {
                    exporter: passwords.exporter,
                    "exporter.json": passwords.exporter.apply((password) => exporterPasswords(exporterAddress(tls), password)),
                    replication: passwords.replication,
                    sentinel: passwords.sentinel,
                },
            },
            child,
        );
        const headless = new k8s.core.v1.Service(
            `${name}-pods`,
            {
                metadata: { name: `${name}-pods`, namespace, labels },
                spec: {
                    clusterIP: "None",
                    // A pod must find the others before any of them is ready.
                    publishNotReadyAddresses: true,
                    selector,
                    ports: [
                        { name: "redis", port: redisPort, targetPort: "redis" },
                        { name: "sentinel", port: sentinelPort, targetPort: "sentinel" },
                        { name: "metrics", port: redisMetricsPort, targetPort: "metrics" },
                    ],
                },
            },
            child,
        );
        new k8s.policy.v1.PodDisruptionBudget(`${name}-budget`, { metadata: { name, namespace, labels }, spec: oneAtATime(selector) }, child);
        new k8s.apps.v1.StatefulSet(
            `${name}-servers`,
            {
                metadata: {
                    name,
                    namespace,
                    labels,
                    annotations: { [withoutBackupAnnotation]: "a cache: the service fills it again from PostgreSQL and ClickHouse" },
                },
                spec: {
                    serviceName: headless.metadata.name,
                    replicas: redisReplicas,
                    // All at once: after a blackout, a replica is ready only once the primary is, whichever ordinal that is.
                    podManagementPolicy: "Parallel",
                    updateStrategy: { type: "RollingUpdate" },
                    selector: { matchLabels: selector },
                    template: redisPod({
                        labels,
                        selector,
                        images: args.images,
                        serviceAccountName: args.serviceAccountName,
                        domain,
                        maxMemoryMi,
                        configurationName: configuration.metadata.name,
                        usersName: users.metadata.name,
                        credentialsName: credentials.metadata.name,
                        ...defined({ certificateName }),
                    }),
                    volumeClaimTemplates: [dataVolumeClaim(args.volumeSize ?? "4Gi", args.storageClassName)],
                },
            },
            { parent: this, protect: args.protect, customTimeouts: timeoutsOf(args.awaitTimeoutSeconds) },
        );
        const sentinels = new k8s.core.v1.Service(
            `${name}-sentinel`,
            {
                // The provider waits ten seconds at every new Service, which says nothing that the StatefulSet's readiness does not.
                metadata: { name: `${name}-sentinel`, namespace, labels, annotations: { "pulumi.com/skipAwait": "true" } },
                spec: { type: "ClusterIP", selector, ports: [{ name: "sentinel", port: sentinelPort, targetPort: "sentinel" }] },
            },
            child,
        );

        this.endpoint = { host: pulumi.interpolate`${sentinels.metadata.name}.${namespace}.svc`, port: sentinelPort, sentinelPrimaryName: name, encryption };
        this.registerOutputs({ endpoint: this.endpoint });
    }
}
