import type { Reading } from "../engine/rule.ts";
import type { Resource } from "../engine/subject.ts";
import { at, list, text, texts } from "../engine/value.ts";

/** Topics. */
export const topicType = "kafka:index/topic:Topic";

/** Access rules. */
export const aclType = "kafka:index/acl:Acl";

/** A setting of a topic, as the brokers name it. */
export function topicSetting(topic: Resource, name: string): string | undefined {
    const value = at(topic.properties, "config", name);
    return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
}

/** Topics as Strimzi declares them. https://strimzi.io/docs/operators/latest/configuring#type-KafkaTopic-reference */
export const strimziTopic: Reading = {
    kind: "kafka.strimzi.io/KafkaTopic",
    read: ({ body }) => [{ path: "spec", properties: { replicationFactor: at(body, "spec", "replicas") ?? null, config: at(body, "spec", "config") ?? null } }],
};

/** Access rules as Strimzi declares them, with a user. An access rule with several operations is one that allows all where one of them is All. */
export const strimziAcls: Reading = {
    kind: "kafka.strimzi.io/KafkaUser",
    read: ({ body }) =>
        list(body, "spec", "authorization", "acls").map((acl, index) => {
            const operations = [...texts(acl, "operations"), text(acl, "operation") ?? ""];
            return {
                path: `spec.authorization.acls[${String(index)}]`,
                properties: {
                    aclPermissionType: text(acl, "type") === "deny" ? "Deny" : "Allow",
                    aclResourceName: at(acl, "resource", "name") ?? null,
                    aclOperation: operations.includes("All") ? "All" : (operations[0] ?? null),
                },
            };
        }),
};
