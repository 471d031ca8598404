import type { ClientQuota } from "../kafka-topics.ts";
import type { TopicAccess } from "./access.ts";
import type { TopicSpec } from "./topic.ts";

const dayMs = 24 * 60 * 60 * 1_000;

/** The topics of a ranking service with what its user may do: engagement events in and out, feature updates in, and what could not be processed put aside. */
export function serviceTopics(args: {
    /** Name of the service: topics and consumer groups begin with it. */
    readonly service: string;
    /** The brokers' user that the service logs in as. */
    readonly user: string;
}): { readonly topics: readonly TopicSpec[]; readonly access: readonly TopicAccess[]; readonly quotas: readonly ClientQuota[] } {
    const { service, user } = args;
    const engagementEvents = `${service}.engagement-events`;
    const featureUpdates = `${service}.feature-updates`;
    const deadLetter = `${service}.dead-letter`;
    return {
        topics: [
            // More partitions than the autoscaler's 10 pods, so that each pod finds work.
            { name: engagementEvents, partitions: 12, retentionMs: 7 * dayMs },
            // A state by key: the newest feature of each video must outlive any retention.
            { name: featureUpdates, partitions: 6, retentionMs: 7 * dayMs, cleanupPolicy: "compact" },
            // Long enough for people to look into it after two weeks away.
            { name: deadLetter, partitions: 3, retentionMs: 30 * dayMs },
        ],
        access: [
            { role: "producer", user, topics: [engagementEvents, deadLetter] },
            { role: "consumer", user, topics: [engagementEvents, featureUpdates], groupPrefix: service },
        ],
        quotas: [{ user, producedBytesPerSecond: 10 * 1_024 * 1_024, consumedBytesPerSecond: 20 * 1_024 * 1_024 }],
    };
}
