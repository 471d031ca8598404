import { ProduceAcks, Producer, stringSerializers } from "@platformatic/kafka";

/** An engagement event, ready to be written. */
export interface EventRecord {
    readonly topic: string;
    readonly key: string;
    readonly value: string;
}

/** Where engagement events go. */
export interface EventLog {
    /** Resolves when the broker has confirmed the record. Rejects where it did not. */
    readonly append: (record: EventRecord) => Promise<void>;
    readonly close: () => Promise<void>;
}

/** How long records are gathered before they go to the broker together, in milliseconds. */
const lingerMs = 20;

/** Records that may wait at once. Beyond it, with a broker that does not answer, events are lost rather than memory. */
const waitingAtMost = 10_000;

/** Writes to a Kafka broker, in small batches: one for each topic, so that a missing topic spoils no other. */
export function kafkaEventLog(bootstrap: string): EventLog {
    const producer = new Producer({
        clientId: "nova-lab-workload",
        bootstrapBrokers: [bootstrap],
        serializers: stringSerializers,
        acks: ProduceAcks.ALL,
        autocreateTopics: false,
        timeout: 5_000,
        connectTimeout: 2_000,
        retries: 2,
        retryDelay: 200,
    });
    let gathering = new Map<string, { readonly record: EventRecord; readonly done: PromiseWithResolvers<undefined> }[]>();
    let waiting = 0;

    const flush = async (topic: string): Promise<void> => {
        const batch = gathering.get(topic) ?? [];
        gathering.delete(topic);
        try {
            await producer.send({ messages: batch.map(({ record }) => ({ ...record })) });
            for (const { done } of batch) {
                done.resolve(undefined);
            }
        } catch (error) {
            for (const { done } of batch) {
                done.reject(error instanceof Error ? error : new Error(String(error)));
            }
        } finally {
            waiting -= batch.length;
        }
    };

    return {
        append: (record) => {
            if (waiting >= waitingAtMost) {
                return Promise.reject(new Error(`${String(waiting)} events wait for the broker already`));
            }
            waiting += 1;
            const done = Promise.withResolvers<undefined>();
            const batch = gathering.get(record.topic);
            if (batch === undefined) {
                gathering.set(record.topic, [{ record, done }]);
                setTimeout(() => void flush(record.topic), lingerMs);
            } else {
                batch.push({ record, done });
            }
            return done.promise;
        },
        close: async () => {
            gathering = new Map();
            await producer.close(true);
        },
    };
}
