import { objectRule, wrong } from "../../engine/rule.ts";
import { configFiles, property } from "../../shapes/config-text.ts";
import { fields, text } from "../../engine/value.ts";

/** A producer that does not wait for all copies in sync loses messages that were acknowledged. */
export const kafkaClients = objectRule({
    name: "kafka-clients",
    title: "Producers wait for all copies in sync, and brokers neither create topics by themselves nor listen in plain text.",
    severity: "high",
    level: "mandatory",
    kinds: ["core/ConfigMap"],
    *check(object) {
        for (const { key, content } of configFiles(object, /\.properties$/)) {
            const acks = property(content, "acks");
            if (acks !== undefined && acks !== "all" && acks !== "-1") {
                yield wrong(`data.${key}`, `producers wait for acks=${acks}`, "set acks=all");
            }
            if (property(content, "auto.create.topics.enable") === "true") {
                yield wrong(`data.${key}`, "brokers create any topic that a client misspells", "set auto.create.topics.enable=false");
            }
            if (/(^|,|=)\s*(?:SASL_)?PLAINTEXT:\/\//m.test(property(content, "listeners") ?? "")) {
                yield wrong(`data.${key}`, "a listener takes plain text", "use SASL_SSL or SSL listeners");
            }
        }
        for (const key of Object.keys(fields(object.body, "data") ?? {}).filter((name) => /^KAFKA_(PRODUCER_)?ACKS$/.test(name))) {
            const acks = text(object.body, "data", key) ?? "";
            if (acks !== "all" && acks !== "-1") {
                yield wrong(`data.${key}`, `producers wait for acks=${acks}`, "set it to all");
            }
        }
    },
});
