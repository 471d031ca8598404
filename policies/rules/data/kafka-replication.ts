import { missing, resourceRule, wrong } from "../../engine/rule.ts";
import { number } from "../../engine/value.ts";
import { checklist } from "../../shapes/references.ts";
import { strimziTopic, topicType } from "../../shapes/kafka.ts";

/** With fewer copies, one broker that goes takes records with it. */
export const kafkaReplication = resourceRule({
    name: "kafka-replication",
    title: "A topic has at least three copies of each partition.",
    severity: "high",
    level: "mandatory",
    references: [checklist("Kafka topics created for production")],
    settings: { minimum: { type: "integer", default: 3, minimum: 1, description: "Fewest copies of a partition" } },
    types: [topicType],
    objects: [strimziTopic],
    *check(topic, { settings }) {
        const copies = number(topic.properties, "replicationFactor");
        if (copies === undefined) {
            yield missing("replicationFactor", "the topic leaves its copies to the brokers", `set it to at least ${String(settings.minimum)}`);
        } else if (copies < settings.minimum) {
            yield wrong("replicationFactor", `the topic has ${String(copies)} copies`, `set it to at least ${String(settings.minimum)}`);
        }
    },
});
