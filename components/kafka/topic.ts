/** A topic, apart from what all topics share. */
export interface TopicSpec {
    /** Name, such as `ranking.engagement-events`. A changed name is a new, empty topic. */
    readonly name: string;
    /** How many consumers can share the work. It can only grow. */
    readonly partitions: number;
    /** How long records are kept, in milliseconds. */
    readonly retentionMs: number;
    /**
     * What happens to old records: `delete` drops them after `retentionMs`; `compact` keeps the newest of each key, for topics that hold a state.
     *
     * @default `delete`
     */
    readonly cleanupPolicy?: "delete" | "compact";
    /**
     * Largest batch of records, in bytes.
     *
     * @default 1048588, the brokers' own (https://kafka.apache.org/documentation/#topicconfigs_max.message.bytes)
     */
    readonly maximumMessageBytes?: number;
}

/** Settings of a topic as the brokers know them: text, whatever it means. */
export function topicConfig(topic: TopicSpec, minimumInSyncReplicas: number): Record<string, string> {
    return {
        "cleanup.policy": topic.cleanupPolicy ?? "delete",
        "max.message.bytes": String(topic.maximumMessageBytes ?? 1_048_588),
        "min.insync.replicas": String(minimumInSyncReplicas),
        "retention.ms": String(topic.retentionMs),
        "unclean.leader.election.enable": "false",
    };
}
