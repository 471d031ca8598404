import { resourceRule, wrong } from "../../engine/rule.ts";
import type { Resource } from "../../engine/subject.ts";
import { at } from "../../engine/value.ts";
import { aclType, topicType } from "../../shapes/kafka.ts";

/** Without TLS, records and passwords cross the network in plain text. */
export const kafkaEncrypted = resourceRule({
    name: "kafka-encrypted",
    title: "The program talks to the brokers over TLS.",
    severity: "high",
    level: "mandatory",
    types: [topicType, aclType],
    *check(resource) {
        if ([false, "false"].includes(setting(resource, "tlsEnabled")) || [true, "true"].includes(setting(resource, "skipTlsVerify"))) {
            yield wrong("provider", "its provider talks to the brokers without verified TLS", "set tlsEnabled, and name the authority in caCert");
        }
    },
});

/** A setting of the provider, which may be handed over as text. */
function setting(resource: Resource, name: string): boolean | string {
    const value = at(resource.provider, name);
    return typeof value === "boolean" || typeof value === "string" ? value : "";
}
