import { z } from "zod";

import { dnsName, dnsNameFix, host, hostAndPort, image, port, portFix, text, volumeSize, volumeSizeFix } from "./text.ts";

const inCluster = {
    kind: z.literal("in-cluster").meta({ description: "`in-cluster`: this program runs the store. `external`: another team does.", examples: ["in-cluster"] }),
    tlsIssuer: text.regex(dnsName, "is not an object's name").meta({
        description:
            "cert-manager ClusterIssuer that signs the certificate of a store in the cluster: one that signs names of the cluster's own and leaves `ca.crt` in the Secret, so not a public one.",
        examples: ["internal-certificates"],
        fix: dnsNameFix,
    }),
};

const external = z.strictObject({
    kind: z.literal("external"),
    host: host.meta({ description: "Where an external store is.", examples: ["redis.example.com"], fix: dnsNameFix }),
    port: port.meta({ description: "Port of an external store.", examples: [6379], fix: portFix }),
    tls: z
        .boolean()
        .default(true)
        .meta({
            description: "Whether an external store is reached over TLS, with a certificate of an authority that images trust. Always in prod.",
            examples: [true],
            fix: "use true or false",
        }),
});

const cache = z.discriminatedUnion("kind", [z.strictObject(inCluster), external], "is not a kind of store");
const eventStore = z.discriminatedUnion(
    "kind",
    [
        z.strictObject({
            ...inCluster,
            backupVolumeSize: volumeSize.meta({
                description: "Size of the volume that the dumps of a store in the cluster go to: 90 days of events, compressed.",
                examples: ["100Gi"],
                fix: volumeSizeFix,
            }),
        }),
        external,
    ],
    "is not a kind of store",
);

const brokers = z
    .array(z.string().regex(hostAndPort, "is not host:port"))
    .min(1, "is empty")
    .meta({ description: "Brokers to ask first.", examples: [["kafka-0.example.com:9093"]], fix: "list brokers as host:port, in lower case" });

const encrypted = z.boolean().meta({ description: "Whether the brokers are reached over TLS.", examples: [true], fix: "use true or false" });

/** The schema of a program whose service has all of these stores. A program with other ones takes `pick` or `partial` of it. */
export const storesSchema = z.strictObject({
    redis: cache.meta({ description: "The cache.", fix: "use kind in-cluster with tlsIssuer, or kind external with host and port" }),
    clickhouse: eventStore.meta({
        description: "The store of events.",
        fix: "use kind in-cluster with tlsIssuer and backupVolumeSize, or kind external with host and port",
    }),
    kafka: z.strictObject({
        bootstrapServers: brokers,
        tls: encrypted,
        sasl: z
            .enum(["none", "scram-sha-512"], "is no way to log in")
            .default("scram-sha-512")
            .meta({
                description:
                    "How the service logs in to the brokers. `none`: it comes without a name, so that the access list can't tell it from others; not in prod.",
                examples: ["scram-sha-512"],
                fix: "use scram-sha-512, or none where the brokers ask for no login",
            }),
        reach: z.strictObject({ bootstrapServers: brokers, tls: encrypted }).optional().meta({
            description:
                "Where this program and its commands reach the brokers, if not where the pods do: through a tunnel. The brokers must name themselves so there.",
            fix: "use bootstrapServers and tls, or leave it out",
        }),
        replicationFactor: z
            .int("is not a whole number")
            .min(1, "is below 1")
            .max(32, "is above 32")
            .meta({
                description: "Copies of each partition; at least 3 in prod.",
                examples: [3],
                fix: "use a whole number, at most the number of brokers",
            }),
        minimumInSyncReplicas: z
            .int("is not a whole number")
            .min(1, "is below 1")
            .max(32, "is above 32")
            .meta({
                description: "Copies that must have a record before it counts as written; at least 2 in prod.",
                examples: [2],
                fix: "use a whole number below replicationFactor",
            }),
    }),
    postgres: z.strictObject({
        host: host.meta({ description: "Where the server is.", examples: ["postgres.example.com"], fix: dnsNameFix }),
        port: port.meta({ description: "Port of the server.", examples: [5432], fix: portFix }),
        reach: z
            .strictObject({
                host: host.meta({ description: "Host of the tunnel.", examples: ["127.0.0.1"], fix: dnsNameFix }),
                port: port.meta({ description: "Port of the tunnel.", examples: [15_432], fix: portFix }),
            })
            .optional()
            .meta({
                description: "Where this program and its commands reach the server, if not where the pods do: through a tunnel.",
                fix: "use host and port, or leave it out",
            }),
        sslMode: z.literal(["disable", "require", "verify-ca", "verify-full"]).meta({
            description: "How the connection is secured; `verify-full` in prod.",
            examples: ["verify-full"],
            fix: "use disable, require, verify-ca or verify-full",
        }),
        adminUser: text.regex(/^[a-z_][a-z0-9_]{0,62}$/, "is not the name of a role").meta({
            description: "Role that makes the database and the other roles. Its password is `postgresAdminPassword`.",
            examples: ["postgres"],
            fix: "use at most 63 lower-case letters, digits and underscores",
        }),
        expectedVersion: text.regex(/^\d+\.\d+\.\d+$/, "is not a version with three parts").meta({
            description: "Version of the server. Stated, so that a preview needs no connection.",
            examples: ["17.0.0"],
            fix: "write three numbers, such as 17.0.0",
        }),
        migration: z
            .strictObject({
                image: image("Image with the migrations: mostly that of the newest revision."),
                command: z
                    .array(z.string().min(1, "is empty"))
                    .min(1, "is empty")
                    .meta({
                        description: "What applies them. It may run again.",
                        examples: [["node", "migrate.ts"]],
                        fix: "list the program and its arguments",
                    }),
            })
            .optional()
            .meta({ description: "What changes the schema, as the database's owner. Left out, nothing does.", fix: "use image and command, or leave it out" }),
        backupVolumeSize: volumeSize.meta({
            description: "Size of the volume that dumps go to.",
            examples: ["20Gi"],
            fix: volumeSizeFix,
        }),
    }),
});

/** Every kind of store that the preflight knows. */
export type StoresConfig = z.infer<typeof storesSchema>;

/** A store that another team runs. */
export type ExternalStoreConfig = z.infer<typeof external>;

/** The cache: declared inside the cluster, or external. */
export type CacheConfig = z.infer<typeof cache>;

/** The store of events: as {@link CacheConfig}, and inside the cluster with a volume for dumps. */
export type EventStoreConfig = z.infer<typeof eventStore>;
