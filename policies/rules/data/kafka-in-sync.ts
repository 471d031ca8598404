import { missing, resourceRule, wrong } from "../../engine/rule.ts";
import { number } from "../../engine/value.ts";
import { strimziTopic, topicSetting, topicType } from "../../shapes/kafka.ts";

/** One copy in sync loses acknowledged records with its broker; all copies in sync stops writes when any broker is away. */
export const kafkaInSync = resourceRule({
    name: "kafka-in-sync",
    title: "A topic acknowledges with two copies in sync, and still when one is away.",
    severity: "high",
    level: "mandatory",
    settings: { minimum: { type: "integer", default: 2, minimum: 1, description: "Fewest copies in sync" } },
    types: [topicType],
    objects: [strimziTopic],
    *check(topic, { settings }) {
        const inSync = topicSetting(topic, "min.insync.replicas");
        const copies = number(topic.properties, "replicationFactor") ?? 0;
        if (inSync === undefined) {
            yield missing("config", "the topic does not set min.insync.replicas", `set it to at least ${String(settings.minimum)}`);
        } else if (!(Number(inSync) >= settings.minimum)) {
            yield wrong("config", `min.insync.replicas is ${inSync}`, `set it to at least ${String(settings.minimum)}`);
        } else if (copies > 1 && Number(inSync) >= copies) {
            yield wrong("config", `min.insync.replicas is ${inSync} of ${String(copies)} copies: no broker may be away`, "set it below replicationFactor");
        }
    },
});
