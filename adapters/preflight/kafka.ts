import { Kafka, type Admin, ConfigResourceTypes, type SASLOptions, logLevel } from "kafkajs";

import type { DeclaredTopic, KafkaReading, KafkaTopicReading } from "../../rollout/preflight/kafka.ts";

/** How a Kafka cluster is reached. */
export interface KafkaArgs {
    /** `host:port` of each bootstrap broker. */
    readonly bootstrapServers: readonly string[];
    /** TLS, with the PEM of the authority that signed the brokers' certificates. Left out: none. */
    readonly tls?: { readonly certificateAuthority?: string };
    /** Login. Left out: none. */
    readonly sasl?: SASLOptions;
    readonly topics: readonly DeclaredTopic[];
    /** Consumer groups that begin so are looked at. */
    readonly groupPrefix: string;
    /** How long one answer may take, in milliseconds. @default 4000 */
    readonly timeoutMs?: number;
}

/**
 * Looks at a Kafka cluster. The account describes the cluster, the topics, their settings and the groups.
 *
 * @throws the client's error.
 */
export async function readKafka(args: KafkaArgs, signal?: AbortSignal): Promise<KafkaReading> {
    const { bootstrapServers, tls, sasl, topics, groupPrefix, timeoutMs = 4_000 } = args;
    const kafka = new Kafka({
        clientId: "rollout-preflight",
        brokers: [...bootstrapServers],
        logLevel: logLevel.NOTHING,
        connectionTimeout: timeoutMs,
        authenticationTimeout: timeoutMs,
        requestTimeout: timeoutMs,
        retry: { retries: 1, initialRetryTime: 100 },
        ...(tls === undefined ? {} : { ssl: tls.certificateAuthority === undefined ? true : { ca: [tls.certificateAuthority] } }),
        ...(sasl === undefined ? {} : { sasl }),
    });
    const admin = kafka.admin();
    const cut = (): void => {
        void admin.disconnect().catch(() => undefined);
    };
    signal?.addEventListener("abort", cut);
    try {
        await admin.connect();
        const { brokers, controller } = await admin.describeCluster();
        const existing = new Set(await admin.listTopics());
        const present = topics.filter(({ name }) => existing.has(name));
        return {
            brokers: brokers.map(({ nodeId }) => nodeId).sort((left, right) => left - right),
            hasController: controller !== null,
            topics: await topicsOf(admin, present),
            lags: await lagsOf(admin, present, groupPrefix),
        };
    } finally {
        signal?.removeEventListener("abort", cut);
        await admin.disconnect().catch(() => undefined);
    }
}

async function topicsOf(admin: Admin, topics: readonly DeclaredTopic[]): Promise<readonly KafkaTopicReading[]> {
    if (topics.length === 0) {
        return [];
    }
    const metadata = await admin.fetchTopicMetadata({ topics: topics.map(({ name }) => name) });
    const { resources } = await admin.describeConfigs({
        includeSynonyms: false,
        resources: topics.map(({ name, settings }) => ({ type: ConfigResourceTypes.TOPIC, name, configNames: Object.keys(settings) })),
    });
    return metadata.topics.map(({ name, partitions }) => ({
        name,
        partitions: partitions.map(({ partitionId, leader, replicas, isr }) => ({ id: partitionId, leader, replicas, inSync: isr })),
        settings: Object.fromEntries(
            resources.flatMap((resource) =>
                resource.resourceName === name ? resource.configEntries.map(({ configName, configValue }): [string, string] => [configName, configValue]) : [],
            ),
        ),
    }));
}

async function lagsOf(admin: Admin, topics: readonly DeclaredTopic[], groupPrefix: string): Promise<KafkaReading["lags"]> {
    const { groups } = await admin.listGroups();
    const own = groups.filter(({ groupId }) => groupId.startsWith(groupPrefix)).map(({ groupId }) => groupId);
    if (own.length === 0 || topics.length === 0) {
        return [];
    }
    const ends = new Map<string, string>();
    for (const { name } of topics) {
        for (const { partition, offset } of await admin.fetchTopicOffsets(name)) {
            ends.set(`${name} ${String(partition)}`, offset);
        }
    }
    const lags = await Promise.all(
        own.map(async (group) => {
            const read = await admin.fetchOffsets({ groupId: group, topics: topics.map(({ name }) => name) });
            return read.flatMap(({ topic, partitions }) => {
                // -1: the group has read nothing of that partition, and so may not belong to the topic at all.
                const committed = partitions.filter(({ offset }) => Number(offset) >= 0);
                const records = committed.reduce(
                    (sum, { partition, offset }) => sum + Math.max(0, Number(ends.get(`${topic} ${String(partition)}`)) - Number(offset)),
                    0,
                );
                return committed.length === 0 ? [] : [{ group, topic, records }];
            });
        }),
    );
    return lags.flat();
}
