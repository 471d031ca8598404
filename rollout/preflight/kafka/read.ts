import { Admin, ConfigResourceTypes, type SASLOptions } from "@platformatic/kafka";

import { defined } from "../../defined.ts";
import type { DeclaredTopic, KafkaReading, KafkaTopicReading } from "./judge.ts";

/** How a Kafka cluster is reached. */
export interface KafkaArgs {
    /** `host:port` of each bootstrap broker. */
    readonly bootstrapServers: readonly string[];
    /** TLS, with the PEM of the authority that signed the brokers' certificates. Defaults to none. */
    readonly tls?: { readonly certificateAuthority?: string };
    /** Login. Defaults to none. */
    readonly sasl?: { readonly mechanism: "plain" | "scram-sha-256" | "scram-sha-512"; readonly username: string; readonly password: string };
    readonly topics: readonly DeclaredTopic[];
    /** Consumer groups that begin so are looked at. */
    readonly groupPrefix: string;
    /** How long one answer may take, in milliseconds. @default 4000 */
    readonly timeoutMs?: number;
}

/**
 * Looks at a Kafka cluster. The account describes the cluster, the topics, their settings and the groups.
 *
 * @throws the client's error, and where a partition has no leader.
 */
export async function readKafka(
    { bootstrapServers, tls, sasl, topics, groupPrefix, timeoutMs = 4_000 }: KafkaArgs,
    signal?: AbortSignal,
): Promise<KafkaReading> {
    const admin = new Admin({
        clientId: "rollout-preflight",
        bootstrapBrokers: [...bootstrapServers],
        connectTimeout: timeoutMs,
        requestTimeout: timeoutMs,
        timeout: timeoutMs,
        retries: 1,
        retryDelay: 200,
        autocreateTopics: false,
        ...(tls === undefined ? {} : { tls: defined({ ca: tls.certificateAuthority }), tlsServerName: true }),
        ...(sasl === undefined ? {} : { sasl: saslOf(sasl) }),
    });
    const cut = (): void => {
        void admin.close().catch(() => undefined);
    };
    signal?.addEventListener("abort", cut);
    try {
        const existing = new Set(await admin.listTopics());
        const present = topics.filter(({ name }) => existing.has(name));
        const { brokers, controllerId, topics: found } = await admin.metadata({ topics: present.map(({ name }) => name) });
        const settings = await settingsOf(admin, present);
        return {
            brokers: [...brokers.keys()].sort((left, right) => left - right),
            hasController: brokers.has(controllerId),
            topics: [...found].map(([name, { partitions }]) => ({
                name,
                partitions: partitions.map(({ leader, replicas, isr }, id) => ({ id, leader, replicas, inSync: isr })),
                settings: settings.get(name) ?? {},
            })),
            lags: await lagsOf(admin, present, groupPrefix),
        };
    } finally {
        signal?.removeEventListener("abort", cut);
        await admin.close().catch(() => undefined);
    }
}

function saslOf({ mechanism, username, password }: NonNullable<KafkaArgs["sasl"]>): SASLOptions {
    const names = { plain: "PLAIN", "scram-sha-256": "SCRAM-SHA-256", "scram-sha-512": "SCRAM-SHA-512" } as const;
    return { mechanism: names[mechanism], username, password };
}

async function settingsOf(admin: Admin, topics: readonly DeclaredTopic[]): Promise<ReadonlyMap<string, KafkaTopicReading["settings"]>> {
    if (topics.length === 0) {
        return new Map();
    }
    const described = await admin.describeConfigs({
        resources: topics.map(({ name, settings }) => ({
            resourceType: ConfigResourceTypes.TOPIC,
            resourceName: name,
            configurationKeys: Object.keys(settings),
        })),
    });
    return new Map(described.map(({ resourceName, configs }) => [resourceName, Object.fromEntries(configs.map(({ name, value }) => [name, value ?? ""]))]));
}

async function lagsOf(admin: Admin, topics: readonly DeclaredTopic[], groupPrefix: string): Promise<KafkaReading["lags"]> {
    const groups = [...(await admin.listGroups()).keys()].filter((group) => group.startsWith(groupPrefix));
    if (groups.length === 0 || topics.length === 0) {
        return [];
    }
    const latest = -1n;
    const offsets = await admin.listOffsets({
        topics: topics.map(({ name, partitions }) => ({
            name,
            partitions: Array.from({ length: partitions }, (_, partitionIndex) => ({ partitionIndex, timestamp: latest })),
        })),
    });
    const ends = new Map(
        offsets.flatMap(({ name, partitions }) => partitions.map(({ partitionIndex, offset }) => [`${name} ${String(partitionIndex)}`, offset])),
    );
    const read = await admin.listConsumerGroupOffsets({ groups });
    return read.flatMap(({ groupId, topics: ofGroup }) =>
        ofGroup.flatMap(({ name, partitions }) => {
            // Below 0: the group has read nothing of that partition.
            const committed = partitions.filter(
                ({ partitionIndex, committedOffset }) => committedOffset >= 0n && ends.has(`${name} ${String(partitionIndex)}`),
            );
            const records = committed.reduce(
                (sum, { partitionIndex, committedOffset }) => sum + Number((ends.get(`${name} ${String(partitionIndex)}`) ?? 0n) - committedOffset),
                0,
            );
            return committed.length === 0 ? [] : [{ group: groupId, topic: name, records: Math.max(0, records) }];
        }),
    );
}
