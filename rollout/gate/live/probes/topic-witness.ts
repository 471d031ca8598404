import type { Consumer } from "@platformatic/kafka";

import type { EventWait, EventWitness } from "./event-witness.ts";

/** Where events are kept. */
export interface TopicWitnessArgs {
    /** `host:port` of each bootstrap broker. */
    readonly bootstrapServers: readonly string[];
    /** Name of the topic: `<service>.engagement-events`, see docs/service-contract.md. */
    readonly topic: string;
    /** TLS to the brokers, with PEM texts. Defaults to none. */
    readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
    /**
     * How long an event may take, in milliseconds.
     *
     * @default 3000
     */
    readonly timeoutMs?: number;
}

type RawConsumer = Consumer;

/** A partition to read, from where it ended before the event was sent. */
interface ReadPartition {
    readonly topicId: string;
    readonly partition: number;
    readonly leader: number;
    nextOffset: bigint;
}

/** How long a broker may wait for new records before it answers, in milliseconds. */
const pollMs = 200;

/** Longest answer of a broker about one partition, in bytes. */
const partitionBytes = 2 ** 20;

/**
 * Sees an event in its topic, by its id as the record's key.
 *
 * It reads partitions by itself, with no consumer group: it needs the right to read the topic and nothing else, leaves nothing behind, and loses no time on
 * joining.
 */
export function topicWitness({ bootstrapServers, topic, tls, timeoutMs = 3_000 }: TopicWitnessArgs): EventWitness {
    return {
        begin: async (): Promise<EventWait> => {
            const kafka = await import("@platformatic/kafka");
            const consumer: RawConsumer = new kafka.Consumer({
                clientId: "rollout-probe",
                // Never joined.
                groupId: "rollout-probe",
                bootstrapBrokers: [...bootstrapServers],
                connectTimeout: timeoutMs,
                requestTimeout: timeoutMs,
                retries: 1,
                autocreateTopics: false,
                ...(tls === undefined ? {} : { tls }),
            });
            const end = async (): Promise<void> => {
                await consumer.close(true).catch(() => undefined);
            };
            try {
                const partitions = await endOf(consumer, topic);
                return { recorded: ({ id }) => find(consumer, topic, partitions, id, timeoutMs), end };
            } catch (error) {
                await end();
                throw new Error(`the topic ${topic} at ${bootstrapServers.join(", ")} can't be read: ${messageOf(error)}`, { cause: error });
            }
        },
    };
}

/** All partitions with the offset that the next record gets. */
async function endOf(consumer: RawConsumer, topic: string): Promise<readonly ReadPartition[]> {
    const [metadata, offsets] = await Promise.all([consumer.metadata({ topics: [topic] }), consumer.listOffsets({ topics: [topic], timestamp: -1n })]);
    const known = metadata.topics.get(topic);
    const ends = offsets.get(topic);
    if (known === undefined || ends === undefined || known.partitionsCount === 0) {
        throw new Error("the brokers don't know it");
    }
    return known.partitions.map(({ leader }, partition) => {
        const nextOffset = ends[partition];
        if (nextOffset === undefined) {
            throw new Error(`partition ${String(partition)} has no end`);
        }
        return { topicId: known.id, partition, leader, nextOffset };
    });
}

async function find(consumer: RawConsumer, topic: string, partitions: readonly ReadPartition[], id: string, timeoutMs: number): Promise<void> {
    const deadline = performance.now() + timeoutMs;
    const byLeader = [...Map.groupBy(partitions, ({ leader }) => leader)];
    let read = 0;
    while (performance.now() < deadline) {
        const keys = await Promise.all(byLeader.map(([node, led]) => newKeys(consumer, node, led)));
        if (keys.flat().includes(id)) {
            return;
        }
        read += keys.flat().length;
    }
    throw new Error(`the event ${id} was accepted and did not reach the topic ${topic} within ${String(timeoutMs)} ms; ${String(read)} other records did`);
}

/** Keys of the records that came since the last look. */
async function newKeys(consumer: RawConsumer, node: number, partitions: readonly ReadPartition[]): Promise<readonly string[]> {
    const request: Parameters<RawConsumer["fetch"]>[0] = {
        node,
        minBytes: 1,
        maxWaitTime: pollMs,
        topics: [...Map.groupBy(partitions, ({ topicId }) => topicId)].map(([topicId, own]) => ({
            topicId,
            partitions: own.map(({ partition, nextOffset }) => ({
                partition,
                currentLeaderEpoch: -1,
                fetchOffset: nextOffset,
                lastFetchedEpoch: -1,
                partitionMaxBytes: partitionBytes,
            })),
        })),
    };
    const { responses } = await consumer.fetch(request);
    const keys: string[] = [];
    for (const answer of responses.flatMap((one) => one.partitions)) {
        const partition = partitions.find((one) => one.partition === answer.partitionIndex);
        if (partition === undefined) {
            continue;
        }
        for (const batch of answer.records ?? []) {
            // A batch is given whole, though it may begin before the offset that was asked for.
            const fresh = batch.records.filter(({ offsetDelta }) => batch.firstOffset + BigInt(offsetDelta) >= partition.nextOffset);
            keys.push(...fresh.map(({ key }) => key?.toString() ?? ""));
            partition.nextOffset = batch.firstOffset + BigInt(batch.lastOffsetDelta) + 1n;
        }
    }
    return keys;
}

function messageOf(error: unknown): string {
    if (error instanceof AggregateError && error.errors.length > 0) {
        return [...new Set(error.errors.map(messageOf))].join("; ");
    }
    return error instanceof Error ? error.message : String(error);
}
