import { z } from "zod";

import { type WithDefaults, settingsShape } from "../rollout/settings/settings.ts";
import { storesSchema } from "../rollout/settings/stores.ts";
import { dnsLabel, dnsLabelFix, dnsName, dnsNameFix, image, text } from "../rollout/settings/text.ts";
import { plan } from "../service/plan.ts";
import { nameServersSchema } from "./name-servers.ts";
import { observabilitySchema } from "./observability.ts";

const settings = settingsShape(plan);

/** The schema of the stack config, without the secret keys: see loadSecrets in load.ts. */
export const stackSchema = z.strictObject({
    ...settings,
    cluster: settings.cluster.extend({
        clusterIdentifier: text.meta({
            description: "Identity of the cluster. Resources are replaced when it changes, and never because the kubeconfig does.",
            examples: ["nova-prod"],
            fix: "choose any text that stays with the cluster",
        }),
        storageClassName: text
            .regex(dnsName, "is not the name of a StorageClass")
            .exactOptional()
            .meta({
                description: "StorageClass of persistent volumes. Defaults to the cluster's default.",
                examples: ["encrypted-retain"],
                fix: dnsNameFix,
            }),
        podNetworks: z
            .array(z.union([z.cidrv4(), z.cidrv6()], "is not a network in CIDR form"))
            .min(1, "is empty")
            .meta({
                description: "Networks that the cluster gives to pods. Stores refuse logins from elsewhere.",
                examples: [["10.244.0.0/16"]],
                fix: "write the cluster's pod networks, such as 10.244.0.0/16",
            }),
        nameServers: nameServersSchema,
        monitoringNamespace: text
            .regex(dnsLabel, "is not a DNS label")
            .meta({ description: "Namespace of Prometheus, which may reach the metrics ports.", examples: ["monitoring"], fix: dnsLabelFix }),
    }),
    gateway: settings.gateway.extend({
        tlsIssuer: text.regex(dnsName, "is not an object's name").meta({
            description: "cert-manager ClusterIssuer that signs the host's certificate.",
            examples: ["public-certificates"],
            fix: dnsNameFix,
        }),
    }),
    // The service needs all four.
    stores: storesSchema,
    observability: observabilitySchema.exactOptional().meta({
        description: "How the stack is watched: docs/observability.md. Defaults to no rules, monitors, routes or dashboards.",
        fix: "set team, grafanaUrl, runbookUrl and receivers, or remove it",
    }),
    images: z.strictObject({
        redis: image("Redis, the official image."),
        redisExporter: image("redis_exporter."),
        clickhouse: image("ClickHouse server, with clickhouse-client."),
        clickhouseKeeper: image("ClickHouse Keeper."),
        postgres: image("PostgreSQL, the official image, of the server's major version or newer: for dumps."),
    }),
});

/** The stack's configuration, validated, with the defaults that depend on the environment filled in. */
export type StackConfig = WithDefaults<z.infer<typeof stackSchema>>;
