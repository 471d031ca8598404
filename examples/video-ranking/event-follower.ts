import { setTimeout as sleep } from "node:timers/promises";

import { Consumer, type MessagesStream, stringDeserializers } from "@platformatic/kafka";

import type { KafkaConnection } from "./connections.ts";
import { kafkaOptions } from "./kafka-options.ts";

/** Pause before the next attempt, in milliseconds. */
const pauseMs = 1_000;

/** What an {@link EventFollower} does with records. */
export interface Following {
    readonly topic: string;
    /** Members of a group share the partitions: each record goes to one pod of the service, of whichever revision. */
    readonly group: string;
    /** Takes in one record. What it throws, it is asked again. */
    readonly take: (value: string) => Promise<void>;
    readonly onBroken: (error: unknown) => void;
}

/**
 * Reads a topic, one record after another. An offset is committed once its record is taken in: after a crash a few are taken in twice, and none is left out.
 */
export class EventFollower {
    readonly #connection: KafkaConnection;
    readonly #following: Following;
    readonly #clientId: string;
    #stopped = false;
    #consumer: Consumer<string, string, string, string> | undefined;
    #running: Promise<void> = Promise.resolve();

    constructor(connection: KafkaConnection, clientId: string, following: Following) {
        this.#connection = connection;
        this.#clientId = clientId;
        this.#following = following;
    }

    start(): void {
        this.#running = this.#run();
    }

    /** Leaves the group, so that another pod takes over at once. */
    async stop(): Promise<void> {
        this.#stopped = true;
        await this.#consumer?.close(true).catch(() => undefined);
        await this.#running;
    }

    async #run(): Promise<void> {
        while (!this.#isStopped()) {
            try {
                await this.#follow();
            } catch (error) {
                if (!this.#isStopped()) {
                    this.#following.onBroken(error);
                    await sleep(pauseMs);
                }
            }
        }
    }

    async #follow(): Promise<void> {
        const consumer = new Consumer({
            ...kafkaOptions(this.#connection, this.#clientId),
            groupId: this.#following.group,
            deserializers: stringDeserializers,
            sessionTimeout: 10_000,
            heartbeatInterval: 2_000,
            rebalanceTimeout: 10_000,
            maxWaitTime: 500,
            autocommit: false,
        });
        this.#consumer = consumer;
        try {
            const stream = await consumer.consume({ topics: [this.#following.topic], mode: "committed", fallbackMode: "earliest" });
            await this.#read(stream);
        } finally {
            await consumer.close(true).catch(() => undefined);
        }
    }

    async #read(stream: MessagesStream<string, string, string, string>): Promise<void> {
        for await (const message of stream) {
            if (this.#isStopped()) {
                return;
            }
            await this.#following.take(message.value);
            await message.commit();
        }
    }

    /** A call, since a property that was just read as false is false for the compiler. */
    #isStopped(): boolean {
        return this.#stopped;
    }
}
