import type { BaseOptions } from "@platformatic/kafka";

import type { KafkaConnection } from "./connections.ts";

/** What producers and consumers have in common. */
export function kafkaOptions({ bootstrapBrokers, tls, login }: KafkaConnection, clientId: string): BaseOptions {
    return {
        clientId,
        bootstrapBrokers: [...bootstrapBrokers],
        connectTimeout: 2_000,
        autocreateTopics: false,
        ...(tls ? { tls: {} } : {}),
        ...(login === undefined ? {} : { sasl: { mechanism: "SCRAM-SHA-512", ...login } }),
    };
}
