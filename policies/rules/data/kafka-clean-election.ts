import { resourceRule, wrong } from "../../engine/rule.ts";
import { strimziTopic, topicSetting, topicType } from "../../shapes/kafka.ts";

/** An unclean election makes a copy the leader that lacks records, and they are gone. */
export const kafkaCleanElection = resourceRule({
    name: "kafka-clean-election",
    title: "Only a copy in sync may become the leader.",
    severity: "high",
    level: "mandatory",
    types: [topicType],
    objects: [strimziTopic],
    *check(topic) {
        if (topicSetting(topic, "unclean.leader.election.enable") === "true") {
            yield wrong("config", "unclean.leader.election.enable is true", "set it to false");
        }
    },
});
