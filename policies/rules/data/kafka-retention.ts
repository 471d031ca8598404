import { missing, resourceRule } from "../../engine/rule.ts";
import { strimziTopic, topicSetting, topicType } from "../../shapes/kafka.ts";

/** How long records are kept is a decision: for the disk, for privacy, and for how late a consumer may be. */
export const kafkaRetention = resourceRule({
    name: "kafka-retention",
    title: "A topic says how long it keeps its records.",
    severity: "medium",
    level: "mandatory",
    types: [topicType],
    objects: [strimziTopic],
    *check(topic) {
        const compacted = (topicSetting(topic, "cleanup.policy") ?? "").includes("compact");
        if (!compacted && topicSetting(topic, "retention.ms") === undefined && topicSetting(topic, "retention.bytes") === undefined) {
            yield missing("config", "the topic does not say how long it keeps records", "set retention.ms");
        }
    },
});
