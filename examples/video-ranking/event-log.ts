import { ProduceAcks, Producer, stringSerializers } from "@platformatic/kafka";

import type { KafkaConnection } from "./connections.ts";
import { kafkaOptions } from "./kafka-options.ts";

/** Records that may wait at once. Beyond it, with brokers that don't answer, events are refused rather than memory used up. */
const waitingAtMost = 2_000;

/** Writes to Kafka. */
export class EventLog {
    readonly #producer: Producer<string, string, string, string>;
    readonly #waiting = new Set<Promise<unknown>>();

    constructor(connection: KafkaConnection, clientId: string) {
        this.#producer = new Producer({
            ...kafkaOptions(connection, clientId),
            serializers: stringSerializers,
            acks: ProduceAcks.ALL,
            timeout: 5_000,
            retries: 3,
            retryDelay: 200,
        });
    }

    /** Whether so many records wait for the brokers that no more are taken. */
    get full(): boolean {
        return this.#waiting.size >= waitingAtMost;
    }

    /** Resolves when the brokers have confirmed the record. @throws {Error} when they did not. */
    async append(topic: string, key: string, value: string): Promise<void> {
        const sending = this.#producer.send({ messages: [{ topic, key, value }] });
        this.#waiting.add(sending);
        try {
            await sending;
        } finally {
            this.#waiting.delete(sending);
        }
    }

    /** Waits for what is under way, then ends the connections. */
    async close(): Promise<void> {
        await Promise.allSettled(this.#waiting);
        await this.#producer.close(true);
    }
}
