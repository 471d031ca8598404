import type { Resource } from "../engine/subject.ts";
import { numberOrText } from "../engine/value.ts";

/** Topics. */
export const topicType = "kafka:index/topic:Topic";

/** Access rules. */
export const aclType = "kafka:index/acl:Acl";

/** A setting of a topic, as the brokers name it. */
export function topicSetting(topic: Resource, name: string): string | undefined {
    const value = numberOrText(topic.properties, "config", name);
    return value === undefined ? undefined : String(value);
}
